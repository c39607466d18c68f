// @ts-check
/** People whom one could take for each other: what they are called is the same. Their usernames are shown, too. */
import { computed } from "@preact/signals";
import * as store from "chat/store.js";
import { key } from "chat/text.js";

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

/** The ids of these people. */
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
