// @ts-check
/** A button beside each password that shows it, and hides it again when the form is sent. */

for (const box of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".password"))) {
  const input = box.querySelector("input");
  if (!input) continue;
  const { show = "Show", hide = "Hide", about = "Show password" } = box.dataset;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal";
  button.setAttribute("aria-label", about);
  button.setAttribute("aria-controls", input.id);

  /** @param {boolean} shown */
  const set = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? hide : show;
    button.setAttribute("aria-pressed", String(shown));
  };
  set(false);
  button.addEventListener("click", () => set(input.type === "password"));
  // Sent as a password, so that the browser offers to keep it and never completes it as a plain text.
  input.form?.addEventListener("submit", () => set(false));
  box.append(button);
}
