// @ts-check
/** The buttons that format what is selected in the box. Loaded with the first selection. */

import { t } from "chat/i18n.js";
import { controlKey, html, IconButton } from "chat/ui.js";
import { useEffect, useState } from "preact/hooks";

/** @typedef {import("../format.js").Kind} Kind */

/** @type {() => [Kind, string, string, string][]} what it does, icon, label, key */
const buttons = () => [
  ["strong", "bold", t("Bold"), `${controlKey()} B`],
  ["em", "italic", t("Italic"), `${controlKey()} I`],
  ["del", "strikethrough", t("Strikethrough"), `${controlKey()} ${t("Shift")} X`],
  ["link", "link", t("Link"), `${controlKey()} K`],
  ["code", "code", t("Code"), `${controlKey()} E`],
  ["quote", "text-quote", t("Quote"), ""],
  ["list", "list", t("List"), ""],
];

/**
 * @param {object} props
 * @param {{current: HTMLTextAreaElement | null}} props.box
 * @param {boolean} props.fixed it was asked for: there also without a selection, as a row of the box
 * @param {(kind: Kind) => void} props.format
 */
export function FormatBar({ box, fixed, format }) {
  const [isSelected, setSelected] = useState(false);
  useEffect(() => {
    const area = box.current;
    let isComposing = false; // an input method marks what it is about to write by a selection
    const look = () => {
      const isThere = area && document.activeElement === area && area.selectionStart !== area.selectionEnd;
      const isUsed = document.activeElement?.closest(".format-bar");
      setSelected((before) => Boolean((isThere && !isComposing) || (before && isUsed)));
    };
    const begin = () => {
      isComposing = true;
      look();
    };
    const end = () => {
      isComposing = false;
    };
    look();
    document.addEventListener("selectionchange", look);
    document.addEventListener("focusin", look);
    area?.addEventListener("compositionstart", begin);
    area?.addEventListener("compositionend", end);
    return () => {
      document.removeEventListener("selectionchange", look);
      document.removeEventListener("focusin", look);
      area?.removeEventListener("compositionstart", begin);
      area?.removeEventListener("compositionend", end);
    };
  }, []);
  if (!fixed && !isSelected) return null;
  return html`<div class="format-bar" data-fixed=${fixed} role="toolbar" aria-label=${t("Formatting")}
      onPointerDown=${(/** @type {Event} */ event) => event.preventDefault()}>
    ${buttons().map(
      ([kind, icon, label, key]) =>
        html`<${IconButton} icon=${icon} label=${label} title=${key ? `${label} (${key})` : label} onClick=${() => format(kind)} />`,
    )}
  </div>`;
}
