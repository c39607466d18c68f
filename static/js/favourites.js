// @ts-check
/** The emoji that are at hand, as this device remembers them: those used most, and last. */

import { read, write } from "chat/kept/local.js";
import { qualified } from "chat/reactions.js";

const RECENT = 16;
/** So many uses are counted; then all counts are halved, so that habits may change. */
const COUNTED = 200;
const USUAL = ["👍", "❤️", "😂", "🎉", "👀", "✅"];

/** @returns {Record<string, number>} */
const counts = () => read("emoji-counts", {});

/** An emoji was used. @param {string} emoji */
export function remember(emoji) {
  write("emoji", [emoji, ...recent().filter((one) => one !== emoji)].slice(0, RECENT));
  const counted = { ...counts(), [emoji]: (counts()[emoji] ?? 0) + 1 };
  const all = Object.entries(counted);
  const isMuch = all.reduce((sum, [, count]) => sum + count, 0) > COUNTED;
  const kept = isMuch ? all.map(([one, count]) => [one, count >> 1]).filter(([, count]) => count) : all;
  write("emoji-counts", Object.fromEntries(kept));
}

/** Those used last, the latest first. @returns {string[]} */
export const recent = () => read("emoji", []).map(qualified); // an earlier version kept them otherwise

/** The six used most; as long as there are fewer, with usual ones. */
export function mostUsed() {
  const used = Object.entries(counts()).sort((a, b) => b[1] - a[1]);
  return [...new Set([...used.map(([emoji]) => emoji), ...USUAL])].slice(0, 6);
}

/** @type {string[] | null} */
let atHand = null;

/** The same, as they were when first asked for: buttons keep their places under the pointer. */
export const quick = () => {
  atHand ??= mostUsed();
  return atHand;
};
