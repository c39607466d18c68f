// @ts-check
/**
 * Files on their way: they are uploaded from the trays and from the outbox. Loaded with the first file, and soon after
 * the start, as it is needed without a network too.
 *
 * @typedef {import("./uploads.js").Attached} Attached
 * @typedef {import("./uploads.js").Attachment} Attachment
 * @typedef {import("./measure.js").Measures} Measures
 */
import { effect } from "@preact/signals";
import * as api from "chat/api.js";
import { load } from "chat/browser.js";
import { t } from "chat/i18n.js";
import * as database from "chat/kept/database.js";
import * as resumable from "chat/resumable.js";
import { outbox } from "chat/session.js";
import { put } from "chat/state.js";
import * as store from "chat/store.js";
import { keepTray, LIMITS, trayOf } from "chat/trays.js";
import { Uploads } from "chat/uploads.js";

/** An upload that does not go on for so long is begun anew, in ms; the same after all was sent, while the server looks at it. */
const STALLED = 30_000;
const WORKING = 120_000;

/** @param {string} box @param {Attached} file */
export function remove(box, { id, name }) {
  keepTray(
    box,
    trayOf(box).filter((file) => file.id !== id),
  );
  store.announce(t("{name} removed", { name }));
}

/** Say more of a picture, or how it is sent. @param {Attached} file @param {{alt: string, original: boolean}} more */
export function describe({ id }, more) {
  change(id, { ...more, attachment: undefined, wrong: undefined });
}

/** @param {Attached} file */
export const retry = ({ id }) => change(id, { wrong: undefined });

/** @param {string} id @param {Partial<Attached>} more */
function change(id, more) {
  for (const [box, files] of store.trays.peek())
    if (files.some((file) => file.id === id))
      return keepTray(
        box,
        files.map((file) => (file.id === id ? { ...file, ...more } : file)),
      );
  outbox.changeFile(id, more);
}

const uploads = new Uploads({
  put: upload,
  onDone: (id, attachment) => {
    progressed(id);
    change(id, { attachment, resumable: undefined });
    const tray = [...store.trays.peek().values()].find((files) => files.some((file) => file.id === id));
    if (tray?.every((file) => file.attachment || file.id === id)) store.announce(t("All files are uploaded"));
  },
  onRefused: (id, wrong) => {
    progressed(id);
    change(id, { wrong, resumable: undefined });
  },
});

/** @param {string} id @param {number} [part] from 0 to 1; none: it does not run */
function progressed(id, part) {
  const before = store.progress.peek().get(id);
  if (part !== undefined && before !== undefined && part < 1 && Math.abs(part - before) < 0.01) return;
  store.progress.value = put(store.progress.peek(), id, part);
}

/** @type {import("./uploads.js").Options["put"]} */
async function upload(file, stored, signal) {
  if (stored?.original === file.original && stored.attachment.alt !== file.alt) {
    const { id } = stored.attachment;
    const isDone = await api.call("PATCH", `/uploads/${id}`, { alt: file.alt }).then(
      () => true,
      (error) => {
        if (error.status !== 404) throw error;
        return false;
      },
    );
    if (isDone) return { ...stored.attachment, alt: file.alt };
  } else if (stored && stored.original !== file.original) discard(stored.attachment);
  const blob = await blobOf(file.id);
  // A file that was changed or deleted on the disk, or is a folder, fails like a lost connection.
  const isReadable = await blob
    ?.slice(0, 1)
    .arrayBuffer()
    .catch(() => null);
  if (!blob || !isReadable) throw new api.Refused(400, { detail: "This file can't be read. Attach it again." });
  const measures = await measuresOf(file, blob);
  signal.throwIfAborted();
  const form = new FormData();
  for (const [name, value] of Object.entries(measures))
    form.append(name, value instanceof Blob ? value : JSON.stringify(value));
  if (file.alt) form.append("alt", file.alt);
  if (file.original) form.append("original", "true");
  form.append("file", blob, file.name);
  if (blob.size > LIMITS.chunk)
    try {
      return await inParts(form, file, signal);
    } catch (error) {
      if (!(error instanceof api.Refused) || error.code !== "too_many_uploads") throw error;
    }
  const onProgress = (/** @type {number} */ loaded, /** @type {number} */ total) =>
    progressed(file.id, total ? loaded / total : 0);
  progressed(file.id, 0);
  const { json } = await ask("POST", "/uploads", { body: form, onProgress }, signal);
  return json;
}

