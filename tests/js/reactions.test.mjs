/** Reactions: what is shown of them, and one's own choices, whatever comes in between. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BOB, Clock, chat, flush, hello, message, page } from "./helpers.mjs";
import { load } from "./setup.mjs";

const { Choices, chips, keyOf, SETTLED, withNew } = await load("chat/reactions.js");
const states = await load("chat/state.js");

const ME = 1;
const crowd = Array.from({ length: 50 }, (_, index) => 100 + index);
const THUMB = { emoji: "👍", count: 2, user_ids: [BOB, ME] };
const nothing = () => undefined;
const shown = (reactions, chosen = {}, told = {}) =>
  chips(
    reactions,
    ME,
    (emoji) => chosen[emoji],
    (emoji) => told[emoji],
  ).map(({ emoji, count, own }) => [emoji, count, own]);

test("what the server says is shown, with one's own choice before it says the same", () => {
  assert.deepEqual(shown([THUMB]), [["👍", 2, true]]);
  assert.deepEqual(shown([THUMB], { "👍": true }), [["👍", 2, true]]);
  assert.deepEqual(shown([THUMB], { "👍": false }), [["👍", 1, false]]);
  assert.deepEqual(shown([{ ...THUMB, count: 1, user_ids: [ME] }], { "👍": false }), []);
  assert.deepEqual(
    withNew(chips([THUMB], ME, nothing, nothing), ["👍", "🎉"]).map(({ emoji, count }) => [emoji, count]),
    [
      ["👍", 2],
      ["🎉", 1],
    ],
  );
});

test("among more people than are named, one's own is what the server told", () => {
  const many = [{ emoji: "👍", count: 60, user_ids: crowd }];
  assert.deepEqual(shown(many), [["👍", 60, false]]);
  assert.deepEqual(shown(many, {}, { "👍": true }), [["👍", 60, true]]);
  assert.deepEqual(shown(many, { "👍": false }, { "👍": true }), [["👍", 59, false]]);
  assert.deepEqual(shown(many, { "👍": true }), [["👍", 61, true]]);
});

/** Choices whose answers a test gives. */
function choosing() {
  const clock = new Clock();
  const sent = [];
  const world = {
    chosen: new Map(),
    sent,
    clock,
    choices: new Choices({
      send: (_, emoji, on) => new Promise((resolve, reject) => sent.push({ emoji, on, resolve, reject })),
      changed: (chosen) => {
        world.chosen = chosen;
      },
      later: clock.later,
    }),
  };
  return world;
}

test("a choice stands until its answer, and until frames that were on their way have come", async () => {
  const world = choosing();
  const { choices, sent, clock } = world;
  const done = choices.choose({ id: 7 }, "👍", true);
  assert.deepEqual(
    sent.map(({ emoji, on }) => [emoji, on]),
    [["👍", true]],
  );
  sent[0].resolve();
  await done;
  await clock.turn(SETTLED - 1);
  assert.equal(world.chosen.get(keyOf(7, "👍")), true);
  await clock.turn(1);
  assert.equal(world.chosen.size, 0);
});

test("of many choices in a row only the last is sent after the first, and a refusal takes it back", async () => {
  const world = choosing();
  const { choices, sent, clock } = world;
  const first = choices.choose({ id: 7 }, "👍", true);
  for (const on of [false, true, false]) choices.choose({ id: 7 }, "👍", on);
  assert.equal(world.chosen.get(keyOf(7, "👍")), false);
  sent[0].resolve();
  await flush();
  assert.deepEqual(
    sent.map(({ on }) => on),
    [true, false],
  );
  sent[1].resolve();
  await first;
  await clock.turn(SETTLED - 1);
  assert.equal(world.chosen.get(keyOf(7, "👍")), false, "frames may still be older");
  await clock.turn(1);
  assert.equal(world.chosen.size, 0);

  const refused = choices.choose({ id: 7 }, "🎉", true);
  assert.equal(world.chosen.get(keyOf(7, "🎉")), true);
  sent[2].reject(new Error("no"));
  await assert.rejects(refused);
  assert.equal(world.chosen.size, 0);
  choices.choose({ id: 7 }, "🎉", true);
  assert.equal(sent.length, 4, "and one may try again");
});

test("an answer counts unless the message changed meanwhile; no reaction moves a chat or counts as unread", () => {
  const before = states.reduce(states.empty(), hello(chat()), 0);
  const opened = states.opened(before, "general", page(1, 10));
  const of = (state) => state.timelines.get("general").messages[3];
  const answered = states.reacted(opened, "general", 104, 4, [THUMB]);
  assert.deepEqual([of(answered).reactions, of(answered).version], [[THUMB], 4]);
  const frame = { type: "message_updated", ...message(4, { version: 12, reactions: [] }) };
  const changed = states.reduce(answered, frame, 1000);
  assert.deepEqual(of(changed).reactions, []);
  assert.equal(states.reacted(changed, "general", 104, 4, [THUMB]), changed);
  const { unread_count, active } = changed.chats.get("general");
  assert.deepEqual([unread_count, active], [0, opened.chats.get("general").active]);
});
