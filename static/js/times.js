// @ts-check
/** Times that one may mean by "later". Pure. */

import { t } from "chat/i18n.js";

const MINUTE = 60_000;
/** The hour at which a day is meant to begin. */
const MORNING = 9;

/** In the device's time zone, the earliest first. @param {Date} now @returns {{label: string, at: Date}[]} */
export function presets(now) {
  const after = (/** @type {number} */ minutes) => new Date(Math.ceil(now.getTime() / MINUTE + minutes) * MINUTE);
  const morning = (/** @type {number} */ days) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
  const toMonday = (8 - now.getDay()) % 7 || 7; // on a Monday, the next one
  return [
    { label: t("In 20 minutes"), at: after(20) },
    { label: t("In 1 hour"), at: after(60) },
    { label: t("In 3 hours"), at: after(180) },
    { label: t("Tomorrow"), at: morning(1) },
    ...(toMonday > 1 ? [{ label: t("Monday"), at: morning(toMonday) }] : []),
  ];
}

/** As a field for date and time has it: `2026-11-21T14:05` in the device's time zone. @param {Date} date */
export const fieldValue = (date) =>
  new Date(date.getTime() - date.getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
