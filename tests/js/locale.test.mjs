import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "./setup.mjs";

const ROOT = new URL("../../static/js/", import.meta.url);
const LOCALE = new URL("../../locale/", import.meta.url);
const TEXT = String.raw`"((?:[^"\\\\]|\\\\.)*)"`;
/** What modules without words of their own say when something went wrong: `t` gets it from a variable. */
const REASONS = [String.raw`this\.fail\(\w+,\s*${TEXT}`, `detail: "([A-Z][^"]*)"`];

/** All that is shown to people: the texts of `t(…)`, and of `tn(…)` the one for many by the one for one. */
function texts() {
  const found = { one: new Set(), many: new Map() };
  for (const name of readdirSync(ROOT, { recursive: true }).filter((name) => name.endsWith(".js"))) {
    const source = readFileSync(new URL(name.replaceAll("\\", "/"), ROOT), "utf8");
    for (const pattern of [String.raw`(?<![\w.])t\(\s*${TEXT}`, ...REASONS])
      for (const match of source.matchAll(new RegExp(pattern, "g"))) found.one.add(JSON.parse(`"${match[1]}"`));
    for (const match of source.matchAll(new RegExp(String.raw`(?<![\w.])tn\(\s*[^"]*?${TEXT}\s*,\s*${TEXT}`, "g")))
      found.many.set(JSON.parse(`"${match[1]}"`), JSON.parse(`"${match[2]}"`));
  }
  return found;
}

/** The entries of a .po file: `{msgid, msgid_plural, forms}`. The header is the first. @param {string} text */
function entries(text) {
  return text.split(/\n{2,}/).flatMap((block) => {
    const fields = { forms: [] };
    let add = () => {};
    for (const line of block.split("\n").filter((line) => line && !line.startsWith("#"))) {
      const [, name, form, value] = /^(?:(msg\w+)(?:\[(\d+)\])? )?(".*")$/.exec(line) ?? assert.fail(line);
      if (name === "msgstr") add = (more) => (fields.forms[form ?? 0] = (fields.forms[form ?? 0] ?? "") + more);
      else if (name) add = (more) => (fields[name] = (fields[name] ?? "") + more);
      add(JSON.parse(value));
    }
    return fields.msgid === undefined ? [] : [fields];
  });
}

const holes = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

for (const name of readdirSync(LOCALE))
  test(`every text of the client stands in its catalogue of ${name} once, with the same places to fill in`, () => {
    const [header, ...all] = entries(readFileSync(new URL(`${name}/LC_MESSAGES/djangojs.po`, LOCALE), "utf8"));
    const count = Number(/nplurals=(\d+)/.exec(header.forms[0])[1]);
    const { one, many } = texts();
    assert.ok(one.size > 150 && many.size > 8, "the texts were not found in the sources");
    const plurals = all.filter((entry) => entry.msgid_plural !== undefined);
    const plain = all.filter((entry) => entry.msgid_plural === undefined);
    assert.deepEqual(plain.map((entry) => entry.msgid).sort(), [...one].sort());
    assert.deepEqual(
      Object.fromEntries(plurals.map((entry) => [entry.msgid, entry.msgid_plural])),
      Object.fromEntries(many),
    );
    assert.deepEqual(
      [...one].filter((text) => many.has(text)),
      [],
      "one text can't have plural forms and none",
    );
    for (const { msgid, msgid_plural, forms } of all) {
      assert.equal(forms.length, msgid_plural === undefined ? 1 : count, msgid);
      for (const form of forms) {
        assert.ok(form, msgid);
        assert.deepEqual(holes(form), holes(msgid_plural ?? msgid), msgid);
      }
    }
  });

test("a language has as many plural forms as its catalogue says", async () => {
  const { speak, t, tn } = await load("chat/i18n.js?plural");
  const say = (count) => tn(count, "{count} message", "{count} messages");
  assert.deepEqual([0, 1, 2].map(say), ["0 messages", "1 message", "2 messages"]);
  // Polish, by the rule in the header of its .po files.
  speak(
    { "{count} message": ["{count} wiadomość", "{count} wiadomości", "{count} wiadomości."], Send: "Wyślij" },
    (n) => Number(n === 1 ? 0 : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : 2),
  );
  assert.equal(t("Send"), "Wyślij");
  assert.equal(t("Not there"), "Not there");
  assert.deepEqual([1, 3, 5, 12, 22].map(say), [
    "1 wiadomość",
    "3 wiadomości",
    "5 wiadomości.",
    "12 wiadomości.",
    "22 wiadomości",
  ]);
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