/** A large file. What describes it comes last, as it may change meanwhile. @param {FormData} form @param {Attached} file @param {AbortSignal} signal @returns {Promise<Attachment>} */
async function inParts(form, file, signal) {
  const { id, original, alt } = file;
  const begun = file.resumable;
  if (begun && begun.original !== original) cancel(begun.id);
  const attachment = await resumable.send(form, {
    chunk: LIMITS.chunk,
    kept: begun?.original === original ? begun.id : undefined,
    keep: (upload) => change(id, { resumable: { id: upload, original } }),
    ask: (method, path, options) => ask(method, path, options, signal),
    onProgress: (part) => progressed(id, part),
    onPart: () => uploads.advanced(id),
  });
  if (alt !== attachment.alt) await api.call("PATCH", attachment.url, { alt });
  return { ...attachment, alt };
}

/** @param {string} upload */
const cancel = (upload) => resumable.cancel(upload, { ask });

/**
 * @typedef {{headers?: Record<string, string>, body?: FormData | Blob | null, onProgress?: (loaded: number, total: number) => void}} Asked
 * @typedef {import("./resumable.js").Answer} Answer
 * @param {string} method @param {string} path @param {Asked} options @param {AbortSignal} [signal]
 */
async function ask(method, path, options, signal) {
  try {
    return await transmit(method, path, options, await api.token(), signal);
  } catch (error) {
    if (!(error instanceof api.Refused) || error.status !== 401) throw error;
    return transmit(method, path, options, await api.token(true), signal);
  }
}

/** (`fetch` does not tell how far it is.) @param {string} method @param {string} path @param {Asked} options @param {string} token @param {AbortSignal} [signal] @returns {Promise<Answer>} */
function transmit(method, path, { headers = {}, body, onProgress }, token, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const request = new XMLHttpRequest();
    /** @type {any} */
    let timer;
    const alive = (/** @type {number} */ patience) => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), patience);
    };
    request.open(method, path);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => {
      alive(STALLED);
      if (!signal?.aborted) onProgress?.(loaded, total);
    };
    request.upload.onload = () => alive(WORKING);
    request.onloadend = () => {
      clearTimeout(timer);
      const json = jsonOf(request.responseText);
      const header = (/** @type {string} */ name) => request.getResponseHeader(name);
      const isDone = request.status >= 200 && request.status < 300;
      if (isDone && (json || !(body instanceof FormData))) return resolve({ json, header });
      const error = request.status ? (json?.error ?? {}) : { code: "offline", detail: "Can't reach the server." };
      const wait = Number(header("Retry-After")) || undefined;
      reject(new api.Refused(request.status, error, wait, json));
    };
    signal?.addEventListener("abort", () => request.abort());
    alive(STALLED);
    request.send(body ?? null);
  });
}

/** What sound and video are like, as the server is told. @param {Attached} file @param {Blob} blob @returns {Promise<Measures>} */
async function measuresOf(file, blob) {
  const { id, kind } = file;
  if (file.measures || (kind !== "audio" && kind !== "video")) return file.measures ?? {};
  const module = await load("chat/measure.js").catch(() => null);
  if (!module) return {};
  const measures = await module.measure(blob, kind);
  change(id, { measures });
  if (canShow({ ...file, measures })) show({ ...file, measures });
  return measures;
}

/** @param {string} text */
function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {string} id */
async function blobOf(id) {
  return database.blobs.get(id) ?? database.keptContent(id);
}

/** Nobody needs it: the server would delete it by itself, later. @param {Attachment} attachment */
function discard({ id }) {
  api.call("DELETE", `/uploads/${id}`).catch(() => {});
}

