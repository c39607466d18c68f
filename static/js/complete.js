// @ts-check
/**
 * What could be meant by the last letters in front of the cursor: a person after `@`, an emoji after `:`. Pure.
 *
 * @typedef {import("./types.js").Person} Person
 * @typedef {{sign: "@" | ":" | "#", word: string, start: number, end: number}} Asked `start` and `end` in the text, sign included
 * @typedef {{id: string, text: string, label: string, more: string, person?: Person, emoji?: string, room?: string, icon?: string, closed?: boolean}} Offer `text` takes the place of what was asked; nothing does of a `closed` one, which says why
 * @typedef {{emoji: string, names: string[], tags: string[]}} Emoji
 */
import { score } from "chat/fuzzy.js";
import { qualified } from "chat/reactions.js";

const MOST = 8;

/** The emoji of the table, one per line: `😀 grinning grinning_face | happy smile`. @param {string} table @returns {Emoji[]} */
export function readEmoji(table) {
  return table.split("\n").map((line) => {
    const [first, tags = ""] = line.split(" | ");
    const [written, ...names] = first.split(" ");
    return { emoji: qualified(written), names, tags: tags ? tags.split(" ") : [] };
  });
}

/** The best emoji for a few letters. @param {Emoji[]} all @param {Asked} asked @param {number} [most] @returns {Offer[]} */
export function findEmoji(all, { word }, most = MOST) {
  const letters = word.toLowerCase().replaceAll("-", "_").replace(/^_$/, "-");
  return best(
    all.map((one) => ({
      one,
      rank: Math.max(
        ...one.names.map((name) => fit(letters, name)),
        ...one.tags.map((tag) => (tag.startsWith(letters) ? 0.4 - tag.length / 1e3 : -1)),
      ),
    })),
    most,
  ).map(({ emoji, names }) => ({ id: names[0], text: emoji, label: `:${names[0]}:`, more: "", emoji }));
}

/** @param {string} letters @param {string} name */
function fit(letters, name) {
  const at = name.indexOf(letters);
  if (at === 0) return 1 - name.length / 1e3;
  return at > 0 && name[at - 1] === "_" ? 0.6 - name.length / 1e3 : at > 0 ? 0.2 - name.length / 1e3 : -1;
}

/** The emoji with exactly this short name. @param {Emoji[]} all @param {string} name */
export function emojiNamed(all, name) {
  return all.find((one) => one.names.includes(name.toLowerCase()))?.emoji;
}

/** The best people for a few letters of either name, among other names; without letters those who are here come first. @param {Iterable<Person>} people @param {Asked} asked @param {Offer[]} [names] of groups, and words @returns {Offer[]} */
export function findPeople(people, { word }, names = []) {
  const least = word ? 0.3 : 0; // letters scattered over a name are no hint
  const ofPeople = [...people].map((person) => ({
    one: {
      id: `person-${person.id}`,
      text: `@${person.username}`,
      label: person.display_name || person.username,
      more: `@${person.username}`,
      person,
    },
    rank: Math.max(score(word, person.display_name), score(word, person.username)),
  }));
  const others = names.map((one) => ({ one, rank: score(word, one.text.slice(1)) }));
  // Without letters all rank the same: people first, and room for the rest below them.
  const room = word ? 0 : Math.min(others.length, 3);
  const found = best(
    [...ofPeople, ...(word ? others : [])]
      .filter(({ rank }) => rank >= least)
      .map(({ one, rank }) => ({ one, rank: rank + (one.person?.is_online ? 0.05 : 0) })),
    MOST - room,
  );
  return word ? found : [...found, ...names.slice(0, MOST - found.length)];
}

/** The best rooms for a few letters of their titles or names. @param {import("./roomnames.js").Room[]} rooms @param {Asked} asked @param {(title: string) => string} nameOf @returns {Offer[]} */
export function findRooms(rooms, { word }, nameOf) {
  const least = word ? 0.3 : 0;
  return best(
    rooms
      .map((one) => ({ one, rank: Math.max(score(word, one.title), score(word, nameOf(one.title))) }))
      .filter(({ rank }) => rank >= least),
  ).map(({ key, title }) => ({
    id: key.replace(":", "-"),
    text: `#${nameOf(title)}`,
    label: title,
    more: `#${nameOf(title)}`,
    room: key,
  }));
}

/**
 * Offers with the one that was chosen, also when better ones came and there is no more room for it.
 * @template {{id: string}} T
 * @param {T[]} offers @param {T | null} chosen @returns {T[]}
 */
export function keeping(offers, chosen) {
  if (!chosen || offers.some((offer) => offer.id === chosen.id)) return offers;
  return [...offers.slice(0, -1), chosen];
}

/** @template T @param {{one: T, rank: number}[]} ranked @param {number} [most] @returns {T[]} */
function best(ranked, most = MOST) {
  return ranked
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => b.rank - a.rank)
    .slice(0, most)
    .map(({ one }) => one);
}
