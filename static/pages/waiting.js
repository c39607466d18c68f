// @ts-check
/** Somebody waits to be let into a room: ask every few seconds, and open the room when they are. */

const card = /** @type {HTMLElement} */ (document.querySelector("#invite"));
const EVERY = 4000; // ms

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "application/json" }, cache: "no-store" });
    const status = answer.ok ? (await answer.json()).status : answer.status === 404 ? "gone" : "pending";
    if (status === "member") location.replace(card.dataset.room ?? "/chat");
    else if (status !== "pending") location.reload();
  } catch {
    // offline: the next time
  }
}

setInterval(look, EVERY);
document.addEventListener("visibilitychange", look);
