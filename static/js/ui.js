// @ts-check
/** Small parts that all views are made of. */

import { computed } from "@preact/signals";
import { t } from "chat/i18n.js";
import { ICONS } from "chat/icons.js";
import * as screen from "chat/screen.js";
import * as store from "chat/store.js";
import htm from "htm";
import { Component, h } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

export const html = htm.bind(h);

/** The name of the key that goes with letters for shortcuts. */
export const controlKey = () => (isMac() ? "⌘" : t("Ctrl"));

export const isMac = () => /Mac|iPhone|iPad/.test(navigator.platform);

/** The key belongs to an input method. Safari ends the composition before the key that ended it, and marks that by its code. @param {KeyboardEvent} event */
export const composing = (event) => event.isComposing || event.keyCode === 229;

/**
 * Whether it is the key of a letter or of "/". Where the keyboard writes no Latin letters (Russian, Greek, Hebrew),
 * it is the one in the place that the letter has on an English one. @param {KeyboardEvent} event @param {string} letter
 */
export function isKey(event, letter) {
  const key = event.key.toLowerCase();
  if (key === letter) return true;
  if (letter === "/") return event.code === "Slash" && /^(?:\.|\P{ASCII})$/u.test(key); // Russian and Hebrew have the full stop there
  return event.code === `Key${letter.toUpperCase()}` && /^\P{ASCII}$/u.test(key);
}

/** @param {{name: string, label?: string}} props without a label it is decoration */
export function Icon({ name, label }) {
  return html`<svg class="icon" viewBox="0 0 24 24" role=${label ? "img" : undefined} aria-label=${label}
    aria-hidden=${label ? undefined : "true"}><path d=${ICONS[name] ?? ""} /></svg>`;
}

/** A button that is an icon; its label is its tooltip too. @param {any} props */
export function IconButton({ icon, label, children, class: extra = "", ...rest }) {
  return html`<button type="button" class="icon-button ${extra}" aria-label=${label} title=${label} ...${rest}>
    <${Icon} name=${icon} />${children}
  </button>`;
}

/** One or two letters that stand for a name. @param {string} name */
export function initials(name) {
  const words = name.split(/[\s._-]+/).filter((word) => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(word));
  const letters = (words.length ? words : [name]).slice(0, 2).map((word) => {
    const first = /[\p{L}\p{N}]|\p{Extended_Pictographic}/u.exec(word);
    return first ? first[0] : (Array.from(word)[0] ?? "");
  });
  return letters.join("").toLocaleUpperCase();
}

/** One of eight colours, always the same for a name or number. @param {string | number} seed */
export function colour(seed) {
  let hash = 2166136261;
  for (const letter of String(seed)) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16777619);
  return ((hash >>> 8) % 8) + 1;
}

/** The address of the newest picture of a person (their id) or a chat (its key), as far as they are known: drawn again only when that changes. @param {string | number} seed */
export function usePicture(seed) {
  const of = () => (typeof seed === "number" ? store.people.value : store.chats.value).get(/** @type {never} */ (seed));
  return useMemo(() => computed(() => of()?.avatar), [seed]).value;
}

/**
 * `seed`: the id of a person or the key of a chat, whose newest picture is shown. `picture`: for those who may not be known.
 * `quiet`: the word for `online` stands beside it.
 * @param {{name: string, seed: string | number, picture?: string | null, shape?: "round" | "square", online?: boolean | null, size?: string, icon?: string, quiet?: boolean}} props
 */
export function Avatar({ name, seed, picture, shape = "round", online = null, size = "", icon, quiet = false }) {
  const newest = usePicture(seed);
  const shown = newest === undefined ? picture : newest;
  return html`<span class="avatar avatar-${shape} ${size}" data-colour=${colour(seed)}>
    <span aria-hidden="true">${icon ? html`<${Icon} name=${icon} />` : initials(name)}</span>
    ${shown ? html`<${Picture} key=${shown} address=${shown} />` : null}
    ${online === null ? null : html`<${Presence} online=${online} quiet=${quiet} />`}
  </span>`;
}

/** A picture over the initials, which stay if it can't be had. @param {{address: string}} props */
function Picture({ address }) {
  const [state, setState] = useState("");
  return state === "failed"
    ? null
    : html`<img src=${address} alt="" draggable=${false} data-state=${state}
        onLoad=${() => setState("loaded")} onError=${() => setState("failed")} />`;
}

/** A dot, and the word for it. @param {{online: boolean, quiet?: boolean}} props */
export function Presence({ online, quiet }) {
  return html`<span class="presence" data-online=${online}>
    ${quiet ? null : html`<span class="sr">${online ? t("online") : t("offline")}</span>`}
  </span>`;
}

/** The emoji of somebody's status, with its words for a screen reader and under the pointer. @param {{status?: import("./types.js").Status}} props */
export function StatusMark({ status }) {
  if (!status) return null;
  const said = t("Status: {text}", { text: [status.emoji, status.text].filter(Boolean).join(" ") });
  return html`<span class="status-mark" role="img" aria-label=${said} title=${said}>${status.emoji || "💬"}</span>`;
}

/** The picture of a chat. @param {{chat: import("./types.js").Chat, person?: import("./types.js").Person, size?: string, quiet?: boolean}} props */
export function ChatAvatar({ chat, person, size, quiet }) {
  if (chat.kind === "private")
    return html`<${Avatar} name=${chat.title} seed=${chat.peer?.id ?? chat.key}
      online=${person?.is_online ?? chat.peer?.is_online ?? false} size=${size} quiet=${quiet} />`;
  return html`<${Avatar} name=${chat.title} seed=${chat.key} shape="square" size=${size}
    icon=${chat.kind === "general" ? "globe" : undefined} />`;
}

