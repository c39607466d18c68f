// @ts-check
/** A link to give away: to copy, to share, and as a picture for a camera. */

import { load } from "chat/browser.js";
import { copy } from "chat/chats.js";
import { t } from "chat/i18n.js";
import * as store from "chat/store.js";
import { html, Icon } from "chat/ui.js";
import { useEffect, useState } from "preact/hooks";

/** Squares that stay empty around the code, so that a camera finds it. */
const MARGIN = 3;

/** @param {{link: string, note?: string}} props */
export function LinkBox({ link, note }) {
  const canShare = typeof navigator.share === "function" && matchMedia("(pointer: coarse)").matches;
  return html`<div class="link-box">
    <${Icon} name="link" />
    <input readonly value=${link} aria-label=${t("Invite link")}
      onFocus=${(/** @type {any} */ event) => event.target.select()} />
    <button type="button" class="button button-primary button-small" onClick=${() => copy(link, t("Link copied"))}>
      <${Icon} name="copy" />
      ${t("Copy")}
    </button>
  </div>
    ${
      canShare
        ? html`<button type="button" class="button link-share"
            onClick=${() => navigator.share({ url: link }).catch(() => {})}>
            ${t("Share")}
          </button>`
        : null
    }
    ${note ? html`<p class="hint">${note}</p>` : null}
    <${Code} text=${link} />`;
}

/** The QR code of a text. @param {{text: string}} props */
function Code({ text }) {
  const [code, setCode] = useState(/** @type {{path: string, size: number} | null} */ (null));
  const [hasFailed, setFailed] = useState(false);
  const isOpen = store.status.value === "open";
  useEffect(() => {
    draw(text).then(setCode, () => setFailed(true));
  }, [text, isOpen]);
  if (!code)
    return html`<div class="qr">
      ${hasFailed ? html`<p class="hint">${t("Couldn't load this part. Check your connection and try again.")}</p>` : null}
    </div>`;
  return html`<figure class="qr">
    <svg viewBox=${`0 0 ${code.size} ${code.size}`} role="img" aria-label=${t("QR code of the link")} shape-rendering="crispEdges">
      <path d=${code.path} />
    </svg>
    <figcaption>${t("Or let them scan this code.")}</figcaption></figure>`;
}

/** @param {string} text */
async function draw(text) {
  const { default: generate } = await load("qrcode-generator");
  const code = generate(0, "M");
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  let path = "";
  for (let row = 0; row < count; row += 1)
    for (let column = 0; column < count; column += 1)
      if (code.isDark(row, column)) path += `M${column + MARGIN} ${row + MARGIN}h1v1h-1z`;
  return { path, size: count + 2 * MARGIN };
}
