// @ts-check
/** What is needed now and then about reactions: the picker beside a message, and the list of people. */

import { openCard } from "chat/card.js";
import { t } from "chat/i18n.js";
import { called } from "chat/names.js";
import { add, people, reactionsOf } from "chat/react.js";
import * as store from "chat/store.js";
import { Avatar, html } from "chat/ui.js";
import { Head } from "chat/views/dialogs.js";
import { EmojiGrid } from "chat/views/emoji.js";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** @typedef {import("../types.js").Message} Message */
/** @typedef {import("../types.js").Person} Person */

/**
 * Emoji to choose one from for a message: beside a point, at the bottom of a narrow screen.
 * @param {{message: Message, at: {x: number, y: number, isEnd?: boolean}, onClose: () => void}} props
 */
export function Picker({ message, at, onClose: close }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const box = ref.current;
    if (!box) return;
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const { width, height } = box.getBoundingClientRect();
    const left = at.isEnd ? at.x - width : at.x;
    const top = at.y + height + 8 > innerHeight ? Math.max(8, at.y - height - 40) : at.y;
    box.style.setProperty("--left", `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`);
    box.style.setProperty("--top", `${top}px`);
    return () => {
      const isLost = box.contains(document.activeElement) || document.activeElement === document.body;
      if (isLost && before?.isConnected) before.focus({ preventScroll: true });
      else if (isLost)
        /** @type {HTMLElement | null} */ (document.querySelector(`.message[data-seq="${message.seq}"]`))?.focus({
          preventScroll: true,
        });
    };
  }, []);
  useEffect(() => {
    addEventListener("resize", close);
    return () => removeEventListener("resize", close);
  }, []);
  return html`<div class="picker" ref=${ref}><${EmojiGrid} close=${close} take=${(/** @type {string} */ emoji) => {
    close();
    add(message, emoji);
  }} /></div>`;
}

/** Who chose which emoji. @param {{message: Message, emoji?: string}} props */
export function People({ message, emoji }) {
  const found = store.state.value.timelines.get(message.chat)?.messages.find((one) => one.id === message.id);
  const chips = reactionsOf(found ?? message);
  const [chosen, setChosen] = useState(emoji ?? chips[0]?.emoji ?? "");
  const chip = chips.find((one) => one.emoji === chosen) ?? chips[0];
  return html`<${Head} title=${t("Reactions")} />
    <div class="dialog-body">
      <div class="reaction-tabs" role="group" aria-label=${t("Emoji")}>${chips.map(
        (one) => html`<button type="button" class="reaction" key=${one.emoji} aria-pressed=${one === chip}
          aria-label=${`${one.emoji} ${one.count}`} onClick=${() => setChosen(one.emoji)}>
          <span class="reaction-emoji" aria-hidden="true">${one.emoji}</span><span class="reaction-count">${one.count}</span></button>`,
      )}</div>
      ${chip ? html`<${Who} key=${`${chip.emoji} ${chip.count}`} id=${message.id} emoji=${chip.emoji} />` : html`<p>${t("No reactions")}</p>`}
    </div>`;
}

/** @param {{id: number, emoji: string}} props */
function Who({ id, emoji }) {
  const [found, setFound] = useState(/** @type {Person[]} */ ([]));
  const [hasMore, setMore] = useState(false);
  const [failure, setFailure] = useState("");
  const more = () =>
    people(id, emoji, found.length).then(
      ({ results, next }) => {
        setFound([...found, ...results]);
        setMore(next !== null);
      },
      (refused) => setFailure(refused.sentence),
    );
  useEffect(() => {
    more();
  }, []);
  return html`<ul class="reaction-people">${found.map(
    (person) => html`<li key=${person.id}>
        <button type="button" class="reaction-person" aria-haspopup="dialog"
            onClick=${(/** @type {any} */ { currentTarget }) => openCard(currentTarget, person.id, person.username)}>
          <${Avatar} name=${called(person)} seed=${person.id} picture=${person.avatar} size="avatar-sm" />
          <span><bdi>${called(person)}</bdi>${person.id === store.myId ? ` (${t("you")})` : ""}</span>
        </button>
      </li>`,
  )}</ul>
    ${hasMore ? html`<button type="button" class="button" onClick=${more}>${t("Show more")}</button>` : null}
    ${failure ? html`<p class="wrong" role="alert">${failure}</p>` : null}`;
}