/**
 * A component that is drawn again only when one of its properties changed.
 * @template P
 * @param {(props: P) => any} view
 * @returns {any}
 */
export function memo(view) {
  return class Memo extends Component {
    /** @param {any} next */
    shouldComponentUpdate(next) {
      const now = /** @type {any} */ (this.props);
      for (const name in next) if (next[name] !== now[name]) return true;
      for (const name in now) if (!(name in next)) return true;
      return false;
    }
    /** @param {any} props */
    render(props) {
      return h(/** @type {any} */ (view), props);
    }
  };
}

/** The point for a menu of a button at the end of a line: its ends meet the button's, whichever way people write. @param {Element} button */
export function below(button) {
  const box = button.getBoundingClientRect();
  return { x: document.dir === "rtl" ? box.left : box.right, y: box.bottom + 4, isEnd: document.dir !== "rtl" };
}

/**
 * For a press on a button whose entry goes away: does the work, after the focus went to the same button of the next
 * entry, else to what is around the list, else to the box. @param {() => void} work
 */
export const passFocus =
  (work) =>
  (/** @type {any} */ { currentTarget: button }) => {
    const entry = button.closest("li");
    const next = entry?.nextElementSibling ?? entry?.previousElementSibling;
    const around = [...(button.closest("dialog, #panel")?.querySelectorAll("button") ?? [])];
    const target =
      next?.querySelector(`[aria-label="${CSS.escape(button.getAttribute("aria-label"))}"]`) ??
      next?.querySelector("button") ??
      around.find((one) => one !== button && one.getClientRects().length);
    if (target) target.focus();
    else if (matchMedia("(hover: hover)").matches) document.getElementById("composer")?.focus();
    work();
  };

/**
 * A menu at a point: arrows move, Esc and a press elsewhere close, focus goes back to where it was.
 * @typedef {{label: string, icon: string, run: () => void, tone?: "danger"} | null} Item
 * @param {{items: Item[], at: {x: number, y: number, isEnd?: boolean}, label: string, onClose: () => void, head?: any}} props
 *   `isEnd`: the point is its right end; `head`: a row of further buttons above
 */
export function Menu({ items, at, label, onClose, head }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const menu = ref.current;
    if (!menu) return;
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const { width, height } = menu.getBoundingClientRect();
    const left = at.isEnd ? at.x - width : at.x;
    menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
    menu.style.top = `${at.y + height + 8 > innerHeight ? Math.max(8, at.y - height - 8) : at.y}px`;
    /** @type {HTMLElement | null} */ (menu.querySelector(":scope > button"))?.focus({ preventScroll: true });
    return () => {
      if (menu.contains(document.activeElement) || document.activeElement === document.body)
        before?.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    const away = (/** @type {Event} */ event) => {
      if (!ref.current?.contains(/** @type {Node} */ (event.target))) onClose();
    };
    document.addEventListener("pointerdown", away, true);
    addEventListener("blur", onClose);
    addEventListener("resize", onClose);
    return () => {
      document.removeEventListener("pointerdown", away, true);
      removeEventListener("blur", onClose);
      removeEventListener("resize", onClose);
    };
  }, [onClose]);
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const buttons = /** @type {HTMLElement[]} */ ([...(ref.current?.querySelectorAll("button") ?? [])]);
    const index = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    /** @type {Record<string, number>} */
    const moves = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: -1 };
    const way = document.dir === "rtl" ? -1 : 1;
    if (head) Object.assign(moves, { ArrowRight: index + way, ArrowLeft: index - way });
    if (event.key in moves) buttons.at(moves[event.key] % buttons.length)?.focus();
    else if (event.key === "Escape" || event.key === "Tab") onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<div class="menu" role="menu" aria-label=${label} ref=${ref} onKeyDown=${onKeyDown}>
    ${head}${items.map(
      (item) =>
        item &&
        html`<button type="button" role="menuitem" data-tone=${item.tone} onClick=${() => {
          onClose();
          item.run();
        }}><${Icon} name=${item.icon} />${item.label}</button>`,
    )}
  </div>`;
}

/** Rows of messages that are not there yet. */
export function Skeleton() {
  return html`<div class="skeleton skeleton-messages" aria-hidden="true">${[70, 45, 85].map(
    (width) =>
      html`<div class="skeleton-row">
        <i class="skeleton-disc"></i>
        <span>
          <i style=${{ inlineSize: "20%" }}></i>
          <i style=${{ inlineSize: `${width}%` }}></i>
        </span>
      </div>`,
  )}</div>`;
}

/**
 * A view whose code comes when it is first drawn. If it does not come, that is said, what was to open closes, and it is
 * asked for again the next time and when the connection is back.
 * @param {() => Promise<any>} bring gives the component
 */
export function late(bring) {
  /** @type {any} */
  let view = null;
  return function Late(/** @type {any} */ props) {
    const [, redraw] = useState(0);
    const isOpen = store.status.value === "open";
    useEffect(() => {
      if (view) return;
      bring().then(
        (found) => {
          view = found;
          redraw(1);
        },
        () => {
          screen.notLoaded();
          (props.onClose ?? props.close)?.();
        },
      );
    }, [isOpen]);
    return view ? h(view, props) : null;
  };
}

/** A sentence and a button, where there is nothing to show. @param {{icon: string, title: string, text?: string, children?: any}} props */
export function Empty({ icon, title, text, children }) {
  return html`<div class="empty"><span class="empty-icon"><${Icon} name=${icon} /></span><h2>${title}</h2>
    ${text ? html`<p>${text}</p>` : null}${children}</div>`;
}
