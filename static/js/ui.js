// @ts-check
/** Small parts that all views are made of. */

import { t } from "chat/i18n.js";
import { ICONS } from "chat/icons.js";
import htm from "htm";
import { Component, h } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

export const html = htm.bind(h);

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

/** @param {{name: string, seed: string | number, shape?: "round" | "square", online?: boolean | null, size?: string, icon?: string}} props */
export function Avatar({ name, seed, shape = "round", online = null, size = "", icon }) {
  return html`<span class="avatar avatar-${shape} ${size}" data-colour=${colour(seed)}>
    <span aria-hidden="true">${icon ? html`<${Icon} name=${icon} />` : initials(name)}</span>
    ${online === null ? null : html`<${Presence} online=${online} />`}
  </span>`;
}

/** A dot, and the word for it. @param {{online: boolean}} props */
export function Presence({ online }) {
  return html`<span class="presence" data-online=${online}><span class="sr">${online ? t("online") : t("offline")}</span></span>`;
}

/** The picture of a chat. @param {{chat: import("./types.js").Chat, person?: import("./types.js").Person, size?: string}} props */
export function ChatAvatar({ chat, person, size }) {
  if (chat.kind === "private")
    return html`<${Avatar} name=${chat.title} seed=${chat.peer?.id ?? chat.key} online=${person?.is_online ?? chat.peer?.is_online ?? false} size=${size} />`;
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

/**
 * A menu at a point: arrows move, Esc and a press elsewhere close, focus goes back to where it was.
 * @typedef {{label: string, icon: string, run: () => void, tone?: "danger"} | null} Item
 * @param {{items: Item[], at: {x: number, y: number}, label: string, onClose: () => void}} props
 */
export function Menu({ items, at, label, onClose }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const menu = ref.current;
    if (!menu) return;
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const { width, height } = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(8, Math.min(at.x, innerWidth - width - 8))}px`;
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

/** A sentence and a button, where there is nothing to show. @param {{icon: string, title: string, text?: string, children?: any}} props */
export function Empty({ icon, title, text, children }) {
  return html`<div class="empty"><span class="empty-icon"><${Icon} name=${icon} /></span><h2>${title}</h2>
    ${text ? html`<p>${text}</p>` : null}${children}</div>`;
}