/** Show a picture, and how large it is; sound and video once they are measured. @param {Attached} file */
async function show({ id, kind, measures }) {
  const blob = await blobOf(id).catch(() => undefined);
  if (!blob) return;
  const url = URL.createObjectURL(blob);
  const made = [url];
  let { width = null, height = null, poster } = measures ?? {};
  if (kind === "image") {
    const image = new Image();
    image.src = url;
    try {
      await image.decode();
    } catch {
      URL.revokeObjectURL(url);
      return change(id, { kind: "file" });
    }
    [width, height] = [image.naturalWidth, image.naturalHeight];
  } else if (poster) made.push(URL.createObjectURL(poster));
  if (!known.has(id)) return made.forEach(URL.revokeObjectURL);
  urls.set(id, made);
  change(id, { url, width, height, poster: made[1] });
}

/** What can be shown here: pictures, and what this browser was found to play. @param {Attached} file */
const canShow = ({ kind, measures }) => kind === "image" || measures?.duration !== undefined;

/** All files in trays and in the outbox by their ids, as they were looked at last. @type {Map<string, Attached>} */
let known = new Map();
/** @type {Map<string, string[]>} blob: addresses */
const urls = new Map();
/** Messages that the person gave up: their files are not needed. @type {Set<string>} */
const givenUp = new Set();
outbox.onDiscard((entry) => {
  for (const { id } of entry.files ?? []) givenUp.add(id);
});

/** Files that something else on the server has now. @type {Set<string>} */
const handedOver = new Set();

/** Take files out of the tray of a box, and leave them on the server. @param {string} box @param {Attached[]} files */
export function handOver(box, files) {
  const taken = new Set(files.map(({ id }) => id));
  for (const id of taken) handedOver.add(id);
  keepTray(
    box,
    trayOf(box).filter(({ id }) => !taken.has(id)),
  );
}

/** The files of a box, once the server has all of them; never if `signal` comes before. Raises `Refused` if it won't have one. @param {string} box @param {AbortSignal} signal @returns {Promise<Attached[]>} */
export function uploaded(box, signal) {
  return new Promise((resolve, reject) => {
    const stop = effect(() => {
      const files = store.trays.value.get(box) ?? [];
      const refused = files.find((file) => file.wrong);
      if (refused) reject(new api.Refused(422, { detail: `${refused.name}: ${refused.wrong}` }));
      else if (files.every((file) => file.attachment)) resolve(files);
    });
    signal.addEventListener("abort", stop);
  });
}

/** Bring uploads and pictures in line with trays and the outbox. */
function follow() {
  const inTrays = [...store.trays.peek().values()].flat();
  const waiting = outbox.entries.filter(({ state }) => state === "waiting").flatMap(({ files }) => files ?? []);
  const inOutbox = outbox.entries.flatMap(({ files }) => files ?? []);
  const there = new Map([...inOutbox, ...inTrays].map((file) => [file.id, file]));
  const isTray = new Set(before);
  before = inTrays.map((file) => file.id);
  const gone = [...known.values()].filter(({ id }) => !there.has(id));
  const fresh = [...there.values()].filter((file) => !known.has(file.id));
  known = there;
  for (const file of gone) forget(file, (isTray.has(file.id) && !handedOver.has(file.id)) || givenUp.has(file.id));
  for (const file of fresh) {
    if (file.attachment) uploads.knows(file.id, { attachment: file.attachment, original: file.original });
    if (canShow(file)) show(file);
  }
  for (const file of [...inTrays, ...waiting]) if (!file.attachment && !file.wrong) uploads.want(file);
}

/** Which were in trays. @type {string[]} */
let before = [];

/** @param {Attached} file @param {boolean} isUnneeded no message has it */
function forget({ id, resumable }, isUnneeded) {
  const attachment = uploads.drop(id);
  if (attachment && isUnneeded) discard(attachment);
  if (resumable && isUnneeded) cancel(resumable.id);
  givenUp.delete(id);
  handedOver.delete(id);
  database.removeContent(id);
  progressed(id);
  const made = urls.get(id) ?? [];
  urls.delete(id);
  setTimeout(() => made.forEach(URL.revokeObjectURL), 10_000); // the message that has it now may still be drawn with it
}

// Together, after all that one press does: a file that moves from a tray to the outbox is not gone in between.
effect(() => {
  store.outbox.value;
  store.trays.value;
  queueMicrotask(follow);
});
effect(() => {
  if (store.status.value === "open") uploads.opened();
  else uploads.closed();
});
