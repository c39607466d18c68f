import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./setup.mjs";

const { parse, flat, safeLink } = await load("chat/markdown.js");

const KINDS = new Set(["text", "break", "code", "block", "link", "strong", "em", "paragraph", "quote", "item", "list"]);

/** Every node of a tree. */
const all = (nodes) => nodes.flatMap((node) => [node, ...all(node.children ?? [])]);
/** The text that a reader sees. */
const text = (nodes) =>
  nodes.map((node) => (node.type === "break" ? "\n" : (node.text ?? text(node.children)))).join("");
const kinds = (source) => all(parse(source)).map((node) => node.type);

test("bold, italic, code, block, quote, lists and links", () => {
  assert.deepEqual(kinds("**b** *i* `c`"), ["paragraph", "strong", "text", "text", "em", "text", "text", "code"]);
  assert.deepEqual(parse("```js\nlet a = 1 < 2;\n```"), [{ type: "block", text: "let a = 1 < 2;" }]);
  assert.deepEqual(kinds("> said"), ["quote", "paragraph", "text"]);
  assert.equal(parse("- a\n- b")[0].ordered, false);
  assert.deepEqual([parse("3. a\n4. b")[0].ordered, parse("3. a\n4. b")[0].start], [true, 3]);
  const [link] = all(parse("[here](https://example.org/x)")).filter((node) => node.type === "link");
  assert.equal(link.href, "https://example.org/x");
});

test("a bare address is a link, and a line break is one", () => {
  assert.ok(kinds("see https://example.org/a?b=c today").includes("link"));
  assert.ok(kinds("one\ntwo").includes("break"));
});

for (const typed of [
  "# not a title",
  "title\n===",
  "a\n\n---\n\nb",
  "| a | b |\n|---|---|\n| 1 | 2 |",
  "<b>not bold</b>",
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "![alt](https://example.org/x.png)",
  "~~not struck~~",
  "[a]: https://example.org",
  "&lt;b&gt; &amp; &#x3c;",
  "    indented",
  "1 * 2 * 3 and snake_case_name",
  "<!-- hidden -->",
  "<details><summary>x</summary></details>",
]) {
  test(`stays as typed: ${JSON.stringify(typed)}`, () => {
    const nodes = parse(typed);
    assert.ok(
      all(nodes).every((node) => ["paragraph", "text", "break", "link"].includes(node.type)),
      JSON.stringify(nodes),
    );
    const squeeze = (value) => value.replace(/\s+/g, "");
    assert.equal(squeeze(text(nodes)), squeeze(typed));
  });
}

for (const hostile of [
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](java\nscript:alert(1))",
  "[x](&#106;avascript:alert(1))",
  "[x](\u0001javascript:alert(1))",
  "[x](data:text/html,<script>alert(1)</script>)",
  "[x](vbscript:msgbox(1))",
  "[x](//evil.example)",
  "[x](/logout)",
  "[x](https://user:password@evil.example)",
  "<javascript:alert(1)>",
  "[x](blob:https://example.org/1)",
  "[x](file:///etc/passwd)",
  "![x](javascript:alert(1))",
  "[![x](javascript:alert(1))](javascript:alert(2))",
]) {
  test(`no link: ${JSON.stringify(hostile)}`, () => {
    assert.deepEqual(
      all(parse(hostile)).filter((node) => node.type === "link"),
      [],
    );
  });
}

test("a link to a safe place keeps quotes and brackets inert", () => {
  const links = all(parse('[x](https://example.org/"onmouseover="alert(1))')).filter((node) => node.type === "link");
  for (const { href } of links) assert.equal(new URL(href).protocol, "https:");
  assert.equal(safeLink("https://example.org/\"'<>"), "https://example.org/%22'%3C%3E");
});

test("every tree has known kinds only, whatever is thrown at it, and quickly", () => {
  const pieces = [
    "**",
    "*",
    "_",
    "`",
    "```",
    "\n",
    "> ",
    "- ",
    "1. ",
    "[",
    "](",
    ")",
    "<",
    ">",
    "&",
    "\\",
    "|",
    "#",
    "~~",
    "a",
    "\u202e",
    "💥",
    "\ud800",
    "  ",
    "!",
  ];
  let seed = 7;
  const next = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
  for (let round = 0; round < 400; round += 1) {
    const source = Array.from({ length: 60 }, () => pieces[Math.floor(next() * pieces.length)]).join("");
    for (const node of all(parse(source))) assert.ok(KINDS.has(node.type), node.type);
  }
});

for (const [name, source] of Object.entries({
  quotes: `${">".repeat(2000)} x`,
  brackets: "[".repeat(4000),
  stars: "*a ".repeat(1300),
  lists: Array.from({ length: 60 }, (_, n) => `${" ".repeat(n)}- x`).join("\n"),
  backticks: "`".repeat(4000),
  underscores: "_".repeat(3999),
  links: "[a](".repeat(1000),
  angle: "<".repeat(4000),
  mail: `${"a@".repeat(1900)}b`,
})) {
  test(`4,000 characters of ${name} are read within 200 ms`, () => {
    const begun = process.cpuUsage(); // not the clock: the machine may be busy with others
    parse(source.slice(0, 4000));
    const took = process.cpuUsage(begun).user / 1000;
    assert.ok(took < 200, `${Math.round(took)} ms`);
  });
}

test("a line for the list loses its marks, but not what only looks like some", () => {
  assert.equal(flat("**bold** and `code`\n> quoted [link](https://x.example)"), "bold and code quoted link");
  assert.equal(flat("snake_case_name 2 * 3 * 4"), "snake_case_name 2 * 3 * 4");
});
