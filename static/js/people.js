// @ts-check
/** People by id, fetched when something on the screen names them: many at once, each once. */

import * as api from "chat/api.js";
import { meet } from "chat/state.js";
import * as store from "chat/store.js";

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
