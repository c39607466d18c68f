/** Texts that readers of Markdown are known to be slow at, and a search for more of them. */

/** Repeated until a text is full. */
// biome-ignore format: a table
const PIECES = [
  "*a_", "*_", "**a *b ", "***a", "__a _b ", "_ * _ *", "a**b", "*a **b ", "~~a", "~~a~", "**中。**", "*a*", "[", "](",
  "![", "![a]", "[a](", "[a](b ", "[a](<b", "[a](b(", '[a](b "', "[a](javascript:x)", "[a.de](http://b.de)",
  "[ ](u)", "[\u200b](http://x)", "[a]: b\n", "*[a](b)*_", "(((", "`a ``b ", "```\n", "> ```\n", "~~~\n```\n", "> ",
  ">\n", "> > ", "> - ", "- \n", "* ", "1. a\n ", "\t- ", "- a\n\n", "a\n\n", "\n", "  \n", " ", "\u00a0", "a@",
  "a@a.a ", "@", "@ann ", "http://", "http://%", "http://a(((", "mailto:", "www.a.", "a.de ", "é.de ", "a.", ".",
  "-", "-a", "<", "<a ", "<!--", "<http://", "|", "|a|b\n|-|-\n", "&", "&amp;", "\\", "\\*", ":a:", "a", "Z͑ͫ̓ͪ",
  "👩‍👩‍👧‍👦", "\ud800",
];

const fill = (piece, length) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);

/** The known ones, by name. @param {number} length in UTF-16 units @returns {Record<string, string>} */
export function known(length) {
  const found = Object.fromEntries(PIECES.map((piece) => [JSON.stringify(piece), fill(piece, length)]));
  const grown = (row) => {
    let text = "";
    for (let n = 0; text.length < length; n += 1) text += row(n);
    return text.slice(0, length);
  };
  found["backticks, each time more"] = grown((n) => `${"`".repeat(n)}a`);
  found["lists, each deeper"] = grown((n) => `${" ".repeat(n)}- a\n`);
  found["quotes, each deeper"] = grown((n) => `${">".repeat(n)} a\n`);
  found["stars, each time more"] = grown((n) => `${"*".repeat(n)}a`);
  return found;
}

/** Numbers from 0 to 1, the same ones for the same seed. @param {number} seed */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
}

/**
 * Texts of `length`, changed step by step towards those that cost more.
 * @param {{seed: number, rounds: number, length: number, cost: (text: string) => number}} options
 * @returns {{text: string, cost: number}} the worst one
 */
export function search({ seed, rounds, length, cost }) {
  const next = random(seed);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const made = () => fill(Array.from({ length: 1 + Math.floor(next() * 5) }, () => pick(PIECES)).join(""), length);
  const changed = (text) => {
    const at = Math.floor(next() * length);
    const to = at + Math.floor((next() * length) / 4);
    const by = next() < 0.3 ? text.slice(Math.floor(next() * at), at) : fill(pick(PIECES), next() * (to - at));
    const wrapped =
      next() < 0.2 ? fill(text.slice(0, 1 + next() * 40), length) : text.slice(0, at) + by + text.slice(to);
    return fill(wrapped || "a", length);
  };
  const pool = Object.values(known(length)).map((text) => ({ text, cost: cost(text) }));
  for (let round = 0; round < rounds; round += 1) {
    const text = next() < 0.3 ? made() : changed(pick(pool).text);
    pool.push({ text, cost: cost(text) });
    pool.sort((a, b) => b.cost - a.cost);
    pool.length = Math.min(pool.length, 40);
  }
  return pool[0];
}
