// @ts-check
/** Small parts that all views are made of. */

import * as actions from "chat/actions.js";
import { t } from "chat/i18n.js";
import * as store from "chat/store.js";
import htm from "htm";
import { Component, h } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

export const html = htm.bind(h);

/** The name of the key that goes with letters for shortcuts. */
export const controlKey = () => (/Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : t("Ctrl"));

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

/** @param {{name: string, seed: string | number, shape?: "round" | "square", online?: boolean | null, size?: string, icon?: string, quiet?: boolean}} props `quiet`: the word for `online` stands beside it */
export function Avatar({ name, seed, shape = "round", online = null, size = "", icon, quiet = false }) {
  return html`<span class="avatar avatar-${shape} ${size}" data-colour=${colour(seed)}>
    <span aria-hidden="true">${icon ? html`<${Icon} name=${icon} />` : initials(name)}</span>
    ${online === null ? null : html`<${Presence} online=${online} quiet=${quiet} />`}
  </span>`;
}

/** A dot, and the word for it. @param {{online: boolean, quiet?: boolean}} props */
export function Presence({ online, quiet }) {
  return html`<span class="presence" data-online=${online}>${quiet ? null : html`<span class="sr">${online ? t("online") : t("offline")}</span>`}</span>`;
}

/** The picture of a chat. @param {{chat: import("./types.js").Chat, person?: import("./types.js").Person, size?: string, quiet?: boolean}} props */
export function ChatAvatar({ chat, person, size, quiet }) {
  if (chat.kind === "private")
    return html`<${Avatar} name=${chat.title} seed=${chat.peer?.id ?? chat.key} online=${person?.is_online ?? chat.peer?.is_online ?? false} size=${size} quiet=${quiet} />`;
  return html`<${Avatar} name=${chat.title} seed=${chat.key} shape="square" size=${size} icon=${chat.kind === "general" ? "globe" : "hash"} />`;
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
 * A menu at a point: arrows move, Esc and a press elsewhere close, focus goes back to where it was.
 * @typedef {{label: string, icon: string, run: () => void, tone?: "danger"} | null} Item
 * @param {{items: Item[], at: {x: number, y: number, isEnd?: boolean}, label: string, onClose: () => void}} props `isEnd`: the point is its right end
 */
export function Menu({ items, at, label, onClose }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const menu = ref.current;
    if (!menu) return;
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const { width, height } = menu.getBoundingClientRect();
    const left = at.isEnd ? at.x - width : at.x;
    menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
    menu.style.top = `${at.y + height + 8 > innerHeight ? Math.max(8, at.y - height - 8) : at.y}px`;
    /** @type {HTMLElement | null} */ (menu.querySelector("button"))?.focus({ preventScroll: true });
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
    if (event.key in moves) buttons.at(moves[event.key] % buttons.length)?.focus();
    else if (event.key === "Escape" || event.key === "Tab") onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<div class="menu" role="menu" aria-label=${label} ref=${ref} onKeyDown=${onKeyDown}>
    ${items.map(
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
      html`<div class="skeleton-row"><i class="skeleton-disc"></i><span><i style=${{ inlineSize: "20%" }}></i><i style=${{ inlineSize: `${width}%` }}></i></span></div>`,
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
          actions.toast(t("This part could not be loaded. Check the connection and try again."), { tone: "error" });
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

/** Icons of Lucide 1.62.0 (https://lucide.dev, ISC licence, see static/vendor/lucide@1.62.0), each as the path of one 24 × 24 drawing in strokes. */

/** @type {Record<string, string>} */
const ICONS = {
  "arrow-down": "M12 5v14M19 12l-7 7-7-7",
  "arrow-left": "M12 19l-7-7 7-7M19 12H5",
  bell: "M10.268 21a2 2 0 0 0 3.464 0M3.262 15.326A1 1 0 0 0 4 17h16a1 1 0 0 0 .74-1.673C19.41 13.956 18 12.499 18 8A6 6 0 0 0 6 8c0 4.499-1.411 5.956-2.738 7.326",
  "bell-off":
    "M10.268 21a2 2 0 0 0 3.464 0M17 17H4a1 1 0 0 1-.74-1.673C4.59 13.956 6 12.499 6 8a6 6 0 0 1 .258-1.742M2 2l20 20M8.668 3.01A6 6 0 0 1 18 8c0 2.687.77 4.653 1.707 6.05",
  check: "M20 6 9 17l-5-5",
  "check-check": "M18 6 7 17l-5-5M22 10l-7.5 7.5L13 16",
  "chevron-down": "M6 9l6 6 6-6",
  clock: "M2 12a10 10 0 1 0 20 0a10 10 0 1 0-20 0M12 6v6l4 2",
  copy: "M10 8h10a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-10a2 2 0 0 1-2-2v-10a2 2 0 0 1 2-2zM4 16c-1.1 0-2-.9-2-2V4c0-1.1.9-2 2-2h10c1.1 0 2 .9 2 2",
  ellipsis: "M11 12a1 1 0 1 0 2 0a1 1 0 1 0-2 0M18 12a1 1 0 1 0 2 0a1 1 0 1 0-2 0M4 12a1 1 0 1 0 2 0a1 1 0 1 0-2 0",
  hash: "M4 9L20 9M4 15L20 15M10 3L8 21M16 3L14 21",
  info: "M2 12a10 10 0 1 0 20 0a10 10 0 1 0-20 0M12 16v-4M12 8h.01",
  link: "M10 13a5 5 0 0 0 7.54.54l3-3a5 5 0 0 0-7.07-7.07l-1.72 1.71M14 11a5 5 0 0 0-7.54-.54l-3 3a5 5 0 0 0 7.07 7.07l1.71-1.71",
  lock: "M5 11h14a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-14a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2zM7 11V7a5 5 0 0 1 10 0v4",
  "log-out": "M16 17l5-5-5-5M21 12H9M9 21H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h4",
  menu: "M4 5h16M4 12h16M4 19h16",
  "message-circle":
    "M2.992 16.342a2 2 0 0 1 .094 1.167l-1.065 3.29a1 1 0 0 0 1.236 1.168l3.413-.998a2 2 0 0 1 1.099.092 10 10 0 1 0-4.777-4.719",
  "message-square":
    "M22 17a2 2 0 0 1-2 2H6.828a2 2 0 0 0-1.414.586l-2.202 2.202A.71.71 0 0 1 2 21.286V5a2 2 0 0 1 2-2h16a2 2 0 0 1 2 2z",
  moon: "M20.985 12.486a9 9 0 1 1-9.473-9.472c.405-.022.617.46.402.803a6 6 0 0 0 8.268 8.268c.344-.215.825-.004.803.401",
  pencil:
    "M21.174 6.812a1 1 0 0 0-3.986-3.987L3.842 16.174a2 2 0 0 0-.5.83l-1.321 4.352a.5.5 0 0 0 .623.622l4.353-1.32a2 2 0 0 0 .83-.497zM15 5l4 4",
  plus: "M5 12h14M12 5v14",
  reply: "M20 18v-2a4 4 0 0 0-4-4H4M9 17l-5-5 5-5",
  search: "M21 21l-4.34-4.34M3 11a8 8 0 1 0 16 0a8 8 0 1 0-16 0",
  "send-horizontal":
    "M3.714 3.048a.498.498 0 0 0-.683.627l2.843 7.627a2 2 0 0 1 0 1.396l-2.842 7.627a.498.498 0 0 0 .682.627l18-8.5a.5.5 0 0 0 0-.904zM6 12h16",
  settings:
    "M9.671 4.136a2.34 2.34 0 0 1 4.659 0 2.34 2.34 0 0 0 3.319 1.915 2.34 2.34 0 0 1 2.33 4.033 2.34 2.34 0 0 0 0 3.831 2.34 2.34 0 0 1-2.33 4.033 2.34 2.34 0 0 0-3.319 1.915 2.34 2.34 0 0 1-4.659 0 2.34 2.34 0 0 0-3.32-1.915 2.34 2.34 0 0 1-2.33-4.033 2.34 2.34 0 0 0 0-3.831A2.34 2.34 0 0 1 6.35 6.051a2.34 2.34 0 0 0 3.319-1.915M9 12a3 3 0 1 0 6 0a3 3 0 1 0-6 0",
  smile: "M15 10V9M16.472 15a6 6 0 01-8.943 0M9 10V9M2 12a10 10 0 1 0 20 0a10 10 0 1 0-20 0",
  sun: "M8 12a4 4 0 1 0 8 0a4 4 0 1 0-8 0M12 2v2M12 20v2M4.93 4.93l1.41 1.41M17.66 17.66l1.41 1.41M2 12h2M20 12h2M6.34 17.66l-1.41 1.41M19.07 4.93l-1.41 1.41",
  monitor: "M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-16a2 2 0 0 1-2-2v-10a2 2 0 0 1 2-2zM8 21L16 21M12 17L12 21",
  "trash-2": "M10 11v6M14 11v6M19 6v14a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V6M3 6h18M8 6V4a2 2 0 0 1 2-2h4a2 2 0 0 1 2 2v2",
  "triangle-alert": "M21.73 18l-8-14a2 2 0 0 0-3.48 0l-8 14A2 2 0 0 0 4 21h16a2 2 0 0 0 1.73-3M12 9v4M12 17h.01",
  "user-plus": "M16 21v-2a4 4 0 0 0-4-4H6a4 4 0 0 0-4 4v2M5 7a4 4 0 1 0 8 0a4 4 0 1 0-8 0M19 8L19 14M22 11L16 11",
  users:
    "M16 21v-2a4 4 0 0 0-4-4H6a4 4 0 0 0-4 4v2M16 3.128a4 4 0 0 1 0 7.744M22 21v-2a4 4 0 0 0-3-3.87M5 7a4 4 0 1 0 8 0a4 4 0 1 0-8 0",
  x: "M18 6 6 18M6 6l12 12",
  keyboard:
    "M10 8h.01M12 12h.01M14 8h.01M16 12h.01M18 8h.01M6 8h.01M7 16h10M8 12h.01M4 4h16a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-16a2 2 0 0 1-2-2v-12a2 2 0 0 1 2-2z",
  compass:
    "M2 12a10 10 0 1 0 20 0a10 10 0 1 0-20 0M16.24 7.76l-1.804 5.411a2 2 0 0 1-1.265 1.265L7.76 16.24l1.804-5.411a2 2 0 0 1 1.265-1.265z",
  globe: "M2 12a10 10 0 1 0 20 0a10 10 0 1 0-20 0M12 2a14.5 14.5 0 0 0 0 20 14.5 14.5 0 0 0 0-20M2 12h20",
  "user-minus": "M16 21v-2a4 4 0 0 0-4-4H6a4 4 0 0 0-4 4v2M5 7a4 4 0 1 0 8 0a4 4 0 1 0-8 0M22 11L16 11",
  ban: "M2 12a10 10 0 1 0 20 0a10 10 0 1 0-20 0M4.929 4.929 19.07 19.071",
  crown:
    "M11.562 3.266a.5.5 0 0 1 .876 0L15.39 8.87a1 1 0 0 0 1.516.294L21.183 5.5a.5.5 0 0 1 .798.519l-2.834 10.246a1 1 0 0 1-.956.734H5.81a1 1 0 0 1-.957-.734L2.02 6.02a.5.5 0 0 1 .798-.519l4.276 3.664a1 1 0 0 0 1.516-.294zM5 21h14",
  shield:
    "M20 13c0 5-3.5 7.5-7.66 8.95a1 1 0 0 1-.67-.01C7.5 20.5 4 18 4 13V6a1 1 0 0 1 1-1c2 0 4.5-1.2 6.24-2.72a1.17 1.17 0 0 1 1.52 0C14.51 3.81 17 5 19 5a1 1 0 0 1 1 1z",
  "wifi-off":
    "M12 20h.01M8.5 16.429a5 5 0 0 1 7 0M5 12.859a10 10 0 0 1 5.17-2.69M19 12.859a10 10 0 0 0-2.007-1.523M2 8.82a15 15 0 0 1 4.177-2.643M22 8.82a15 15 0 0 0-11.288-3.764M2 2l20 20",
  eye: "M2.062 12.348a1 1 0 0 1 0-.696 10.75 10.75 0 0 1 19.876 0 1 1 0 0 1 0 .696 10.75 10.75 0 0 1-19.876 0M9 12a3 3 0 1 0 6 0a3 3 0 1 0-6 0",
  "door-open":
    "M10 21H2M10 3H7a2 2 0 00-2 2v16M14 12h.01M19 21V5a2 2 0 00-1.675-1.974l-6.163-1.013A1 1 0 0010 3v18a1 1 0 001.124.992zM22 21h-3",
  "circle-alert": "M2 12a10 10 0 1 0 20 0a10 10 0 1 0-20 0M12 8L12 12M12 16L12.01 16",
  "square-pen":
    "M12 3H5a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h14a2 2 0 0 0 2-2v-7M18.375 2.625a1 1 0 0 1 3 3l-9.013 9.014a2 2 0 0 1-.853.505l-2.873.84a.5.5 0 0 1-.62-.62l.84-2.873a2 2 0 0 1 .506-.852z",
  user: "M19 21v-2a4 4 0 0 0-4-4H9a4 4 0 0 0-4 4v2M8 7a4 4 0 1 0 8 0a4 4 0 1 0-8 0",
};
