import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./setup.mjs";

const { fieldValue, presets } = await load("chat/times.js");

const shown = (now) => presets(new Date(now)).map(({ label, at }) => `${label}: ${fieldValue(at)}`);

test("on a Friday in the afternoon", () => {
  assert.deepEqual(shown("2026-11-20T14:05:30"), [
    "In 20 minutes: 2026-11-20T14:26",
    "In 1 hour: 2026-11-20T15:06",
    "In 3 hours: 2026-11-20T17:06",
    "Tomorrow: 2026-11-21T09:00",
    "Monday: 2026-11-23T09:00",
  ]);
});

test("on a Sunday tomorrow is Monday, on a Monday the next one is a week away, and years end", () => {
  assert.deepEqual(shown("2026-11-22T23:50").slice(2), ["In 3 hours: 2026-11-23T02:50", "Tomorrow: 2026-11-23T09:00"]);
  assert.deepEqual(shown("2026-12-28T08:00").slice(3), ["Tomorrow: 2026-12-29T09:00", "Monday: 2027-01-04T09:00"]);
  assert.equal(shown("2026-12-31T12:00")[3], "Tomorrow: 2027-01-01T09:00");
});

test("nine o'clock is nine o'clock on the days on which clocks are changed", () => {
  for (const day of ["2026-03-28", "2026-10-24"]) assert.match(shown(`${day}T12:00`)[3], /T09:00$/);
});
