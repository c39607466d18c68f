// @ts-check
/**
 * Trays: the files that stand above a box and go with the message that is written in it. They are there at once, so that
 * no message leaves without them; what uploads them (attaching.js) may come later.
 *
 * @typedef {import("./uploads.js").Attached} Attached
 */
import { effect } from "@preact/signals";
import { region, t, tn } from "chat/i18n.js";
import * as database from "chat/kept/database.js";
import { newId } from "chat/outbox.js";
import * as screen from "chat/screen.js";
import { put } from "chat/state.js";
import * as store from "chat/store.js";

/** @type {{max_size: number, most: number, chunk: number}} */
export const LIMITS = JSON.parse(document.getElementById("app")?.dataset.uploads ?? "{}");
/** What the server takes for pictures. */
const IMAGE = /^image\/(?:jpeg|png|gif|webp|avif)$/;

/** The limit, as the operator set it and the server says it. @param {number} bytes */
const inMegabytes = (bytes) =>
  new Intl.NumberFormat(region, { style: "unit", unit: "megabyte" }).format(Math.floor(bytes / 1e6));

/** @param {string} mime */
const kindOf = (mime) =>
  IMAGE.test(mime) ? "image" : mime.startsWith("video/") ? "video" : mime.startsWith("audio/") ? "audio" : "file";

/** @param {string} box @returns {Attached[]} */
export const trayOf = (box) => store.trays.peek().get(box) ?? [];

/** @param {string} box @param {Attached[]} files */
export function keepTray(box, files) {
  store.trays.value = put(store.trays.peek(), box, files.length ? files : undefined);
}

/** The files in the tray of a box, which is empty from then on: they go with a message. @param {string} box */
export function takeTray(box) {
  const files = trayOf(box);
  if (files.length) keepTray(box, []);
  return files;
}

/** What is recorded has its place in the tray. @param {string} box */
const isRecording = (box) => store.recording.peek()?.box === box;

function tellFull() {
  const { most } = LIMITS;
  screen.toast(tn(most, "A message has {count} file at most.", "A message has {count} files at most."), {
    tone: "error",
  });
}

/** Whether the tray of a box takes nothing more, which is said then. @param {string} box */
export function isFull(box) {
  const isSo = trayOf(box).length >= LIMITS.most;
  if (isSo) tellFull();
  return isSo;
}

/** Put files into the tray of a box, as far as they may be sent. @param {string} box @param {Iterable<File>} chosen @param {import("./measure.js").Measures} [measures] of a recording */
export function fill(box, chosen, measures) {
  const { max_size, most } = LIMITS;
  const all = [...chosen];
  const fit = all.filter((file) => file.size <= max_size);
  for (const { name } of all.filter((file) => file.size > max_size).slice(0, 3))
    screen.toast(t("{name} is too large: a file has {limit} at most.", { name, limit: inMegabytes(max_size) }), {
      tone: "error",
    });
  const taken = fit.slice(0, Math.max(0, most - trayOf(box).length - (isRecording(box) ? 1 : 0)));
  if (taken.length < fit.length) tellFull();
  if (!taken.length) return;
  const made = taken.map((file) => {
    const id = newId();
    database.blobs.set(id, file);
    const { name, size, type: mime } = file;
    const kind = kindOf(mime);
    return { id, name, size, mime, kind, alt: "", original: false, width: null, height: null, measures };
  });
  keepTray(box, [...trayOf(box), ...made]);
  store.announce(tn(made.length, "{count} file attached", "{count} files attached"));
}

/** Files of a message whose sending was undone. @param {string} box @param {Attached[]} files */
export function putBack(box, files) {
  keepTray(box, [...files, ...trayOf(box)]);
}

/** What was attached in tabs that are gone. @param {import("./kept/database.js").Tray[]} trays */
export function adopt(trays) {
  for (const { box, files } of trays) {
    const room = Math.max(0, LIMITS.most - trayOf(box).length);
    keepTray(box, [...files.slice(0, room), ...trayOf(box)]);
  }
}

/** The trays as they were kept last. */
let kept = store.trays.peek();

// After all that one press does: a message that takes the files is kept before the tray lets them go.
effect(() => {
  store.trays.value;
  queueMicrotask(() => {
    const [before, now] = [kept, store.trays.peek()];
    kept = now;
    for (const box of new Set([...before.keys(), ...now.keys()]))
      if (before.get(box) !== now.get(box)) database.saveTray(box, now.get(box) ?? []);
  });
});

/** Recordings that are being finished, by box. @type {Map<string, Promise<void>>} */
const arriving = new Map();

/** When what was recorded is in the tray; undefined if it is. @param {string} box */
export const arrival = (box) => arriving.get(box);

/** A recording is in the tray of a box once this is done. @param {string} box @param {Promise<void>} work */
export function arrive(box, work) {
  const all = Promise.all([arriving.get(box), work])
    .then(() => {})
    .finally(() => arriving.get(box) === all && arriving.delete(box));
  arriving.set(box, all);
}
