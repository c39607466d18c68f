// @ts-check
// Runs in <head> before the first paint: puts the chosen theme on <html data-theme>, so that nothing flashes.
// The choice is localStorage "theme": "light", "dark", or anything else for the system's. A cookie of the same name keeps
// it when log-out clears the storage, and lets the server draw the page in it.
// To change it: document.dispatchEvent(new CustomEvent("theme", { detail: "dark" })), "" for the system's.
(() => {
  const root = document.documentElement;

  /** What js/local.js wrote, which is JSON. @param {string | null} text */
  const plain = (text) => text?.replaceAll('"', "") ?? null;

  /** @returns {string | null} */
  function stored() {
    try {
      return plain(localStorage.getItem("theme"));
    } catch {
      return null; // storage is blocked
    }
  }

  /** @param {string | null} theme */
  function show(theme) {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  }

  /** @param {string} theme */
  function keep(theme) {
    const known = theme === "light" || theme === "dark";
    const age = known ? 31536000 : 0;
    document.cookie = `theme=${known ? theme : ""}; path=/; max-age=${age}; samesite=lax`;
    try {
      if (known) localStorage.setItem("theme", JSON.stringify(theme));
      else localStorage.removeItem("theme");
    } catch {
      // the cookie is enough
    }
  }

  const cookie = /(?:^|; )theme=(light|dark)/.exec(document.cookie)?.[1] ?? null;
  const theme = stored() ?? cookie;
  show(theme);
  if (theme && theme !== cookie) keep(theme);

  document.addEventListener("theme", (event) => {
    const chosen = /** @type {CustomEvent<string>} */ (event).detail;
    keep(chosen);
    show(chosen);
  });
  addEventListener("storage", (event) => {
    if (event.key === "theme") show(plain(event.newValue));
  });
})();
