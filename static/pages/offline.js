// @ts-check
/** The page that stands for another one without a network: it gives way to that as soon as the server answers. */

const EVERY = 3000; // ms

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/offline", { method: "HEAD", cache: "no-store" });
    // Not `reload`, which would send a form again.
    if (answer.ok) location.replace(location.pathname + location.search);
  } catch {
    // offline: the next time
  }
}

// At its own address it stands for nothing.
if (location.pathname !== "/offline") {
  setInterval(look, EVERY);
  addEventListener("online", look);
  document.addEventListener("visibilitychange", look);
}
