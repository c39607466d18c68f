import assert from "node:assert/strict";
import { test } from "node:test";
import { message, messages, page } from "./helpers.mjs";
import { load } from "./setup.mjs";
import { random } from "./texts.mjs";

const timeline = await load("chat/timeline.js");
const seqs = (found) => found.messages.map(({ seq }) => seq);
const range = (from, to) => messages(from, to).map(({ seq }) => seq);

test("a page that ends at the newest message is at the end", () => {
  assert.equal(timeline.fromPage(page(51, 100)).atEnd, true);
  assert.equal(timeline.fromPage(page(1, 50, { last: 100 })).atEnd, false);
});

test("the start is known by the first message, or by an empty chat", () => {
  assert.equal(timeline.atStart(timeline.fromPage(page(1, 50))), true);
  assert.equal(timeline.atStart(timeline.fromPage(page(2, 50))), false);
  assert.equal(timeline.atStart(timeline.fromPage({ ...page(1, 0), has_more: false })), true);
});

test("scrolling up fifty pages keeps the window short and without gaps", () => {
  let found = timeline.fromPage(page(99_951, 100_000));
  for (let first = 99_951; first > 97_000; first -= 50)
    found = timeline.addOlder(found, page(first - 50, first - 1, { last: 100_000 }));
  assert.equal(found.messages.length, timeline.MAX_ROWS);
  assert.deepEqual(seqs(found), range(timeline.firstSeq(found), timeline.lastSeq(found)));
  assert.equal(found.atEnd, false);
});

test("scrolling down again reaches the end", () => {
  let found = timeline.fromPage(page(101, 400, { last: 500 }));
  found = timeline.addNewer(found, page(401, 450, { last: 500 }));
  found = timeline.addNewer(found, page(451, 500));
  assert.equal(found.atEnd, true);
  assert.deepEqual(seqs(found), range(201, 500));
});

test("a page that does not join on is left out", () => {
  const found = timeline.fromPage(page(100, 150, { last: 300 }));
  assert.equal(timeline.addOlder(found, page(10, 60, { last: 300 })), found);
  assert.equal(timeline.addNewer(found, page(200, 250, { last: 300 })), found);
});

test("a page that overlaps adds only what is new", () => {
  const found = timeline.addOlder(timeline.fromPage(page(50, 100)), page(20, 60, { last: 100 }));
  assert.deepEqual(seqs(found), range(20, 100));
});

test("live messages come once, whatever is sent twice or late", () => {
  let found = timeline.fromPage(page(1, 10));
  for (const seq of [11, 11, 12, 10]) found = timeline.merge(found, [message(seq)]);
  assert.deepEqual(seqs(found), range(1, 12));
});

test("a message that skips one opens the end instead of making a gap", () => {
  const found = timeline.merge(timeline.fromPage(page(1, 10)), [message(12)]);
  assert.deepEqual(seqs(found), range(1, 10));
  assert.equal(found.atEnd, false);
});

test("an older version never overwrites a newer one", () => {
  let found = timeline.fromPage(page(1, 10));
  found = timeline.merge(found, [message(5, { version: 12, content: "newer" })]);
  found = timeline.merge(found, [message(5, { version: 11, content: "older" })]);
  assert.equal(timeline.at(found, 5).content, "newer");
});

test("for a reader at the end old rows go; for one further up new rows wait", () => {
  const full = timeline.fromPage(page(1, 300));
  assert.deepEqual(seqs(timeline.merge(full, [message(301)])), range(2, 301));
  const reading = timeline.merge({ ...full, follow: false }, [message(301)]);
  assert.deepEqual(seqs(reading), range(1, 300));
  assert.equal(reading.atEnd, false);
});

test("what changes nothing gives the same object", () => {
  const found = timeline.fromPage(page(1, 10));
  assert.equal(timeline.merge(found, [message(3)]), found);
});

test("a page that is there already does not open the end again", () => {
  const found = timeline.fromPage(page(51, 100));
  assert.equal(timeline.addNewer(found, page(81, 90, { last: 100 })), found);
});

test("changes in any order and twice leave no gap, and each message as the newest of them has it", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const next = random(seed);
    const upTo = (count) => Math.floor(next() * count);
    const first = 1 + upTo(20);
    let found = timeline.fromPage(page(first, first + 10));
    const newest = new Map(found.messages.map(({ seq, version }) => [seq, version]));
    let version = 100;
    for (let batch = 0; batch < 20; batch += 1) {
      const changes = Array.from({ length: upTo(6) }, () => message(1 + upTo(60), { version: version++ }));
      const sent = [...changes, ...changes].sort(() => next() - 0.5);
      found = timeline.merge(found, sent);
      for (const change of changes) newest.set(change.seq, change.version);
      const there = seqs(found);
      assert.deepEqual(there, range(there[0], there.at(-1)), `seed ${seed}`);
      assert.ok(there.length >= 11 && there[0] === first, `seed ${seed}`);
      // What lay beyond the end when it came is not in the window, and the end is open.
      for (const { seq, version } of found.messages) {
        if (seq <= first + 10) assert.equal(version, newest.get(seq), `seed ${seed}, message ${seq}`);
      }
      if (found.atEnd) assert.equal(there.at(-1), Math.max(...newest.keys()), `seed ${seed}`);
    }
  }
});
