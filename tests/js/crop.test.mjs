import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./setup.mjs";

const { enlarged, LEAST, moved, whole, zoomed, zoomOf } = await load("chat/crop.js");
const WIDE = { width: 1000, height: 400 };

test("at first the largest square in the middle is taken, whichever way the picture lies", () => {
  assert.deepEqual(whole(WIDE), { x: 500, y: 200, side: 400 });
  assert.deepEqual(whole({ width: 300, height: 800 }), { x: 150, y: 400, side: 300 });
});

test("a picture that is drawn to the right shows what is left in it, to its edge at most", () => {
  const start = whole(WIDE);
  assert.deepEqual(moved(start, WIDE, 0.25, 0), { x: 400, y: 200, side: 400 });
  assert.deepEqual(moved(start, WIDE, 5, 5), { x: 200, y: 200, side: 400 });
  assert.deepEqual(moved(start, WIDE, -5, -5), { x: 800, y: 200, side: 400 });
});

test("zooming keeps the middle, and ends at the whole height and at a few pixels", () => {
  const near = enlarged(whole(WIDE), WIDE, 2);
  assert.deepEqual(near, { x: 500, y: 200, side: 200 });
  assert.equal(enlarged(near, WIDE, 1000).side, LEAST);
  const corner = moved(near, WIDE, 9, 9);
  assert.deepEqual(corner, { x: 100, y: 100, side: 200 });
  assert.deepEqual(enlarged(corner, WIDE, 0.001), { x: 200, y: 200, side: 400 }, "still within the picture");
});

test("a picture that is smaller than the least square is taken whole", () => {
  const tiny = { width: 40, height: 30 };
  assert.deepEqual(enlarged(whole(tiny), tiny, 3), { x: 20, y: 15, side: 30 });
  assert.equal(zoomOf(whole(tiny), tiny), 0);
});

test("the slider goes from all of the picture to the least square and says where it is", () => {
  const start = whole(WIDE);
  assert.equal(zoomOf(start, WIDE), 0);
  assert.equal(zoomOf(zoomed(start, WIDE, 1), WIDE), 1);
  assert.ok(Math.abs(zoomOf(zoomed(start, WIDE, 0.3), WIDE) - 0.3) < 1e-9);
});
