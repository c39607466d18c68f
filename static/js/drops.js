// @ts-check
/** Files that are dragged over the page: dropped on a chat they are attached, dropped elsewhere they do nothing. */

import { load } from "chat/browser.js";
import * as screen from "chat/screen.js";
import * as store from "chat/store.js";
import { fill } from "chat/trays.js";

/** Something of the page itself is dragged, such as a picture. */
let isOwn = false;

/** @param {DragEvent} event */
const hasFiles = (event) => !isOwn && (event.dataTransfer?.types.includes("Files") ?? false);

/** The part of the page, and the name of its box, that files would go to. @param {EventTarget | null} target */
function aim(target) {
  const pane = target instanceof Element ? target.closest("#main, #panel") : null;
  const box = /** @type {HTMLElement | null | undefined} */ (pane?.querySelector("form.composer"))?.dataset.box;
  return box ? { box, pane: /** @type {HTMLElement} */ (pane) } : null;
}

/** @param {DragEvent} event */
function over(event) {
  if (!hasFiles(event)) return;
  event.preventDefault(); // else the browser opens the file in place of the page
  const found = aim(event.target);
  if (event.dataTransfer) event.dataTransfer.dropEffect = found ? "copy" : "none";
  if (found?.box !== store.dropping.peek()?.box) store.dropping.value = found;
}

/** @param {DragEvent} event */
function drop(event) {
  store.dropping.value = null;
  if (!hasFiles(event)) return;
  event.preventDefault();
  const found = aim(event.target);
  if (found) attach(found.box, [...(event.dataTransfer?.files ?? [])]);
}

/** Attach files to what is written in a box. @param {string} box @param {File[]} files */
export function attach(box, files) {
  fill(box, files);
  load("chat/attaching.js").catch(screen.notLoaded);
  if (!matchMedia("(hover: hover)").matches) return;
  /** @type {HTMLElement | null} */ (document.querySelector(`[data-box="${CSS.escape(box)}"] textarea`))?.focus();
}

export function watchDrops() {
  addEventListener("dragstart", () => {
    isOwn = true;
  });
  addEventListener("dragend", () => {
    isOwn = false;
  });
  addEventListener("dragenter", over);
  addEventListener("dragover", over);
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) store.dropping.value = null;
  });
  addEventListener("drop", drop);
}
