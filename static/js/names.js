// @ts-check
/** What people are called, and the status that they set for a while. */

import { t } from "chat/i18n.js";

/** The username says that the account was deleted: nobody else's begins like that. @param {string} username */
export const isDeleted = (username) => /^deleted-\d+$/.test(username);

/** @param {{username?: string, display_name?: string}} person */
export function called({ username = "", display_name = "" }) {
  return isDeleted(username) ? t("Deleted account") : display_name || username;
}

/** The status of somebody, unless it is over. @param {{status?: import("./types.js").Status} | null | undefined} person @param {number} now in ms since 1970 */
export function statusOf(person, now) {
  const status = person?.status;
  return status && !(status.until && Date.parse(status.until) <= now) ? status : undefined;
}
