// @ts-check
// The chosen theme, before the first paint: a plain script in <head>, so that no page flashes white.
// "light" or "dark" in localStorage; without it what the server wrote into <html>, or the system's theme.
(() => {
  const root = document.documentElement;
  const known = (/** @type {string | null} */ theme) => (theme === "light" || theme === "dark" ? theme : "");
  try {
    const kept = localStorage.getItem("theme");
    if (kept !== null) root.dataset.theme = known(kept);
  } catch {
    // No storage: what stands there.
  }
  // A page says `new CustomEvent("theme", { detail: "dark" })` when a theme is chosen; "" follows the system.
  document.addEventListener("theme", (event) => {
    const theme = known(/** @type {CustomEvent} */ (event).detail);
    root.dataset.theme = theme;
    // biome-ignore lint/suspicious/noDocumentCookie: the server draws its pages in this theme
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // The cookie keeps it.
    }
  });
})();
