// @ts-check
/**
 * The worker that finds what is what in code: `{url, text, language}` is answered with a list of `[kind, text]` that
 * together are the text, or null where it doesn't know the language. A page waits for none of this, and may end it.
 *
 * The kinds are those that `css/code.css` has colours for; "" is plain text.
 */

/** By highlight.js's names of scopes, the part before a dot (https://highlightjs.readthedocs.io, "Scopes"). @type {Record<string, string>} */
const KINDS = {
  keyword: "keyword",
  operator: "",
  "selector-tag": "keyword",
  "template-tag": "keyword",
  doctag: "keyword",
  string: "string",
  regexp: "string",
  char: "string",
  link: "string",
  addition: "string",
  number: "number",
  literal: "number",
  symbol: "number",
  bullet: "number",
  comment: "comment",
  quote: "comment",
  title: "title",
  name: "title",
  section: "title",
  "selector-id": "title",
  "selector-class": "title",
  type: "type",
  built_in: "type",
  class: "type",
  "selector-pseudo": "type",
  "selector-attr": "type",
  attr: "name",
  attribute: "name",
  variable: "name",
  "template-variable": "name",
  property: "name",
  meta: "meta",
  deletion: "deletion",
};

/** So many parts are told apart; the rest is plain. */
const MOST = 1000;

/** @param {string | {scope?: string, children: any[]}} node @param {string} around the kind of what it stands in @param {[string, string][]} out */
function flatten(node, around, out) {
  if (typeof node === "string") {
    const last = out.at(-1);
    if (last && (last[0] === around || out.length >= MOST)) last[1] += node;
    else out.push([out.length >= MOST - 1 ? "" : around, node]);
    return;
  }
  const kind = KINDS[(node.scope ?? "").split(".")[0]] ?? around;
  for (const child of node.children) flatten(child, kind, out);
}

/** @param {any} highlighter @param {string} text @param {string} language @returns {[string, string][] | null} */
function partsOf(highlighter, text, language) {
  if (!highlighter.getLanguage(language)) return null;
  try {
    /** @type {[string, string][]} */
    const parts = [];
    flatten(highlighter.highlight(text, { language, ignoreIllegals: true })._emitter.rootNode, "", parts);
    return parts;
  } catch {
    return null; // nested too deep, on purpose
  }
}

addEventListener("message", async ({ data }) => {
  const { default: highlighter } = await import(data.url);
  postMessage({ parts: partsOf(highlighter, data.text, data.language) });
});
