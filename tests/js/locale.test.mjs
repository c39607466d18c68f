import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "./setup.mjs";

const ROOT = new URL("../../static/js/", import.meta.url);
const TEXT = String.raw`"((?:[^"\\\\]|\\\\.)*)"`;

/** All that is shown to people: the texts of `t(…)`, and the forms for many of `tn(…)`. */
function texts() {
  const found = { one: new Set(), many: new Set() };
  const files = readdirSync(ROOT, { recursive: true }).filter(
    (name) => name.endsWith(".js") && !name.includes("locale"),
  );
  for (const name of files) {
    const source = readFileSync(new URL(name.replaceAll("\\", "/"), ROOT), "utf8");
    for (const match of source.matchAll(new RegExp(String.raw`(?<![\w.])t\(\s*${TEXT}`, "g")))
      found.one.add(JSON.parse(`"${match[1]}"`));
    for (const match of source.matchAll(new RegExp(String.raw`(?<![\w.])tn\(\s*[^"]*?${TEXT}\s*,\s*${TEXT}`, "g")))
      found.many.add(JSON.parse(`"${match[2]}"`));
  }
  return found;
}

const holes = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

for (const name of readdirSync(new URL("locale/", ROOT)))
  test(`every text of the client stands in ${name}, with the same places to fill in`, async () => {
    const catalogue = (await load(`chat/locale/${name}`)).default;
    const { one, many } = texts();
    assert.ok(one.size > 150 && many.size > 8, "the texts were not found in the sources");
    assert.deepEqual(
      [...one].filter((text) => typeof catalogue[text] !== "string"),
      [],
    );
    assert.deepEqual(
      [...many].filter((text) => !Array.isArray(catalogue[text])),
      [],
    );
    for (const [text, translation] of Object.entries(catalogue))
      for (const form of [translation].flat()) assert.deepEqual(holes(form), holes(text), text);
  });

test("a quarter past midnight is 00:15 in German and British, 12:15 AM in American", async () => {
  const told = {};
  for (const region of ["de-DE", "en-GB", "en-US"]) {
    globalThis.document = { documentElement: { lang: region.split("-")[0] } };
    Object.defineProperty(globalThis, "navigator", { value: { languages: [region] }, configurable: true });
    const { clockTime } = await load(`chat/i18n.js?${region}`);
    told[region] = clockTime(new Date(2026, 10, 21, 0, 15).toISOString()).replace(/\s/, " ");
  }
  delete globalThis.document;
  assert.deepEqual(told, { "de-DE": "00:15", "en-GB": "00:15", "en-US": "12:15 AM" });
});
