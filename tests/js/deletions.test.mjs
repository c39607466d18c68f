import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock } from "./helpers.mjs";
import { load } from "./setup.mjs";

const { Deletions, HELD } = await load("chat/deletions.js");

function make({ open = true, kept = {}, answer = () => "done" } = {}) {
  const clock = new Clock();
  const sent = [];
  let isNeeded = false;
  const deletions = new Deletions({
    send: async ({ id, reason }, isLeaving) => {
      sent.push([id, reason, isLeaving]);
      return answer(id);
    },
    save: (deletion) => {
      kept[deletion.id] = deletion;
    },
    remove: (id) => {
      delete kept[id];
    },
    onChange: () => {},
    isNeeded: () => isNeeded,
    later: clock.later,
    cancel: clock.cancel,
    now: () => clock.now,
  });
  if (open) deletions.opened();
  const states = () => [...deletions.all.values()].map(({ id, state }) => `${id} ${state}`);
  const pass = async (ms) => {
    await clock.turn(ms);
    await settled();
  };
  return { deletions, clock, sent, kept, states, pass, need: (value) => (isNeeded = value) };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("a deletion goes out when its time is over, and is kept until then", async () => {
  const { deletions, sent, kept, states, pass } = make();
  deletions.add(7, "spam");
  await pass(HELD - 1);
  assert.deepEqual([sent, Object.keys(kept), states()], [[], ["7"], ["7 held"]]);
  await pass(1);
  assert.deepEqual([sent, kept, states()], [[[7, "spam", false]], {}, ["7 done"]]);
  deletions.arrived(7);
  assert.deepEqual(states(), []);
});

test("one that is taken back never goes out", async () => {
  const { deletions, sent, kept, states, pass } = make();
  deletions.add(7, "");
  assert.equal(deletions.undo(7), true);
  await pass(2 * HELD);
  assert.deepEqual([sent, kept, states()], [[], {}, []]);
  assert.equal(deletions.undo(7), false);
});

test("each of two quick ones has its own time, and the last is taken back first", async () => {
  const { deletions, sent, pass } = make();
  deletions.add(7, "");
  await pass(1000);
  deletions.add(8, "");
  assert.equal(deletions.last().id, 8);
  deletions.undo(8);
  assert.equal(deletions.last().id, 7);
  deletions.add(8, "");
  await pass(HELD - 1000);
  assert.deepEqual(sent, [[7, "", false]]);
  await pass(1000);
  assert.deepEqual(sent.length, 2);
});

test("no time runs out while somebody is about to undo one", async () => {
  const { deletions, sent, pass, need } = make();
  deletions.add(7, "");
  need(true);
  await pass(HELD + 3000);
  assert.deepEqual(sent, []);
  need(false);
  await pass(1000);
  assert.equal(sent.length, 1);
  deletions.add(8, "");
  need(true);
  await pass(HELD + 31_000);
  assert.equal(sent.length, 2, "but not for ever");
});

test("when the page is left, all go out at once", async () => {
  const { deletions, sent, pass } = make();
  deletions.add(7, "");
  deletions.add(8, "spam");
  await deletions.leave();
  assert.deepEqual(sent, [
    [7, "", true],
    [8, "spam", true],
  ]);
  await pass(2 * HELD);
  assert.equal(sent.length, 2);
});

test("without a connection it waits, can be taken back, and goes with the connection", async () => {
  const { deletions, sent, states, pass } = make({ open: false });
  deletions.add(7, "");
  deletions.add(8, "");
  await pass(HELD);
  assert.deepEqual([sent, states()], [[], ["7 waiting", "8 waiting"]]);
  assert.equal(deletions.undo(8), true);
  deletions.opened();
  await settled();
  assert.deepEqual([sent, states()], [[[7, "", false]], ["7 done"]]);
});

test("what the server had no time for is tried again; what it refuses is shown again", async () => {
  const answers = ["later", "refused"];
  const { deletions, sent, kept, states, pass } = make({ answer: () => answers.shift() });
  deletions.add(7, "");
  await pass(HELD);
  assert.deepEqual([states(), Object.keys(kept)], [["7 waiting"], ["7"]]);
  await pass(5000);
  assert.deepEqual([sent.length, states(), kept], [2, [], {}]);
});

test("what a tab left behind is taken over when that tab must be gone", async () => {
  const kept = {};
  const first = make({ kept });
  first.deletions.add(7, "spam");
  const second = make({ kept });
  second.deletions.adopt(Object.values(kept));
  assert.deepEqual(second.states(), []);
  second.clock.now += HELD + 40_001;
  second.deletions.adopt(Object.values(kept));
  await settled();
  assert.deepEqual([second.sent, kept], [[[7, "spam", false]], {}]);
});
