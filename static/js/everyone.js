// @ts-check
/** `@everyone` and `@here`: whether a text means all of a chat, how many that are, and who may. Loaded when the first of these words is typed. */

import * as api from "chat/api.js";
import { load } from "chat/browser.js";
import { t, tn } from "chat/i18n.js";
import { flat, parse } from "chat/markdown.js";
import * as screen from "chat/screen.js";
import { split } from "chat/text.js";

/** @typedef {import("./markdown.js").Node} Node */
/** @typedef {"everyone" | "here"} Word */
/** @typedef {{rule: "nobody" | "moderators" | "all", allowed: boolean, members: number, online: number}} Reach */

/** @type {Word[]} the first counts where both stand */
export const WORDS = ["everyone", "here"];
/** From so many others on the sender is asked. */
export const MANY = 5;

/** The word with which a text mentions all of a chat, as the server finds it (chat/mentions.py). @param {string} content @returns {Word | undefined} */
export function meant(content) {
  if (!/[@\uff20]/.test(content)) return undefined;
  /** @type {Set<string>} */
  const found = new Set();
  const names = new Set(/** @type {string[]} */ (WORDS));
  look(parse(content));
  return WORDS.find((word) => found.has(word));

  /** @param {Node[]} nodes */
  function look(nodes) {
    for (const node of nodes) {
      if (node.type === "text") {
        for (const part of split(node.text, names)) if (typeof part !== "string") found.add(part.key);
      } else if (node.type !== "link" && "children" in node) look(node.children);
    }
  }
}

/** Whom the words reach in a chat, and whether one may write them. @param {string} chat @returns {Promise<Reach>} */
export const reach = (chat) => api.get(`${api.pathOf(chat)}/everyone`);

/** How many others a word reaches. @param {Word} word @param {Reach} reach */
export const others = (word, { members, online }) => Math.max(0, (word === "here" ? online : members) - 1);

/** What a word does here, or why it does nothing. @param {Word} word @param {Reach} reach */
export function explained(word, reach) {
  if (!reach.allowed)
    return reach.rule === "moderators" ? t("Only moderators can use this here") : t("Turned off here");
  const count = others(word, reach);
  return word === "here"
    ? tn(count, "Notify {count} person who is online", "Notify {count} people who are online")
    : tn(count, "Notify {count} person", "Notify {count} people");
}

/**
 * Send a text, if it is to many after asking; where the words do nothing, say so.
 * @param {import("./types.js").Chat} chat @param {string} content @param {() => void} post
 */
export async function ask(chat, content, post) {
  const word = meant(content);
  if (!word) return post();
  // Without a connection nobody knows how many; it is sent when there is one.
  const found = await reach(chat.key).catch(() => null);
  if (!found || (found.allowed && others(word, found) < MANY)) return post();
  if (!found.allowed) {
    post();
    const reason = found.rule === "moderators" ? t("Only moderators can use it here.") : t("It's turned off here.");
    return screen.toast(t("@{word} didn't notify anyone. {reason}", { word, reason }));
  }
  const count = others(word, found);
  await screen.openDialog(load("chat/views/dialogs.js"), "Confirm", {
    title: tn(count, "Notify {count} person?", "Notify {count} people?"),
    text:
      word === "here"
        ? t("@here notifies everyone in {chat} who is online, and counts as a mention for all.", { chat: chat.title })
        : t("@everyone notifies all members of {chat}.", { chat: chat.title }),
    quote: flat(content),
    verb: t("Send"),
    tone: "primary",
    run: post,
  });
}
