// @ts-check
/**
 * The square of a picture that is taken of it. Pure: no page.
 *
 * @typedef {{width: number, height: number}} Size pixels
 * @typedef {{x: number, y: number, side: number}} Crop its middle and its side, in pixels of the picture
 */

/** A square of fewer pixels can't be chosen, unless the whole picture has fewer. */
export const LEAST = 64;

/** The largest square in the middle. @param {Size} size @returns {Crop} */
export const whole = ({ width, height }) => ({ x: width / 2, y: height / 2, side: Math.min(width, height) });

/** The nearest square that is within the picture. @param {Crop} crop @param {Size} size @returns {Crop} */
function within({ x, y, side }, size) {
  const most = Math.min(size.width, size.height);
  const kept = Math.min(most, Math.max(Math.min(LEAST, most), side));
  const clamp = (/** @type {number} */ at, /** @type {number} */ length) =>
    Math.min(length - kept / 2, Math.max(kept / 2, at));
  return { x: clamp(x, size.width), y: clamp(y, size.height), side: kept };
}

/** The picture was drawn aside by so many sides of the square. @param {Crop} crop @param {Size} size @param {number} right @param {number} down */
export const moved = (crop, size, right, down) =>
  within({ ...crop, x: crop.x - right * crop.side, y: crop.y - down * crop.side }, size);

/** The picture is so many times as large. @param {Crop} crop @param {Size} size @param {number} times */
export const enlarged = (crop, size, times) => within({ ...crop, side: crop.side / times }, size);

/** How large the picture is drawn, from 0 (all of it) to 1; each step looks as large. @param {Crop} crop @param {Size} size */
export function zoomOf({ side }, size) {
  const most = whole(size).side;
  return most <= LEAST ? 0 : Math.log(most / side) / Math.log(most / LEAST);
}

/** The square with this zoom. @param {Crop} crop @param {Size} size @param {number} zoom */
export function zoomed(crop, size, zoom) {
  const most = whole(size).side;
  return within({ ...crop, side: most * (LEAST / most) ** zoom }, size);
}
