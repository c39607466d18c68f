// @ts-check
/** People by id, fetched when something on the screen names them (many at once, each once), and who is called the same. */

import { computed } from "@preact/signals";
import * as api from "chat/api.js";
import { meet } from "chat/state.js";
import * as store from "chat/store.js";
import { key } from "chat/text.js";

/** So many ids fit into one request. */
const MOST = 200;
/** What one drawing names goes into one request, in ms. */
const TOGETHER = 30;

/** @type {Set<number>} */
const wanted = new Set();
/** Ids that were asked for: whom the server does not know, nobody asks for again. @type {Set<number>} */
const asked = new Set();

/** Somebody is named of whom not everything is known. @param {number} id */
export function want(id) {
  if (asked.has(id)) return;
  asked.add(id);
  if (!wanted.size) setTimeout(fetchWanted, TOGETHER);
  wanted.add(id);
}

async function fetchWanted() {
  const ids = [...wanted];
  wanted.clear();
  for (let from = 0; from < ids.length; from += MOST) {
    const some = ids.slice(from, from + MOST);
    const answer = await api.get(`/users?ids=${some.join(",")}`).catch(() => null);
    if (answer) store.state.value = meet(store.state.value, answer.results);
    else for (const id of some) asked.delete(id); // when they are drawn next
  }
}

/** @type {Map<string, string>} names as they are compared */
const known = new Map();

/** @param {string} name */
function compared(name) {
  let found = known.get(name);
  if (found === undefined) {
    found = key(name).replace(/\s+/g, " ");
    known.set(name, found);
  }
  return found;
}

/** The ids of people whom one could take for each other, as they are called the same: their usernames are shown, too. */
export const twins = computed(() => {
  /** @type {Map<string, number>} who is called so first */
  const first = new Map();
  /** @type {Set<number>} */
  const out = new Set();
  for (const person of store.people.value.values()) {
    const name = compared(person.display_name || person.username);
    const other = first.get(name);
    if (other === undefined) first.set(name, person.id);
    else out.add(other).add(person.id);
  }
  return out;
});
