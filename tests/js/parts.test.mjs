import assert from "node:assert/strict";
import { test } from "node:test";
import { message } from "./helpers.mjs";
import { load } from "./setup.mjs";

const { placeOf, url } = await load("chat/api.js");
const { rows } = await load("chat/timeline.js");
const { score } = await load("chat/fuzzy.js");
const time = await load("chat/i18n.js");

const ME = { id: 1, username: "ann" };
const draw = (from) =>
  rows({
    messages: [],
    entries: [],
    lines: [],
    unreadFrom: 0,
    me: ME,
    dayOf: (iso) => new Date(iso).getUTCDate(),
    ...from,
  });
const kinds = (found) => found.map((row) => (row.type === "message" ? (row.head ? "head" : "more") : row.type));
const at = (minutes) => new Date(Date.UTC(2026, 10, 21, 12, minutes)).toISOString();

test("addresses of chats and messages, there and back", () => {
  for (const [path, place] of [
    ["/chat", { chat: null, seq: null }],
    ["/chat/general", { chat: "general", seq: null }],
    ["/chat/private/3/120", { chat: "private:3", seq: 120 }],
    ["/chat/room/5", { chat: "room:5", seq: null }],
  ]) {
    assert.deepEqual(placeOf(path), place);
    assert.equal(url(place.chat, place.seq), path);
  }
  assert.deepEqual(placeOf("/chat/room/5", "?message=7"), { chat: "room:5", seq: 7 });
  for (const path of ["/chat/room/x", "/chat/room/5/6/7", "/chat/../login", "/chat/nobody"])
    assert.equal(placeOf(path).chat, null);
});

test("messages of one author within five minutes share a header", () => {
  const messages = [0, 4, 8, 14].map((minutes, index) => message(index + 1, { timestamp: at(minutes) }));
  assert.deepEqual(kinds(draw({ messages })), ["day", "head", "more", "more", "head"]);
});

test("a group is broken by another author, a reply, a day, what is new, and who came", () => {
  const same = { timestamp: at(0) };
  assert.deepEqual(kinds(draw({ messages: [message(1, same), message(2, { ...same, user_id: 3 })] })), [
    "day",
    "head",
    "head",
  ]);
  assert.deepEqual(kinds(draw({ messages: [message(1, same), message(2, { ...same, reply_to: 9 })] })), [
    "day",
    "head",
    "head",
  ]);
  assert.deepEqual(kinds(draw({ messages: [message(1, same), message(2, same)], unreadFrom: 2 })), [
    "day",
    "head",
    "new",
    "head",
  ]);
  const lines = [{ after: 1, kind: "joined", id: 4, name: "Eve" }];
  assert.deepEqual(kinds(draw({ messages: [message(1, same), message(2, same)], lines })), [
    "day",
    "head",
    "lines",
    "head",
  ]);
  const next = message(2, { timestamp: "2026-11-22T00:01:00Z" });
  assert.deepEqual(kinds(draw({ messages: [message(1, same), next] })), ["day", "head", "day", "head"]);
});

test("who came and went between two messages is one line with the last word on each", () => {
  const lines = [
    { after: 1, kind: "joined", id: 4, name: "Eve" },
    { after: 1, kind: "joined", id: 5, name: "Mia" },
    { after: 1, kind: "left", id: 5, name: "Mia" },
  ];
  const [row] = draw({ messages: [message(1)], lines }).filter((found) => found.type === "lines");
  assert.deepEqual([row.joined, row.left], ["Eve", "Mia"]);
});

test("what is on its way keeps its key when its message comes", () => {
  const entry = {
    client_id: "x",
    chat: "general",
    content: "hi",
    reply_to: null,
    created: Date.parse(at(1)),
    state: "sending",
  };
  const before = draw({ messages: [message(1)], entries: [entry] }).at(-1);
  const own = message(2, { user_id: 1, client_id: "x" });
  const after = draw({ messages: [message(1), own], entries: [entry] });
  assert.equal(before.key, "x");
  assert.deepEqual(
    after.filter((row) => row.key === "x").map((row) => row.entry),
    [null],
  );
});

test("a name is found by its beginning, a word, its inside, or its letters, in this order", () => {
  const ranks = ["Gardening", "The garden", "Bigarden", "Go around red enemies"].map((name) => score("garden", name));
  assert.deepEqual(
    [...ranks].sort((a, b) => b - a),
    ranks,
  );
  assert.equal(score("xyz", "Gardening"), -1);
  assert.ok(score("ines", "Inês Carvalho") > 0.9);
});

test("days have names as people use them", () => {
  const now = new Date(2026, 10, 21, 9);
  const day = (ago) => time.dayName(new Date(2026, 10, 21 - ago, 23, 59).toISOString(), now);
  assert.deepEqual([day(0), day(1), day(3), day(30)], ["Today", "Yesterday", "Wednesday", "Thursday, October 22"]);
  assert.match(time.dayName(new Date(2024, 1, 3).toISOString(), now), /2024/);
});

test("midnight comes at midnight, also where the clock changes", () => {
  assert.equal(time.untilMidnight(new Date(2026, 10, 21, 23, 59, 59)), 1000);
});

test("what waits since yesterday stands below today's messages, under the one line of today", () => {
  const [before, now] = [at(-24 * 60), at(0)];
  const entry = (created) => ({ chat: "general", client_id: created, content: "x", created, state: "waiting" });
  const rows = draw({
    messages: [message(1, { timestamp: before }), message(2, { timestamp: now })],
    entries: [entry(before), entry(now)],
  });
  assert.deepEqual(kinds(rows), ["day", "head", "day", "head", "head", "head"]);
  assert.deepEqual(kinds(draw({ entries: [entry(before), entry(now)] })), ["day", "head", "day", "head"]);
});

test("names are found in any case, with and without accents, by the rules of no language", () => {
  for (const [wanted, name] of [
    ["istanbul", "İSTANBUL"],
    ["info", "INFO"],
    ["ISPARTA", "ısparta"],
    ["νικος", "ΝΙΚΟΣ"],
    ["νίκοσ", "νίκος"],
    ["strasse", "Straße"],
    ["elodie", "Élodie"],
    ["e\u0301lodie", "\u00c9lodie"],
    ["okologie", "Ökologie"],
    ["ann", "Ａｎｎ"],
  ])
    assert.ok(score(wanted, name) > 0.9, `${wanted} in ${name}`);
});
