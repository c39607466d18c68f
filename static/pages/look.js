// @ts-check
/** The chosen look is shown at once; js/theme.js keeps it. */

document.querySelector("#look")?.addEventListener("change", (event) => {
  const theme = /** @type {HTMLInputElement} */ (event.target).value;
  document.dispatchEvent(new CustomEvent("theme", { detail: theme === "system" ? "" : theme }));
});
