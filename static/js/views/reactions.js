// @ts-check
/** The reactions under a message. */

import { load } from "chat/browser.js";
import { language, t, tn } from "chat/i18n.js";
import { nameOf } from "chat/people.js";
import { askOwn, picking, reactionsOf, toggle } from "chat/react.js";
import { MOST } from "chat/reactions.js";
import * as screen from "chat/screen.js";
import { below, html, Icon } from "chat/ui.js";
import { useEffect, useId, useRef, useState } from "preact/hooks";

/** @typedef {import("../types.js").Message} Message */
/** @typedef {import("../reactions.js").Chip} Chip */

/** So many people are named beside an emoji. */
const NAMED = 12;
/** How long a finger rests on an emoji until those who chose it are shown, in ms. */
const LONG = 500;

const list = new Intl.ListFormat(language, { type: "conjunction" });

/** "👍 3, you and 2 others". @param {Chip} chip */
export function saying({ emoji, count, own }) {
  if (!own) return `${emoji} ${count}`;
  if (count === 1) return t("{emoji} 1, you", { emoji });
  return tn(count - 1, "{emoji} {all}, you and {count} other", "{emoji} {all}, you and {count} others", {
    emoji,
    all: count,
  });
}

/** Who chose an emoji, as far as they are named. @param {Chip} chip */
function names({ count, own, ids }) {
  const named = [...(own ? [t("You")] : []), ...ids.map((id) => nameOf(id))].slice(0, NAMED);
  const others = count - named.length;
  if (others > 0) named.push(tn(others, "{count} other", "{count} others"));
  return list.format(named);
}

/** @param {Message} message @param {string} [emoji] */
export function showPeople(message, emoji) {
  screen.openDialog(load("chat/views/react.js"), "People", { message, emoji });
}

/** @param {{message: Message, active: boolean, closed: boolean}} props `active`: Tab reaches them; `closed`: nobody can react any more */
export function Reactions({ message, active, closed }) {
  const chips = reactionsOf(message);
  useEffect(() => askOwn(message), [message.reactions]);
  if (!chips.length) return null;
  return html`<div class="reactions" role="group" aria-label=${t("Reactions")}>
    ${chips.map(
      (chip) =>
        html`<${ReactionChip} key=${chip.emoji} message=${message} chip=${chip} active=${active} closed=${closed} />`,
    )}
    ${
      closed || chips.length >= MOST
        ? null
        : html`<button type="button" class="reaction reaction-add emoji-button" aria-label=${t("Add reaction")}
            title=${t("Add reaction")} aria-haspopup="dialog" tabindex=${active ? 0 : -1}
            onClick=${(/** @type {any} */ event) => pick(message, event.currentTarget)}><${Icon} name="smile-plus" /></button>`
    }
  </div>`;
}

/** Choose an emoji for a message, beside a button. @param {Message} message @param {Element} button */
export function pick(message, button) {
  picking.value = picking.value?.message.id === message.id ? null : { message, at: below(button) };
}

/** @param {{message: Message, chip: Chip, active: boolean, closed: boolean}} props */
function ReactionChip({ message, chip, active, closed }) {
  const [isAsked, setAsked] = useState(false);
  const press = useRef(/** @type {any} */ (null));
  const wasLong = useRef(false);
  const id = useId();
  const release = () => clearTimeout(press.current);
  return html`<span class="reaction-place">
    <button type="button" class="reaction" aria-pressed=${chip.own} aria-label=${saying(chip)} tabindex=${active ? 0 : -1}
      aria-disabled=${closed || undefined} aria-describedby=${isAsked ? id : undefined}
      onPointerDown=${(/** @type {PointerEvent} */ event) => {
        wasLong.current = false;
        if (event.pointerType === "mouse") return;
        event.stopPropagation(); // the message's own menu stays closed
        press.current = setTimeout(() => {
          wasLong.current = true;
          showPeople(message, chip.emoji);
        }, LONG);
      }}
      onPointerUp=${release} onPointerCancel=${release} onPointerMove=${(/** @type {PointerEvent} */ event) => {
        if (Math.hypot(event.movementX, event.movementY) > 4) release();
      }}
      onContextMenu=${(/** @type {PointerEvent} */ event) => {
        if (event.pointerType === "mouse") return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onPointerEnter=${(/** @type {PointerEvent} */ event) => event.pointerType === "mouse" && setAsked(true)}
      onPointerLeave=${() => setAsked(false)}
      onFocus=${(/** @type {FocusEvent} */ event) => {
        if (/** @type {Element} */ (event.target).matches(":focus-visible")) setAsked(true);
      }}
      onBlur=${() => setAsked(false)}
      onClick=${() => {
        if (wasLong.current || closed) return;
        toggle(message, chip.emoji);
      }}><span class="reaction-emoji" aria-hidden="true">${chip.emoji}</span><span class="reaction-count" key=${chip.count}>${chip.count}</span></button>
    ${isAsked ? html`<span class="reaction-who" role="tooltip" id=${id} dir="auto">${names(chip)}</span>` : null}
  </span>`;
}
