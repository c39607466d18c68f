// @ts-check
/** Reacting to messages: the person's choice is shown at once, and sent to the server. */

import { signal } from "@preact/signals";
import * as api from "chat/api.js";
import { remember } from "chat/favourites.js";
import { onFrame } from "chat/news.js";
import { Choices, chips, isNamed, keyOf, withNew } from "chat/reactions.js";
import * as screen from "chat/screen.js";
import * as states from "chat/state.js";
import * as store from "chat/store.js";
import * as timeline from "chat/timeline.js";

/** @typedef {import("./types.js").Message} Message */

/** The message for which an emoji is being picked, and where on the screen; null: none. */
export const picking = signal(
  /** @type {{message: Message, at: {x: number, y: number, isEnd?: boolean}} | null} */ (null),
);

/** The person's own choices that frames may not include yet, by message and emoji. */
const chosen = signal(/** @type {Map<string, boolean>} */ (new Map()));
/** Whether the person reacted, by message and emoji, where a message doesn't list everybody; null: being asked. */
const told = signal(/** @type {Map<string, boolean | null>} */ (new Map()));

onFrame((frame) => {
  if (frame.type === "connection_established") told.value = new Map();
  if (frame.type === "reaction_changed")
    told.value = states.put(told.value, keyOf(frame.message_id, frame.emoji), frame.reacted);
});

/** Attempts in all while the server answers 503. */
const TRIES = 3;

const choices = new Choices({
  send,
  changed: (now) => {
    chosen.value = now;
  },
  later: (work, ms) => setTimeout(work, ms),
});

/** @param {number} id @param {string} emoji */
const pathOf = (id, emoji) => `/messages/${id}/reactions/${encodeURIComponent(emoji)}`;

/** @param {Message} message @param {string} emoji @param {boolean} on */
async function send({ id, chat }, emoji, on) {
  const found = store.state.peek().timelines.get(chat);
  const version = found && timeline.byId(found, id)?.version;
  for (let tries = 1; ; tries++) {
    try {
      const { reactions } = await api.call(on ? "PUT" : "DELETE", pathOf(id, emoji));
      know(id, reactions, emoji, on);
      if (version) store.state.value = states.reacted(store.state.value, chat, id, version, reactions);
      return;
    } catch (error) {
      if (!(error instanceof api.Refused) || error.status !== 503 || tries === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000 * (error.retryAfter ?? 1)));
    }
  }
}

/** Remember whether the person reacted, where the message doesn't list everybody. @param {number} id @param {import("./reactions.js").Reaction[]} reactions @param {string} emoji @param {boolean} on */
function know(id, reactions, emoji, on) {
  const reaction = reactions.find((one) => one.emoji === emoji);
  const isHidden = reaction && isNamed(reaction, store.me.peek()?.id ?? 0) === undefined;
  told.value = states.put(told.peek(), keyOf(id, emoji), isHidden ? on : undefined);
}

/** The reactions that are shown under a message. @param {Message} message */
export function reactionsOf({ id, reactions = [] }) {
  const me = store.me.value?.id ?? 0;
  const prefix = keyOf(id, "");
  const own = [...chosen.value]
    .filter(([key, on]) => on && key.startsWith(prefix))
    .map(([key]) => key.slice(prefix.length));
  const found = chips(
    reactions,
    me,
    (emoji) => chosen.value.get(keyOf(id, emoji)),
    (emoji) => told.value.get(keyOf(id, emoji)) ?? undefined,
  );
  return withNew(found, own);
}

/** @param {Message} message @param {string} emoji */
const isOwn = (message, emoji) => reactionsOf(message).some((chip) => chip.emoji === emoji && chip.own);

/** React to a message, or remove the reaction if it is there. @param {Message} message @param {string} emoji */
export function toggle(message, emoji) {
  const on = !isOwn(message, emoji);
  if (on) remember(emoji);
  return screen.attempt(() => choices.choose(message, emoji, on));
}

/** React to a message, unless the person did so already. @param {Message} message @param {string} emoji */
export function add(message, emoji) {
  if (!isOwn(message, emoji)) screen.attempt(() => choices.choose(message, emoji, true));
}

/** Ask the server whether the person is among those whom a message doesn't list. @param {Message} message */
export function askOwn({ id, reactions = [] }) {
  const me = store.me.peek()?.id ?? 0;
  for (const reaction of reactions) {
    const key = keyOf(id, reaction.emoji);
    if (isNamed(reaction, me) !== undefined) {
      // It may be another choice by the time that the message no longer says so.
      if (told.peek().has(key)) told.value = states.put(told.peek(), key, undefined);
      continue;
    }
    if (told.peek().has(key)) continue;
    told.value = states.put(told.peek(), key, null);
    api.get(`${pathOf(id, reaction.emoji)}?user_id=${me}`).then(
      ({ results }) => {
        if (told.peek().get(key) === null) told.value = states.put(told.peek(), key, results.length > 0);
      },
      () => {}, // asked again with the next connection
    );
  }
}

/** A page of 50 people who reacted with an emoji, and whether there are more. @param {number} id @param {string} emoji @param {number} offset @returns {Promise<{results: import("./types.js").Person[], next: string | null}>} */
export function people(id, emoji, offset) {
  return api.get(`${pathOf(id, emoji)}?limit=50&offset=${offset}`);
}
