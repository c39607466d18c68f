// @ts-check
/** A grid of emoji to choose from, with a search. Loaded when it is first opened. */

import { findEmoji } from "chat/complete.js";
import { mostUsed, recent, remember } from "chat/favourites.js";
import { t } from "chat/i18n.js";
import { isTouched, prefer, preferences } from "chat/kept/local.js";
import { TONES, toned, untoned } from "chat/tones.js";
import { composing, html, Icon } from "chat/ui.js";
import { loadEmoji } from "chat/views/suggest.js";
import { useEffect, useRef, useState } from "preact/hooks";

/** @typedef {import("../complete.js").Emoji} Emoji */

const HAND = "✋";
const toneNames = () => [t("Yellow"), t("Light"), t("Medium-light"), t("Medium"), t("Medium-dark"), t("Dark")];
const COLUMNS = 8;
/** So many are drawn at first, and more each time the end is near. */
const STEP = 160;

/** @param {{take: (emoji: string) => void, close: () => void}} props */
export function EmojiGrid({ take, close }) {
  const [all, setAll] = useState(/** @type {Emoji[]} */ ([]));
  const [text, setText] = useState("");
  const [count, setCount] = useState(STEP);
  const [hasFailed, setFailed] = useState(false);
  const [isToning, setToning] = useState(false);
  const { tone } = preferences.value;
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const buttons = () => /** @type {HTMLElement[]} */ ([...(box.current?.querySelectorAll(".emoji-grid button") ?? [])]);
  const isAwaited = useRef(false); // Enter was pressed before the emoji were there: it takes the first then
  useEffect(() => {
    if (isAwaited.current) buttons()[0]?.click();
  }, [all]);
  useEffect(() => {
    // Under a finger the keyboard would cover half of it.
    (isTouched() ? box.current : box.current?.querySelector("input"))?.focus({ preventScroll: true });
    loadEmoji().then(setAll, () => setFailed(true));
    const away = (/** @type {Event} */ event) => {
      const target = /** @type {Element} */ (event.target);
      if (!box.current?.contains(target) && !target.closest(".emoji-button")) close();
    };
    document.addEventListener("pointerdown", away, true);
    return () => document.removeEventListener("pointerdown", away, true);
  }, []);

  const [most] = useState(mostUsed);
  const [last] = useState(() => recent().filter((emoji) => !most.includes(emoji)));
  const named = new Map(all.map((one) => [one.emoji, one.names[0]]));
  const shown = text
    ? findEmoji(all, { sign: ":", word: text.trim(), start: 0, end: 0 }, 5 * COLUMNS).map(({ text: emoji }) =>
        toned(emoji, tone),
      )
    : all.slice(0, count).map(({ emoji }) => toned(emoji, tone));
  const nameOf = (/** @type {string} */ emoji) => named.get(emoji) ?? named.get(untoned(emoji));

  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (composing(event)) return;
    const grid = buttons();
    const here = grid.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const way = document.dir === "rtl" ? -1 : 1;
    /** @type {Record<string, number>} */
    const steps = { ArrowRight: way, ArrowLeft: -way, ArrowDown: COLUMNS, ArrowUp: -COLUMNS };
    const step = steps[event.key];
    if (event.key === "Escape") close();
    else if (here < 0 && event.key === "ArrowDown") grid[0]?.focus();
    else if (here < 0 && event.key === "Enter") {
      if (all.length || !text) grid[0]?.click();
      else isAwaited.current = true;
    } else if (here >= 0 && step && here + step < 0) box.current?.querySelector("input")?.focus();
    else if (here >= 0 && step) grid[Math.min(here + step, grid.length - 1)]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const Grid = (/** @type {string[]} */ list) =>
    html`<div class="emoji-grid">${list.map(
      (emoji) => html`<button type="button" key=${emoji} aria-label=${(nameOf(emoji) ?? emoji).replaceAll("_", " ")}
        title=${`:${nameOf(emoji) ?? ""}:`}
        onClick=${() => {
          remember(emoji);
          take(emoji);
        }}>${emoji}</button>`,
    )}</div>`;

  return html`<div class="emoji" role="dialog" aria-label=${t("Emoji")} tabindex="-1" ref=${box} onKeyDown=${onKeyDown}>
    <div class="emoji-search">
      <${Icon} name="search" />
      <input type="text" aria-label=${t("Search emoji")} placeholder=${t("Search emoji")} maxlength="40"
      value=${text} onInput=${(/** @type {any} */ event) => {
        isAwaited.current = false;
        setText(event.target.value);
      }} />
      <button type="button" class="emoji-tone" aria-label=${t("Skin tone")} title=${t("Skin tone")} aria-expanded=${isToning}
        onClick=${() => setToning(!isToning)}>${toned(HAND, tone)}</button></div>
    ${
      isToning
        ? html`<div class="emoji-tones" role="radiogroup" aria-label=${t("Skin tone")}>${TONES.map(
            (
              one,
              index,
            ) => html`<button type="button" role="radio" key=${one} aria-checked=${one === tone} class="emoji-tone"
              aria-label=${toneNames()[index]} title=${toneNames()[index]} onClick=${() => {
                prefer({ tone: one });
                setToning(false);
              }}>${toned(HAND, one)}</button>`,
          )}</div>`
        : null
    }
    <div class="emoji-list" onScroll=${(/** @type {any} */ { currentTarget: list }) => {
      if (list.scrollHeight - list.scrollTop < 2 * list.clientHeight && count < all.length) setCount(count + STEP);
    }}>
      ${
        text || !all.length
          ? null
          : html`<h3>${t("Most used")}</h3>${Grid(most)}
            ${last.length ? html`<h3>${t("Recently used")}</h3>${Grid(last)}` : null}
            <h3>${t("All")}</h3>`
      }
      ${shown.length ? Grid(shown) : null}
      ${text && all.length && !shown.length ? html`<p class="emoji-none">${t("No matches")}</p>` : null}
      ${hasFailed ? html`<p class="emoji-none">${t("Couldn't load this part. Check your connection and try again.")}</p>` : null}
    </div>
  </div>`;
}
