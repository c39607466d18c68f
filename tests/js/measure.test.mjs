import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./setup.mjs";

const { peaksOf, valid } = await load("chat/measure.js");

test("a waveform shows where it is loud, in as many parts as are asked for", () => {
  assert.deepEqual(peaksOf([0, 0, 0.5, -0.5, 0.25, 0.25, 0, 0], 4), [0, 100, 50, 0]);
  const many = Float32Array.from({ length: 100_003 }, (_, index) => Math.sin(index) * (index / 100_003));
  const peaks = peaksOf(many);
  assert.equal(peaks.length, 64);
  assert.equal(peaks.at(-1), 100);
  assert.ok(peaks.every((peak, index) => peak >= (peaks[index - 1] ?? 0)));
});

test("fewer values than parts are spread over them, and none are silence", () => {
  assert.deepEqual(peaksOf([0.2, 0.4], 6), [50, 50, 50, 100, 100, 100]);
  assert.deepEqual(peaksOf([], 3), [0, 0, 0]);
});

test("the noise of a silent room is not drawn as if it was loud", () => {
  assert.ok(Math.max(...peaksOf(Array(640).fill(0.002))) <= 10);
  assert.equal(Math.max(...peaksOf(Array(640).fill(0.1))), 100);
});

test("what the server would refuse is left out", () => {
  const infinite = Number.POSITIVE_INFINITY;
  assert.deepEqual(valid({ duration: 2.71049, width: 640, height: 360 }), { duration: 2.71, width: 640, height: 360 });
  assert.deepEqual(valid({ duration: infinite, width: 640, height: 0 }), {});
  assert.deepEqual(valid({ duration: Number.NaN, width: 20_000, height: 10 }), {});
  assert.deepEqual(valid({ duration: 0, waveform: [1] }), { duration: 0, waveform: [1] });
});
