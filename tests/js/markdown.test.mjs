import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./setup.mjs";
import { known, random, search } from "./texts.mjs";

const { blocksOf, parse, flat, safeLink } = await load("chat/markdown.js");

const KINDS = new Set([
  "text",
  "break",
  "code",
  "block",
  "link",
  "strong",
  "em",
  "del",
  "paragraph",
  "quote",
  "item",
  "list",
]);

/** Every node of a tree. */
const all = (nodes) => nodes.flatMap((node) => [node, ...all(node.children ?? [])]);
/** The text that a reader sees. */
const text = (nodes) =>
  nodes.map((node) => (node.type === "break" ? "\n" : (node.text ?? text(node.children)))).join("");
const kinds = (source) => all(parse(source)).map((node) => node.type);

test("bold, italic, code, block, quote, lists and links", () => {
  assert.deepEqual(kinds("**b** *i* `c`"), ["paragraph", "strong", "text", "text", "em", "text", "text", "code"]);
  assert.deepEqual(parse("```js\nlet a = 1 < 2;\n```"), [{ type: "block", text: "let a = 1 < 2;", language: "js" }]);
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
  "~not struck~ and ~~~neither~~~",
  "\\\\server\\share\\_new",
  "¯\\_(ツ)_/¯",
  "C:\\new\\_x and C:\\*.txt",
  "^\\d+\\.\\*\\[a\\]$",
  "2*3*4, 2**3**4, a*b*c and x_1_y",
  "变量_名_前",
  "* * *",
  "-",
  "1.",
  "```\n```",
  ">",
  "#channel\n# heading",
  "***",
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

test("every tree has known kinds only, whatever is thrown at it", () => {
  const pieces = ["**", "*", "_", "`", "```", "\n", "> ", "- ", "1. ", "[", "](", ")", "<", ">", "&", "\\", "|", "#"];
  pieces.push("~~", "a", "\u202e", "💥", "\ud800", "  ", "!", "http://", "a.de", "@", "中", "。");
  const next = random(7);
  for (let round = 0; round < 400; round += 1) {
    const source = Array.from({ length: 60 }, () => pieces[Math.floor(next() * pieces.length)]).join("");
    const tree = parse(source);
    for (const node of all(tree)) assert.ok(KINDS.has(node.type), node.type);
    const signs = (value) => value.replace(/[^\p{L}💥。]/gu, "");
    if (!source.includes("](") && !source.includes("```"))
      assert.equal(signs(text(tree)), signs(source), `nothing of ${JSON.stringify(source)} is lost`);
  }
});

// ---------------------------------------------------------------- the work grows with the length, and a message has a size

const LENGTH = 200_000;

for (const [name, source] of Object.entries(known(LENGTH)))
  test(`${LENGTH} characters of ${name} cost about fifty times as much as a message does`, () => {
    // Of the processor, not of the clock; a reader whose work grows with the square needs minutes.
    const begun = process.cpuUsage();
    blocksOf(source);
    const took = process.cpuUsage(begun).user / 1000;
    assert.ok(took < 3000, `${Math.round(took)} ms`);
  });

/** Elements that a tree draws, and how deep they stand in each other. */
function size(nodes, depth = 0) {
  const found = { elements: 0, depth };
  for (const node of nodes) {
    if (node.type !== "text") found.elements += 1;
    if (!node.children) continue;
    const inner = size(node.children, depth + 1);
    found.elements += inner.elements;
    found.depth = Math.max(found.depth, inner.depth);
  }
  return found;
}

test("no message of 4,000 characters makes more than 1,100 elements or a tree deeper than 30", () => {
  const most = (measure) =>
    search({ seed: 3, rounds: 300, length: 4000, cost: (source) => measure(size(parse(source))) });
  assert.ok(most(({ elements }) => elements).cost <= 1100);
  assert.ok(most(({ depth }) => depth).cost <= 30);
});

test("a message is read once, however often it is drawn, and not all are kept for ever", () => {
  const tree = parse("**kept**");
  assert.equal(parse("**kept**"), tree);
  for (let n = 0; n < 700; n += 1) parse(`other ${n}`);
  assert.notEqual(parse("**kept**"), tree);
  assert.deepEqual(parse("**kept**"), tree);
});

test("an ordinary long message keeps its looks to the end", () => {
  const item = "- *one* **two** `three` [four](https://example.org/4) snake_case 2*3*4\n";
  const tree = parse(item.repeat(Math.floor(4000 / item.length)));
  const last = tree[0].children.at(-1).children[0].children.map((node) => node.type);
  assert.deepEqual(last, ["em", "text", "strong", "text", "code", "text", "link", "text"]);
  const c = "  for (int *p = a; p < a + n; *p++ = *q * 2) { total_sum += *p; }\n".repeat(60);
  assert.equal(text(parse(c)).trim(), c.trim());
  const cells = "| *a* | **b** | `c` |\n".repeat(180);
  assert.equal(all(parse(cells)).filter(({ type }) => type === "strong").length, 180);
});

// ---------------------------------------------------------------- in all scripts

/** The links of a text, as they are seen, and where they lead. */
const links = (source) =>
  all(parse(source))
    .filter((node) => node.type === "link")
    .map((node) => [text(node.children), node.href]);

for (const [source, ...expected] of [
  ["see пример.рф now", ["пример.рф", "http://xn--e1afmkfd.xn--p1ai/"]],
  ["例え.jp、そして", ["例え.jp", "http://xn--r8jz45g.jp/"]],
  ["مثال.السعودية", ["مثال.السعودية", "http://xn--mgbh0fb.xn--mgberp4a5d4ar/"]],
  ["www.example.org/a_b_c.", ["www.example.org/a_b_c", "http://www.example.org/a_b_c"]],
  ["example.com!", ["example.com", "http://example.com/"]],
  ["sub.example.co.uk:8080/x?y#z,", ["sub.example.co.uk:8080/x?y#z", "http://sub.example.co.uk:8080/x?y#z"]],
  [
    "(https://en.wikipedia.org/wiki/Chat_(Unix))",
    ["https://en.wikipedia.org/wiki/Chat_(Unix)", "https://en.wikipedia.org/wiki/Chat_(Unix)"],
  ],
  ["https://example.org/a?b[]=1]", ["https://example.org/a?b[]=1", "https://example.org/a?b[]=1"]],
  ["「https://example.org/a」と", ["https://example.org/a", "https://example.org/a"]],
  ["看https://example.org/a。下一句", ["https://example.org/a", "https://example.org/a"]],
  ["看https://example.org吧", ["https://example.org", "https://example.org/"]],
  ["“https://example.org/a”…", ["https://example.org/a", "https://example.org/a"]],
  [
    "https://ja.wikipedia.org/wiki/日本",
    ["https://ja.wikipedia.org/wiki/日本", "https://ja.wikipedia.org/wiki/%E6%97%A5%E6%9C%AC"],
  ],
  ["**https://example.org/**", ["https://example.org/", "https://example.org/"]],
  ["ann@example.org, bye", ["ann@example.org", "mailto:ann@example.org"]],
  ["https://\u0430pple.com/x", ["https://xn--pple-43d.com/x", "https://xn--pple-43d.com/x"]],
  ["\u0430\u0440\u0440\u04cf\u0435.com", ["xn--80ak6aa92e.com", "http://xn--80ak6aa92e.com/"]],
  ["[bank](https://example.org/)", ["bank", "https://example.org/"]],
  ["[example.org](https://www.example.org/a)", ["example.org", "https://www.example.org/a"]],
])
  test(`a link: ${source}`, () => assert.deepEqual(links(source), expected));

for (const stop of [...".,;:!?)]}'\"", ..."。，）」』】》〉！？；：、…”’»"])
  test(`${stop} behind an address is not a part of it`, () => {
    assert.deepEqual(links(`https://example.org/a${stop}`), [["https://example.org/a", "https://example.org/a"]]);
    assert.deepEqual(links(`пример.рф${stop} да`), [["пример.рф", "http://xn--e1afmkfd.xn--p1ai/"]]);
  });

/** Of Greek, Armenian, Hebrew, Arabic, Syriac, N'Ko, the Indic scripts, Thai, Tibetan, Burmese, Ethiopic, Khmer, Mongolian, … */
const MARKS = [..."\u037e·։՝׃״،؛؟۔܂߸।॥෴๚๛༄་།༎၊။፡።፣፧។៕៖᠂᠃᭞᱿‼⁇—•†⟩⸮꓿꘎꡶꣏꧉꩝꯫𑁇𑅁𑇅𑑋𑙁𖫵𞥞¡¿"];
for (const mark of MARKS)
  test(`${mark} (${mark.codePointAt(0)?.toString(16)}) behind an address is not a part of it`, () => {
    for (const behind of [mark, mark + mark, `${mark}.`, `${mark} x`, `.${mark}`]) {
      assert.deepEqual(links(`https://example.com/g${behind}`), [["https://example.com/g", "https://example.com/g"]]);
      assert.deepEqual(links(`(https://example.com/g${behind})`), [["https://example.com/g", "https://example.com/g"]]);
      assert.deepEqual(links(`https://example.com${behind}`), [["https://example.com", "https://example.com/"]]);
      assert.deepEqual(links(`www.example.com/g${behind}`), [["www.example.com/g", "http://www.example.com/g"]]);
      assert.deepEqual(links(`example.com${behind}`), [["example.com", "http://example.com/"]]);
      assert.deepEqual(links(`ann@example.com${behind}`), [["ann@example.com", "mailto:ann@example.com"]]);
    }
  });

for (const goesOn of [
  "،ثم",
  "؛ثم",
  "؟ثم",
  "۔پھر",
  "।फिर",
  "॥फिर",
  "။ပြီး",
  "።ከዚያ",
  "፣ከዚያ",
  "។បន្ទាប់",
  "։հետո",
  "᠃ᠳᠠ",
  "།དེ",
  "𑅁𑄖",
])
  test(`an address ends where the sentence goes on without a space: ${goesOn}`, () => {
    assert.deepEqual(links(`https://example.com/e${goesOn}`), [["https://example.com/e", "https://example.com/e"]]);
    assert.deepEqual(links(`пример.рф/e${goesOn}`), [["пример.рф/e", "http://xn--e1afmkfd.xn--p1ai/e"]]);
  });

for (const source of [
  "https://hi.wikipedia.org/wiki/भारत",
  "https://hi.wikipedia.org/wiki/हिन्दी",
  "https://ar.wikipedia.org/wiki/اللغة_العربية",
  "https://ar.wikipedia.org/wiki/باريس،_تكساس",
  "https://th.wikipedia.org/wiki/กรุงเทพฯ",
  "https://th.wikipedia.org/wiki/น้ำ",
  "https://my.wikipedia.org/wiki/မြန်မာ",
  "https://bo.wikipedia.org/wiki/བོད་ལྗོངས",
  "https://km.wikipedia.org/wiki/កម្ពុជា",
  "https://he.wikipedia.org/wiki/צה״ל",
  "https://hy.wikipedia.org/wiki/Ի՞նչ",
  "https://ca.wikipedia.org/wiki/Paral·lel",
  "https://en.wikipedia.org/wiki/Foo–Bar",
  "https://de.wikipedia.org/wiki/Z%C3%BCrich_(Begriffsklärung)",
  "https://example.com/a,b;c:d!e?f=.g",
  "https://example.com/a-",
  "https://example.com/a/",
  "https://भारत.भारत/भाषा/",
])
  test(`a link as a whole: ${source}`, () => assert.deepEqual(links(`${source} x`), [[source, new URL(source).href]]));

for (const source of [
  "readme.md main.rs run.sh index.js node.js a.txt",
  "Done.It works. e.g. this, i.e. that; v1.0.is 1.2.3.4 10.am",
  "Привет.Как дела",
  "@ann@social.example and @ann.example.org",
  "C:\\www.example.org and /etc/example.org",
  "javascript:alert(1) data:text/html,x vbscript:x file:///etc/passwd",
  "https://user:password@example.org/",
  "`https://example.org`",
  "[ ](https://example.org/)x",
  "[\u200b](https://example.org/)",
])
  test(`no link: ${source}`, () =>
    assert.deepEqual(
      links(source).filter(([shown]) => !shown.startsWith("https://example.org/")),
      [],
    ));

test("what reads like one place does not lead to another", () => {
  const hrefs = links("[https://bank.example/](https://evil.example/)").map(([shown, href]) => [
    new URL(href).host,
    shown,
  ]);
  for (const [host, shown] of hrefs) assert.ok(shown.includes(host), `${shown} leads to ${host}`);
});

for (const [source, expected] of [
  ["~~gone~~", ["del:gone"]],
  ["**bold**text un**bold**ed", ["strong:bold", "strong:bold"]],
  ["**中文**文", ["strong:中文"]],
  ["**中文。**文", ["strong:中文。"]],
  ["これは*「強調」*です", ["em:「強調」"]],
  ["**\u00a1Hola!** **привет**мир", ["strong:\u00a1Hola!", "strong:привет"]],
  ["*it*s", ["em:it"]],
  ["***both***", ["em:both", "strong:both"]],
  ["_a_ __b__ snake_case_words", ["em:a", "strong:b"]],
])
  test(`emphasis: ${source}`, () => {
    const found = all(parse(source)).filter(({ type }) => ["em", "strong", "del"].includes(type));
    assert.deepEqual(
      found.map((node) => `${node.type}:${text([node])}`),
      expected,
    );
  });

test("a list begins with the number that was typed", () => {
  const start = (source) => parse(source).find(({ type }) => type === "list").start;
  assert.deepEqual(["0. a\n1. b", "7) a\n8) b", "Steps:\n0. a", "1. a"].map(start), [0, 7, 0, 1]);
});

test("an answer below a quote stands outside of it, and quotes stand in quotes", () => {
  assert.deepEqual(
    parse("> a\n>> b\nno").map(({ type }) => type),
    ["quote", "paragraph"],
  );
  assert.equal(parse("> a\n>> b")[0].children[1].type, "quote");
});

test("a block of code is what stands between its marks, with its indentation", () => {
  const named = [{ type: "block", text: "  a\n\n b", language: "c++" }];
  assert.deepEqual(parse("```C++\n  a\n\n b\n```"), named);
  for (const source of ["```\n  a\n\n b\n```", "~~~\n  a\n\n b", "```\n  a\n\n b```"])
    assert.deepEqual(parse(source), [{ type: "block", text: "  a\n\n b" }], source);
  assert.deepEqual(parse("```not a language\nx\n```"), [{ type: "block", text: "not a language\nx" }]);
});

test("lines stay lines, also their indentation", () => {
  assert.equal(text(parse("  a\n    b\nc")), "  a\n    b\nc");
});

test("a line for the list loses its marks, but not what only looks like some", () => {
  assert.equal(flat("**bold** and `code`\n> quoted [link](https://x.example)"), "bold and code quoted link");
  assert.equal(flat("snake_case_name 2 * 3 * 4"), "snake_case_name 2 * 3 * 4");
  assert.equal(flat("7. milk\n8. ~~eggs~~\n\n- tea\n\n```js\nlet a;\n```"), "7. milk 8. eggs - tea let a;");
});
