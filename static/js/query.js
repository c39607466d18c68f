// @ts-check
/**
 * What a person searches for: filters, and words. How that is typed and asked of the server, and how what is found is
 * shown. Pure.
 *
 * @typedef {{name: string, value: string, label: string, isExcluded?: boolean}} Filter `label`: the value as it is shown
 * @typedef {{filters: Filter[], words: string}} Query
 * @typedef {{name: string, value: string, isExcluded: boolean, start: number, end: number}} Typed an operator in a text
 * @typedef {{value: string, label: string}} Choice
 * @typedef {{person: (name: string) => Choice | null, chat: (name: string) => Choice | null}} Known who and what can be named
 * @typedef {{message: import("./types.js").Message, highlights: number[][], chat_title: string}} Result
 */
import { fold } from "chat/fuzzy.js";
import { region, t } from "chat/i18n.js";
import { flat } from "chat/markdown.js";

/** As they are asked for, and as they are called in the language of the page: both may be typed. */
export const names = () =>
  /** @type {Record<string, string>} */ ({
    from: t("from"),
    in: t("in"),
    with: t("with"),
    mentions: t("mentions"),
    has: t("has"),
    is: t("is"),
    before: t("before"),
    after: t("after"),
    on: t("on"),
  });

/** The values of those that are of no person, chat or day. @param {string} name @returns {Choice[]} */
export function choices(name) {
  if (name === "has")
    return [
      { value: "file", label: t("File") },
      { value: "image", label: t("Photo") },
      { value: "video", label: t("Video") },
      { value: "audio", label: t("Audio") },
      { value: "link", label: t("Link") },
      { value: "reaction", label: t("Reaction") },
    ];
  if (name === "is")
    return [
      { value: "saved", label: t("Saved") },
      { value: "pinned", label: t("Pinned") },
    ];
  return [];
}

export const isOfPerson = (/** @type {string} */ name) => ["from", "with", "mentions"].includes(name);
export const isOfDay = (/** @type {string} */ name) => ["before", "after", "on"].includes(name);

/** @param {string} word @returns {string | undefined} */
function operatorOf(word) {
  const typed = word.toLowerCase();
  const all = Object.entries(names());
  return (all.find(([name]) => name === typed) ?? all.find(([, local]) => local.toLowerCase() === typed))?.[0];
}

/** Operators whose names begin so. @param {string} letters */
export const operatorsLike = (letters) =>
  Object.entries(names()).flatMap(([name, local]) =>
    [name, local].some((one) => fold(one).startsWith(fold(letters))) ? [name] : [],
  );

