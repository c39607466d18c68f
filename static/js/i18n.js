// @ts-check
/**
 * Words and times as people read them, in their language and time zone. English is in the sources; another language is
 * a catalogue that is made of the .po files in `locale/`.
 */

import { isThere, load } from "chat/browser.js";

/** @typedef {Record<string, string | string[]>} Texts from English; of a text with a number, by its singular, all plural forms */

/** @type {Texts} */
let catalogue = {};
/** @type {(count: number) => number} which plural form */
let formOf = (count) => Number(count !== 1);

/** The language of the page, as the server chose it. */
export const language = globalThis.document?.documentElement.lang || "en";

/** Load the catalogue of the page's language, if there is one; until then it is English. Raises TypeError if it does not come. */
export async function loadCatalogue() {
  const name = `chat/locale/${language.split("-")[0]}.js`;
  if (language.startsWith("en") || !isThere(name)) return;
  const { default: texts, plural } = await load(name);
  speak(texts, plural);
}

/** From now on in this language. @param {Texts} texts @param {(count: number) => number} plural the number of the form that a number takes */
export function speak(texts, plural) {
  catalogue = texts;
  formOf = plural;
}

/** A sentence, with `{name}` filled in. @param {string} text @param {Record<string, string | number>} [values] */
export function t(text, values) {
  const found = catalogue[text];
  return fill(typeof found === "string" ? found : text, values);
}

/** The same by number: `{count}` is the number. @param {number} count @param {string} one @param {string} many @param {Record<string, string | number>} [values] */
export function tn(count, one, many, values = {}) {
  const found = catalogue[one];
  const text = Array.isArray(found) ? found[formOf(count)] : count === 1 ? one : many;
  return fill(text, { count: count.toLocaleString(language), ...values });
}

/** @param {string} text @param {Record<string, string | number>} [values] */
function fill(text, values) {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole)) : text;
}

// ---------------------------------------------------------------- times

/** The language of the page as this browser's owner writes it: numbers and times differ between British and American English. */
export const region =
  globalThis.navigator?.languages?.find((name) => name.split("-")[0] === language.split("-")[0]) ?? language;
const clock = new Intl.DateTimeFormat(region, { timeStyle: "short" });
const weekday = new Intl.DateTimeFormat(region, { weekday: "long" });
const shortWeekday = new Intl.DateTimeFormat(region, { weekday: "short" });
const day = new Intl.DateTimeFormat(region, { weekday: "long", day: "numeric", month: "long" });
const year = new Intl.DateTimeFormat(region, { day: "numeric", month: "long", year: "numeric" });
const shortDay = new Intl.DateTimeFormat(region, { day: "numeric", month: "short" });
const numbers = new Intl.DateTimeFormat(region, { day: "2-digit", month: "2-digit", year: "2-digit" });
const dayTime = new Intl.DateTimeFormat(region, {
  weekday: "long",
  day: "numeric",
  month: "long",
  hour: "numeric",
  minute: "2-digit",
});
const full = new Intl.DateTimeFormat(region, { dateStyle: "full", timeStyle: "short" });

const DAY = 86_400_000;

/** The number of a local day, which differs by 1 from one day to the next. @param {Date} date */
export function dayNumber(date) {
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY);
}

/** 14:05 @param {string} iso */
export const clockTime = (iso) => clock.format(new Date(iso));

const precise = new Intl.DateTimeFormat(region, { dateStyle: "medium", timeStyle: "short" });

/** 21 Nov 2026, 14:05 @param {string} iso */
export const dateAndTime = (iso) => precise.format(new Date(iso));

/** 14:05 today, else with the date. @param {string} iso @param {Date} now */
export const moment = (iso, now) => (dayNumber(new Date(iso)) === dayNumber(now) ? clockTime(iso) : dateAndTime(iso));

/** What the clocks show in a time zone; "" if this browser does not know it. @param {string} timeZone an IANA name @param {number} now in ms since 1970 */
export function timeIn(timeZone, now) {
  try {
    return new Intl.DateTimeFormat(region, { timeStyle: "short", timeZone }).format(now);
  } catch {
    return "";
  }
}

/** For tooltips. @param {string} iso */
export const fullTime = (iso) => full.format(new Date(iso));

/** "Today", "Yesterday", "Monday", "Monday, 3 August", "3 August 2024". @param {string} iso @param {Date} [now] */
export function dayName(iso, now = new Date()) {
  const date = new Date(iso);
  const ago = dayNumber(now) - dayNumber(date);
  if (ago === 0) return t("Today");
  if (ago === 1) return t("Yesterday");
  if (ago > 1 && ago < 7) return weekday.format(date);
  return date.getFullYear() === now.getFullYear() ? day.format(date) : year.format(date);
}

/** For a row of the list: 14:05, Mon, 3 Aug, 03/08/24. @param {string} iso @param {Date} [now] */
export function shortTime(iso, now = new Date()) {
  const date = new Date(iso);
  const ago = dayNumber(now) - dayNumber(date);
  if (ago <= 0) return clock.format(date);
  if (ago === 1) return t("Yesterday");
  if (ago < 7) return shortWeekday.format(date);
  return date.getFullYear() === now.getFullYear() ? shortDay.format(date) : numbers.format(date);
}

/** "15 minutes", "1 day": in the largest unit that it is a whole number of. @param {number} seconds */
export function span(seconds) {
  const units = /** @type {const} */ ([
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ]);
  const [unit, size] = units.find(([, size]) => seconds % size === 0) ?? ["second", 1];
  return new Intl.NumberFormat(region, { style: "unit", unit, unitDisplay: "long" }).format(seconds / size);
}

/** When something will happen: "at 14:05", "tomorrow at 09:00", "Monday, 3 August, 09:00". @param {Date} date @param {Date} [now] */
export function dayAt(date, now = new Date()) {
  const ahead = dayNumber(date) - dayNumber(now);
  const time = clock.format(date);
  if (ahead === 0) return t("at {time}", { time });
  if (ahead === 1) return t("tomorrow at {time}", { time });
  return (date.getFullYear() === now.getFullYear() ? dayTime : full).format(date);
}

/** "last seen today at 14:05". @param {string} iso @param {Date} [now] */
export function lastSeen(iso, now = new Date()) {
  const ago = dayNumber(now) - dayNumber(new Date(iso));
  if (now.getTime() - new Date(iso).getTime() < 60_000) return t("last seen just now");
  if (ago === 0) return t("last seen today at {time}", { time: clockTime(iso) });
  if (ago === 1) return t("last seen yesterday at {time}", { time: clockTime(iso) });
  return t("last seen {day}", { day: shortTime(iso, now) });
}

/** Milliseconds until the next local midnight. @param {Date} [now] */
export function untilMidnight(now = new Date()) {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime() - now.getTime();
}
