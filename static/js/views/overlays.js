// @ts-check
/** What lies over the page: one dialog at a time, and short notes. */

import * as actions from "chat/actions.js";
import { t } from "chat/i18n.js";
import * as store from "chat/store.js";
import { html, Icon, IconButton } from "chat/ui.js";
import { useEffect, useRef } from "preact/hooks";

export function Overlays() {
  return html`<${Dialogs} /><${Toasts} />`;
}

/** The browser's own dialog: it keeps the focus inside, closes on Esc and gives the focus back. */
function Dialogs() {
  const open = store.dialog.value;
  return open ? html`<${Shell} key=${open} open=${open} />` : null;
}

/** @param {{open: {view: any, props: any}}} props */
function Shell({ open }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const View = open.view;
  useEffect(() => {
    const element = ref.current;
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    element?.showModal();
    return () => {
      element?.close();
      if (before?.isConnected && before !== document.body) before.focus({ preventScroll: true });
      else document.getElementById("composer")?.focus({ preventScroll: true });
    };
  }, []);
  return html`<dialog class="dialog" data-kind=${View.kind ?? "card"} ref=${ref} aria-labelledby="dialog-title"
      onClose=${(/** @type {Event} */ event) => event.target === ref.current && actions.closeDialog()}
      onPointerDown=${(/** @type {PointerEvent} */ event) => event.target === ref.current && actions.closeDialog()}>
    <div class="dialog-inner"><${View} ...${open.props} /></div>
  </dialog>`;
}

function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">${store.toasts.value.map(
    (toast) => html`<div class="toast" key=${toast.id} data-tone=${toast.tone}>
      <${Icon} name=${toast.tone === "error" ? "circle-alert" : "info"} /><span dir="auto">${toast.text}</span>
      ${
        toast.action
          ? html`<button type="button" class="toast-action" onClick=${() => {
              toast.action?.run();
              actions.dismiss(toast.id);
            }}>${toast.action.label}</button>`
          : null
      }
      <${IconButton} icon="x" label=${t("Close")} onClick=${() => actions.dismiss(toast.id)} />
    </div>`,
  )}</div>`;
}