const QUOTES = /[“”„‟«»]/g;
const PART = /(-?)(?:(\p{L}+):)?(?:"([^"]*)(?:"|$)|(\S+))/gu;

/** @param {string} text @returns {Typed[]} */
function operatorsOf(text) {
  /** @type {Typed[]} */
  const out = [];
  for (const { 0: whole, 1: no, 2: word, 3: quoted, 4: plain, index } of text.replace(QUOTES, '"').matchAll(PART)) {
    const name = word && operatorOf(word);
    if (name)
      out.push({ name, value: quoted ?? plain, isExcluded: no !== "", start: index, end: index + whole.length });
  }
  return out;
}

/** The operator at the end of a text whose value is still being typed. @param {string} text @returns {Typed | null} */
export function pending(text) {
  const match = /(?:^|\s)(-?)(\p{L}+):(?:"([^"]*)|([^\s"]*))$/u.exec(text.replace(QUOTES, '"'));
  const name = match && operatorOf(match[2]);
  if (!name) return null;
  const start = match.index + (/^\s/.test(match[0]) ? 1 : 0);
  return { name, value: match[3] ?? match[4], isExcluded: match[1] !== "", start, end: text.length };
}

/**
 * The filters that are whole in what was typed, and what is left of it. The one at the end is when all is.
 * @param {string} text @param {Known} known @param {boolean} [isAll] nothing more will be typed
 * @returns {Query}
 */
export function taken(text, known, isAll = false) {
  const filters = [];
  let words = "";
  let from = 0;
  for (const typed of operatorsOf(text)) {
    const isWhole = isAll || typed.end < text.length;
    const filter = isWhole ? filterOf(typed, known) : null;
    if (!filter) continue;
    filters.push(filter);
    words += text.slice(from, typed.start);
    from = typed.end + (/\s/.test(text[typed.end] ?? "") ? 1 : 0);
  }
  return { filters, words: words + text.slice(from) };
}

/** The filter that an operator means; null: it is text. @param {Pick<Typed, "name" | "value" | "isExcluded">} typed @param {Known} known @returns {Filter | null} */
export function filterOf({ name, value, isExcluded }, known) {
  const bare = value.replace(/^[@#]+/, "").trim();
  /** @type {Choice | null | undefined} */
  let found;
  if (!bare) return null;
  if (isOfPerson(name)) found = known.person(bare) ?? { value: bare, label: bare };
  else if (name === "in") found = known.chat(bare) ?? { value: bare, label: bare };
  else if (isOfDay(name)) found = dayOf(bare);
  else found = choices(name).find((choice) => choice.value === bare.toLowerCase() || fold(choice.label) === fold(bare));
  return found ? { name, ...found, ...(isExcluded ? { isExcluded } : {}) } : null;
}

/** A day, month or year: `2026-11-27`, `27.11.2026`, `2026-11`, `2026`, `today`; null: it is none. @param {string} typed @returns {Choice | null} */
export function dayOf(typed) {
  const word = fold(typed);
  for (const { value, label } of namedDays()) if (word === value || word === fold(label)) return { value, label };
  const [, date, month, year] = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(typed) ?? [];
  const numbers = year ? [year, month, date] : typed.split("-");
  if (numbers.length > 3 || !/^\d{4}$/.test(numbers[0]) || !numbers.slice(1).every((part) => /^\d{1,2}$/.test(part)))
    return null;
  const [y, m = 1, d = 1] = numbers.map(Number);
  const moment = new Date(Date.UTC(2000, m - 1, d));
  moment.setUTCFullYear(y, m - 1, d);
  if (y < 1 || moment.getUTCMonth() !== m - 1 || moment.getUTCDate() !== d) return null;
  const value = numbers.map((part, at) => part.padStart(at ? 2 : 4, "0")).join("-");
  /** @type {Intl.DateTimeFormatOptions} */
  const shown = numbers.length === 3 ? { dateStyle: "medium" } : { year: "numeric", month: "long" };
  const label =
    numbers.length === 1 ? value : new Intl.DateTimeFormat(region, { ...shown, timeZone: "UTC" }).format(moment);
  return { value, label };
}

/** @returns {Choice[]} */
export const namedDays = () => [
  { value: "today", label: t("Today") },
  { value: "yesterday", label: t("Yesterday") },
];

/** Words without an operator that is still being typed. @param {string} words */
export const settled = (words) => words.slice(0, pending(words)?.start).trim();

/** A search as the server is asked. @param {Query} query */
export function asText({ filters, words }) {
  const written = filters.map(({ name, value, isExcluded }) => {
    const quoted = /[\s"]/.test(value) ? `"${value.replaceAll('"', "")}"` : value;
    return `${isExcluded ? "-" : ""}${name}:${quoted}`;
  });
  return [...written, settled(words)].filter(Boolean).join(" ");
}

/** A filter in words. @param {Filter} filter */
export const nameOfFilter = ({ name, label, isExcluded }) =>
  isExcluded ? t("not {filter}", { filter: `${names()[name]}: ${label}` }) : `${names()[name]}: ${label}`;

/** Whether there is something to search for: a chat alone is none. @param {Query} query */
export const isWorth = ({ filters, words }) =>
  settled(words) !== "" || filters.some(({ name }) => name !== "in" && name !== "with");

/** Filters of which only one makes sense: a message has one author, and is in one chat. @param {Filter} filter */
function slotOf({ name, value, isExcluded }) {
  if (isExcluded || ["has", "is", "mentions"].includes(name)) return `${isExcluded} ${name} ${value}`;
  return name === "with" ? "in" : name;
}

/** With one more filter, which takes the place of what does not go with it. @param {Filter[]} filters @param {Filter} filter */
export const withFilter = (filters, filter) => [...filters.filter((one) => slotOf(one) !== slotOf(filter)), filter];

// ---------------------------------------------------------------- what is found

/** Signs that no text has, around what is found. */
const [OPEN, CLOSE] = ["\ufdd0", "\ufdd1"];
/** Where the first place is later than this, so many characters stand before it; and the most of all. */
const [LATE, BEFORE, MOST] = [120, 50, 300];

/** @typedef {{text: string, isFound: boolean}} Part */

/**
 * A message in one line, in parts, cut around the first place.
 * @param {string} content @param {number[][]} highlights from and to, as code points
 * @returns {Part[]}
 */
export function excerpt(content, highlights) {
  const marked = mark(content, highlights);
  const shown = partsOf(flat(marked));
  const isWhole = shown && (!highlights.length || shown.some(({ isFound }) => isFound));
  // A place is in what is not shown, such as the address of a link: then all is, as it was typed.
  return cut(isWhole ? shown : (partsOf(marked.replace(/\s+/g, " ").trim()) ?? []));
}

/** @param {string} content @param {number[][]} highlights */
function mark(content, highlights) {
  const letters = Array.from(content.replace(/[\ufdd0\ufdd1]/g, "\ufffd"));
  let out = "";
  let from = 0;
  for (const [start, end] of highlights) {
    out += `${letters.slice(from, start).join("")}${OPEN}${letters.slice(start, end).join("")}${CLOSE}`;
    from = end;
  }
  return out + letters.slice(from).join("");
}

/** @param {string} marked @returns {Part[] | null} null: a sign is without the other */
function partsOf(marked) {
  const parts = [];
  for (const [index, piece] of marked.split(OPEN).entries()) {
    const [found, rest, ...more] = index ? piece.split(CLOSE) : ["", piece];
    if (rest === undefined || more.length || (!index && rest.includes(CLOSE))) return null;
    parts.push({ text: found, isFound: true }, { text: rest, isFound: false });
  }
  return parts.filter(({ text }) => text);
}

/** @param {Part[]} parts @returns {Part[]} */
function cut(parts) {
  const all = parts.map(({ text }) => text).join("");
  const first = parts[0]?.isFound ? 0 : (parts[0]?.text.length ?? 0);
  let start = parts.some(({ isFound }) => isFound) && first > LATE ? first - BEFORE : 0;
  if (start) start += Math.max(0, all.slice(start, first).search(/\s\S/) + 1);
  start = whole(all, start);
  const end = all.length - start > MOST ? whole(all, start + MOST) : all.length;
  let at = 0;
  const shown = parts.map(({ text, isFound }) => {
    const from = at;
    at += text.length;
    return { text: text.slice(Math.max(0, start - from), Math.max(0, end - from)), isFound };
  });
  if (start) shown.unshift({ text: "…", isFound: false });
  if (end < all.length) shown.push({ text: "…", isFound: false });
  return shown.filter(({ text }) => text);
}

/** Not within a pair of surrogates. @param {string} text @param {number} at */
const whole = (text, at) => (/[\udc00-\udfff]/.test(text[at] ?? "") ? at - 1 : at);

/**
 * By chat, in the order of their first results. Each page by itself, so that nothing moves when the next one comes.
 * @param {Result[][]} pages
 * @returns {{key: string, title: string, results: Result[]}[]}
 */
export function grouped(pages) {
  /** @type {{key: string, title: string, results: Result[]}[]} */
  const out = [];
  for (const results of pages) {
    const from = Math.max(0, out.length - 1);
    for (const result of results) {
      const { chat } = result.message;
      const group = out.slice(from).find(({ key }) => key === chat);
      if (group) group.results.push(result);
      else out.push({ key: chat, title: result.chat_title, results: [result] });
    }
  }
  return out;
}
