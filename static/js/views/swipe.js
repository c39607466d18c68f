// @ts-check
/** A swipe over a message, in the direction of writing, replies to it. Loaded where there is a finger to do it. */

import { ICONS } from "chat/icons.js";

/** Where the message has to come, and how far it goes at most, in px. */
const [ENOUGH, FARTHEST] = [56, 80];
/** So near to the edges a swipe is the system's: back. */
const EDGE = 28;
/** The first px say whether it is a swipe, or the beginning of something else. */
const SLACK = 12;

/**
 * @param {HTMLElement} scroller
 * @param {(row: HTMLElement) => (() => void) | null} replyTo what a swipe over a row does, if anything
 * @returns {() => void} no more
 */
export function watchSwipes(scroller, replyTo) {
  /** @type {{row: HTMLElement, id: number, x: number, y: number, reply: () => void, cue: HTMLElement | null, far: number} | null} */
  let swipe = null;
  const sign = document.dir === "rtl" ? -1 : 1;
  const stop = new AbortController();

  const end = () => {
    if (!swipe) return;
    const { row, cue, far, reply } = swipe;
    swipe = null;
    if (!cue) return;
    cue.remove();
    row.classList.add("swiped-back");
    row.style.translate = "";
    setTimeout(() => row.classList.remove("swiped-back"), 200);
    if (far >= ENOUGH) reply();
  };
  const cancel = () => {
    if (swipe) swipe.far = 0;
    end();
  };

  const down = (/** @type {PointerEvent} */ event) => {
    cancel();
    const target = /** @type {Element} */ (event.target);
    const row = /** @type {HTMLElement | null} */ (target.closest(".message"));
    const { clientX: x, clientY: y } = event;
    if (event.pointerType !== "touch" || !event.isPrimary || !row || x < EDGE || x > innerWidth - EDGE) return;
    const pre = target.closest("pre");
    if (pre && pre.scrollWidth > pre.clientWidth) return; // it scrolls that way itself
    const reply = replyTo(row);
    if (reply) swipe = { row, id: event.pointerId, x, y, reply, cue: null, far: 0 };
  };
  const move = (/** @type {PointerEvent} */ event) => {
    if (!swipe || event.pointerId !== swipe.id) return;
    const [across, along] = [(event.clientX - swipe.x) * sign, Math.abs(event.clientY - swipe.y)];
    if (!swipe.cue) {
      if (along > SLACK || across < -SLACK) swipe = null;
      else if (across > SLACK && across > 2 * along) swipe.cue = drawCue(swipe.row);
      if (!swipe?.cue) return;
    }
    const was = swipe.far >= ENOUGH;
    swipe.far = Math.max(0, Math.min(FARTHEST, across - SLACK));
    const isEnough = swipe.far >= ENOUGH;
    swipe.row.style.translate = `${sign * swipe.far}px`;
    swipe.cue.style.opacity = String(Math.min(1, swipe.far / ENOUGH));
    swipe.cue.dataset.enough = String(isEnough);
    if (isEnough && !was) navigator.vibrate?.(10);
  };
  const options = { signal: stop.signal };
  scroller.addEventListener("pointerdown", down, options);
  scroller.addEventListener("pointermove", move, options);
  scroller.addEventListener("pointerup", end, options);
  scroller.addEventListener("pointercancel", cancel, options);
  scroller.addEventListener("scroll", cancel, { ...options, passive: true });
  return () => {
    cancel();
    stop.abort();
  };
}

/** The sign of a reply, beside a row. @param {HTMLElement} row */
function drawCue(row) {
  const cue = document.createElement("span");
  const box = row.getBoundingClientRect();
  cue.className = "swipe-cue";
  cue.style.top = `${box.top + Math.min(box.height, 64) / 2}px`;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS.reply);
  svg.append(path);
  cue.append(svg);
  document.body.append(cue);
  return cue;
}
