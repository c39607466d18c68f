// @ts-check
/** Search: what is asked for and what was found, kept while the panel is closed, so that Back leads to the same list. Loaded with the first search. */

import { signal } from "@preact/signals";
import * as api from "chat/api.js";
import { t, tn } from "chat/i18n.js";
import { read, write } from "chat/kept/local.js";
import { onFrame } from "chat/news.js";
import { asText, isWorth, settled, withFilter } from "chat/query.js";
import * as screen from "chat/screen.js";
import { meet } from "chat/state.js";
import * as store from "chat/store.js";

/**
 * @typedef {import("./query.js").Query} Query
 * @typedef {import("./query.js").Result} Result
 * @typedef {object} Answer
 * @property {Result[][]} pages
 * @property {number | null} next
 * @property {boolean} partial time was up before all was looked at
 * @property {boolean} isAsking for the first page, or the next
 * @property {boolean} isDone these pages are of what is asked for, not of what was
 * @property {api.Refused | null} failure
 */

/** After the last key, in ms. */
const PAUSE = 200;
const PAGE = 25;
/** So many searches are kept. */
const MOST = 8;

/** @type {Answer} */
const NONE = { pages: [], next: null, partial: false, isAsking: false, isDone: false, failure: null };

/** What the field has. */
export const query = signal(/** @type {Query} */ ({ filters: [], words: "" }));
/** @type {import("@preact/signals").Signal<"newest" | "relevance">} */
export const sort = signal(/** @type {"newest" | "relevance"} */ ("newest"));
export const answer = signal(NONE);
/** Where the list stands, and the id of the message that was opened last. */
export const place = { top: 0, opened: 0 };
/** The field is to have the focus: a number that grows with each call for it, and 0 once it has it. */
export const calls = signal(0);

/** Open the panel, for a chat or for all. @param {string | null} key @param {string} [words] */
export function begin(key, words) {
  const chat = key && store.chats.value.get(key);
  const { filters, words: before } = query.value;
  const others = words === undefined ? filters.filter(({ name }) => name !== "in" && name !== "with") : [];
  const next = chat ? withFilter(others, { name: "in", value: chat.key, label: chat.title }) : others;
  ask({ filters: next, words: words ?? before }, 0);
  calls.value += 1;
  screen.showPanel("search");
}

let number = 0; // an answer to an earlier question may come after that to a later one
/** @type {any} */
let timer;
/** Search as it stands, after a pause. @param {Query} next @param {number} [pause] in ms */
export function ask(next, pause = PAUSE) {
  const text = asText(next);
  const isSame = text === asText(query.value) && answer.value.isDone && !answer.value.failure;
  query.value = next;
  if (isSame) return;
  clearTimeout(timer);
  number += 1;
  if (!isWorth(next)) {
    answer.value = NONE;
    return;
  }
  answer.value = { ...answer.value, isAsking: true, isDone: false, failure: null };
  timer = setTimeout(again, pause);
}

/** @param {"newest" | "relevance"} order */
export function sortBy(order) {
  if (order === sort.value) return;
  sort.value = order;
  if (isWorth(query.value)) again();
}

/** From the first page on. */
export function again() {
  clearTimeout(timer);
  Object.assign(place, { top: 0, opened: 0 });
  findPeople();
  return run(null);
}

export function more() {
  const { next, isAsking } = answer.value;
  if (next !== null && !isAsking) run(next);
}

/** @param {number | null} cursor */
async function run(cursor) {
  number += 1;
  const mine = number;
  answer.value = { ...answer.value, isAsking: true, isDone: cursor !== null, failure: null };
  const params = new URLSearchParams({ q: asText(query.value), sort: sort.value, limit: String(PAGE) });
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if (timeZone) params.set("zone", timeZone);
  if (cursor !== null) params.set("cursor", String(cursor));
  try {
    const found = await api.get(`/search?${params}`);
    if (mine !== number) return;
    const before = cursor === null ? [] : answer.value.pages;
    const known = new Set(before.flat().map(({ message }) => message.id));
    const page = found.results.filter((/** @type {Result} */ { message }) => !known.has(message.id));
    answer.value = { ...NONE, pages: [...before, page], next: found.next, partial: found.partial, isDone: true };
    store.announce(inWords(answer.value));
  } catch (error) {
    if (!(error instanceof api.Refused)) throw error;
    if (mine === number)
      answer.value = { ...(cursor === null ? NONE : { ...answer.value, isAsking: false }), failure: error };
  }
}

/** How much was found. @param {Answer} answer */
export function inWords({ pages, next, partial }) {
  const count = pages.flat().length;
  if (!count) return partial ? t("Nothing found so far") : t("No messages found");
  return next === null
    ? tn(count, "{count} message found", "{count} messages found")
    : tn(count, "{count} message so far", "{count} messages so far");
}

/** People whom this tab has not met may be meant, too. */
async function findPeople() {
  const { filters, words } = query.value;
  const name = settled(words);
  if (filters.length || !name) return;
  const found = await api.get(`/users?limit=20&search=${encodeURIComponent(name)}`).catch(() => null);
  if (found?.results.length) store.state.value = meet(store.state.value, found.results);
}

/** @param {(result: Result) => Result | null} work */
function change(work) {
  const { pages } = answer.value;
  if (!pages.length) return;
  const next = pages.map((page) => page.map(work).filter((result) => result !== null));
  answer.value = { ...answer.value, pages: next };
}

onFrame((frame) => {
  if (frame.type === "connection_established") {
    if (answer.value.failure) again();
  } else if (frame.type === "removed" || frame.type === "room_left")
    change((result) => (result.message.chat === frame.chat ? null : result));
  else if (frame.type === "message_updated" || frame.type === "message_deleted" || frame.type === "synced") {
    const changed = /** @type {import("./types.js").Message[]} */ (frame.type === "synced" ? frame.messages : [frame]);
    const byId = new Map(changed.map((message) => [message.id, message]));
    change((result) => {
      const message = byId.get(result.message.id);
      if (!message || message.version <= result.message.version) return result;
      if (message.deleted_at) return null;
      const isSame = message.content === result.message.content;
      return { ...result, message, highlights: isSame ? result.highlights : [] };
    });
  }
});

// ---------------------------------------------------------------- searches of before, on this device

/** @returns {Query[]} */
const kept = () => read("searches", []).filter((/** @type {any} */ one) => Array.isArray(one?.filters) && isWorth(one));

/** The newest first. */
export const recent = signal(kept());

/** Keep the search as it stands: it led to something, or was meant as it is. */
export function remember() {
  const { filters, words } = query.value;
  if (isWorth(query.value)) keep([{ filters, words: settled(words) }, ...without(asText(query.value))]);
}

/** @param {Query} search */
export const forget = (search) => keep(without(asText(search)));

export const forgetAll = () => keep([]);

/** @param {string} text */
const without = (text) => kept().filter((one) => asText(one) !== text);

/** @param {Query[]} searches */
function keep(searches) {
  recent.value = searches.slice(0, MOST);
  write("searches", recent.value);
}
