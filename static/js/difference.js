// @ts-check
/**
 * What was changed in a text, word by word. Pure.
 *
 * @typedef {{kind: "same" | "gone" | "new", text: string}} Part
 */

/** Comparing takes as many steps as the changed words of one text times those of the other: with more, all counts as changed. */
const MOST = 1_000_000;

/** Words, and what stands between them. @param {string} text @returns {string[]} */
function words(text) {
  if (globalThis.Intl?.Segmenter) {
    const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
    return Array.from(segmenter.segment(text), ({ segment }) => segment);
  }
  return text.match(/[\p{L}\p{M}\p{N}_]+|\s+|./gsu) ?? [];
}

/** The parts of both texts in order: what is gone stands before what is new in its place. @param {string} before @param {string} after @returns {Part[]} */
export function difference(before, after) {
  const [old, now] = [words(before), words(after)];
  let start = 0;
  while (start < Math.min(old.length, now.length) && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < Math.min(old.length, now.length) - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  const [gone, fresh] = [old.slice(start, old.length - end), now.slice(start, now.length - end)];
  /** @type {Part[]} */
  const parts = [
    { kind: "same", text: now.slice(0, start).join("") },
    ...(gone.length * fresh.length > MOST ? replaced(gone, fresh) : compared(gone, fresh)),
    { kind: "same", text: now.slice(now.length - end).join("") },
  ];
  return joined(parts);
}

/** @param {string[]} gone @param {string[]} fresh @returns {Part[]} */
const replaced = (gone, fresh) => [
  { kind: "gone", text: gone.join("") },
  { kind: "new", text: fresh.join("") },
];

/** By the longest common run of words. @param {string[]} gone @param {string[]} fresh @returns {Part[]} */
function compared(gone, fresh) {
  const width = fresh.length + 1;
  const longest = new Uint16Array((gone.length + 1) * width); // of what follows each pair of places
  for (let a = gone.length - 1; a >= 0; a -= 1)
    for (let b = fresh.length - 1; b >= 0; b -= 1)
      longest[a * width + b] =
        gone[a] === fresh[b]
          ? longest[(a + 1) * width + b + 1] + 1
          : Math.max(longest[(a + 1) * width + b], longest[a * width + b + 1]);
  /** @type {Part[]} */
  const parts = [];
  let [a, b] = [0, 0];
  while (a < gone.length || b < fresh.length) {
    if (a < gone.length && b < fresh.length && gone[a] === fresh[b]) {
      parts.push({ kind: "same", text: gone[a] });
      a += 1;
      b += 1;
    } else if (b >= fresh.length || (a < gone.length && longest[(a + 1) * width + b] >= longest[a * width + b + 1])) {
      parts.push({ kind: "gone", text: gone[a] });
      a += 1;
    } else {
      parts.push({ kind: "new", text: fresh[b] });
      b += 1;
    }
  }
  return parts;
}

/** Neighbours of one kind are one part; a blank alone between changes belongs to them. @param {Part[]} parts @returns {Part[]} */
function joined(parts) {
  /** @type {Part[]} */
  const all = [];
  let [gone, fresh] = ["", ""];
  const flush = () => {
    if (gone) all.push({ kind: "gone", text: gone });
    if (fresh) all.push({ kind: "new", text: fresh });
    gone = fresh = "";
  };
  parts.forEach((part, index) => {
    if (!part.text) return;
    const next = parts[index + 1];
    if (part.kind === "gone") gone += part.text;
    else if (part.kind === "new") fresh += part.text;
    else if (!part.text.trim() && gone && fresh && next && next.kind !== "same") {
      gone += part.text;
      fresh += part.text;
    } else {
      flush();
      const last = all.at(-1);
      if (last?.kind === "same") last.text += part.text;
      else all.push({ ...part });
    }
  });
  flush();
  return all;
}
