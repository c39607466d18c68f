import assert from "node:assert/strict";
import test from "node:test";
import { load } from "./setup.mjs";

const { forwarded } = await load("chat/forward.js");
const { parse, flat } = await load("chat/markdown.js");

const ADDRESS = "https://chat.example/chat/room/3/57";
const forward = (content, comment = "", name = "Ann Smith") =>
  forwarded({ content, name, time: "21 Nov 2026, 14:05", address: ADDRESS, comment });

test("a forwarded message is a quote with its author, time and link, below the comment", () => {
  const text = forward("one\n\n- two", " Look: ");
  assert.equal(text, `Look:\n\n> **Ann Smith** · [21 Nov 2026, 14:05](${ADDRESS})\n> one\n>\n> - two`);
  const [comment, quote] = parse(text);
  assert.equal(comment.type, "paragraph");
  assert.deepEqual(
    quote.children.map((node) => node.type),
    ["paragraph", "list"],
  );
  assert.equal(quote.children[0].children[2].href, ADDRESS);
  assert.equal(parse(forward("one"))[0].type, "quote");
});

test("it calls nobody whom it names, but code stays to the letter", () => {
  const text = forward("@ann and (@all), ann@b.example, `@app.get` and\n```\n@decorator\n```");
  assert.match(text, /> @\u2060ann and \(@\u2060all\), ann@b\.example, `@app\.get` and/);
  assert.match(text, /> @decorator/);
});

test("what is too long for a message is cut", () => {
  for (const content of ["x".repeat(4000), "👍".repeat(4000), "\n\nx".repeat(1300), "a\n".repeat(2000)]) {
    const text = forward(content, "c".repeat(1000));
    assert.ok([...text].length <= 4000 && [...text].length > 3900, [...text].length);
    assert.ok(text.endsWith("…"));
  }
  assert.ok([...forward("x", "c".repeat(3900))].length <= 4000);
});

test("signs of Markdown in a name mean nothing", () => {
  assert.match(flat(forward("one", "", "*a* [b](c)")), /^a b\(c\) · 21 Nov/);
  assert.match(forward("one", "", "**"), /^> \[21 Nov/);
});
