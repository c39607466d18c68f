// @ts-check
/**
 * Messages that are being sent: in order within a chat, one at a time, each with a `client_id` that makes retries safe.
 * Knows no socket, clock or storage; they are given to it.
 *
 * @typedef {import("./types.js").Frame} Frame
 *
 * @typedef {object} Entry
 * @property {string} client_id
 * @property {string} chat
 * @property {string} content
 * @property {number | null} reply_to
 * @property {number} created ms since 1970
 * @property {number} user the id of its author
 * @property {string} owner the tab that sends it
 * @property {"waiting" | "sending" | "sent" | "failed"} state "sent": acked, and its message will come
 * @property {string} [reason] why it failed
 * @property {string} [box] the key of the draft it was written in, if that is a chain's: the chat itself doesn't scroll to it
 * @property {number} [seq] its place, once acked
 * @property {string | null} [epoch] the epoch that `reply_to` is of
 * @property {import("./uploads.js").Attached[]} [files] it goes once the server has them all
 * @property {number} [until] when it is sent, in ms since 1970; until then it can be undone
 *
 * @typedef {object} Options
 * @property {(frame: import("./types.js").Sent) => boolean} send false: no connection
 * @property {(entry: Entry) => void} save
 * @property {(client_id: string) => void} remove
 * @property {(entries: Entry[]) => void} onChange
 * @property {(work: () => void, ms: number) => any} [later]
 * @property {(timer: any) => void} [cancel]
 * @property {() => number} [now] ms
 */

import { Timers } from "chat/timers.js";

/** How long an ack may take on an open connection, in ms; then sending has failed. */
export const PATIENCE = 10_000;
/** How often a message is sent again by itself if the server refused it with a code of LATER. */
const TRIES = 5;
const LATER = new Set(["rate_limited", "unavailable", "server_error"]);

/** A random UUID (RFC 9562, version 4). `crypto.randomUUID` exists over https only. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** What a message is sent with. @param {Entry} entry */
export function attachmentsOf({ files }) {
  return files?.length ? { attachments: files.flatMap(({ attachment }) => attachment?.id ?? []) } : {};
}

/** The files as if the server had none of them. @param {Entry} entry */
const unuploaded = ({ files }) => (files ? { files: files.map((file) => ({ ...file, attachment: undefined })) } : {});

export class Outbox {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    this.now = options.now ?? Date.now;
    /** @type {Entry[]} in the order they were written */
    this.entries = [];
    /** @type {Timers<string>} by client_id: of the ack, or of the next try */
    this.timers = new Timers(options);
    /** @type {Map<string, number>} tries by client_id */
    this.tries = new Map();
    /** @type {Set<string>} client_ids of those whose files were lost by the server and uploaded again, which is done once */
    this.renewed = new Set();
    /** @type {(entry: Entry) => void} */
    this.discarded = () => {};
    this.isOpen = false;
    /** @type {string | null} the server's epoch */
    this.epoch = null;
  }

  /**
   * The server has this epoch now. Messages that were acked in another one are there or lost; those that wait are sent,
   * but without `reply_to`, and with their files uploaded again: other messages and files may have those ids.
   * @param {string | null} epoch
   */
  begin(epoch) {
    if (this.epoch === epoch) return;
    this.epoch = epoch;
    const isOf = (/** @type {Entry} */ entry) => !entry.epoch || entry.epoch === epoch;
    this.set(
      this.entries
        .filter((entry) => entry.state !== "sent" || isOf(entry))
        .map((entry) => (isOf(entry) ? entry : { ...entry, reply_to: null, ...unuploaded(entry) })),
    );
  }

  /** @param {Omit<Entry, "state" | "created" | "client_id"> & {client_id?: string}} entry */
  add(entry) {
    /** @type {Entry} */
    const made = {
      client_id: newId(),
      ...entry,
      created: this.now(),
      epoch: this.epoch,
      state: "waiting",
    };
    this.options.save(made);
    this.set([...this.entries, made]);
    this.pump();
    return made;
  }

  /** Take over what another tab, or this one before a reload, left behind. @param {Entry[]} entries */
  adopt(entries) {
    const known = new Set(this.entries.map((entry) => entry.client_id));
    const more = entries
      .filter((entry) => !known.has(entry.client_id))
      .map((entry) => (entry.state === "failed" ? entry : { ...entry, state: /** @type {const} */ ("waiting") }));
    this.set([...this.entries, ...more].sort((a, b) => a.created - b.created));
    this.pump();
  }

  opened() {
    this.isOpen = true;
    this.pump();
  }

  /** The connection is lost: what was being sent waits, and is sent again. */
  closed() {
    this.isOpen = false;
    this.timers.clearAll();
    this.set(this.entries.map((entry) => (entry.state === "sending" ? { ...entry, state: "waiting" } : entry)));
  }

  /** @param {Frame} frame */
  receive(frame) {
    if (frame.type === "ack" && frame.client_id) this.acked(frame.client_id, frame.seq);
    else if (frame.type === "error" && frame.client_id) this.refused(frame);
  }

  /** These messages are in the chat now. @param {(string | null | undefined)[]} ids client_ids */
  delivered(ids) {
    const there = new Set(ids);
    const done = this.entries.filter((entry) => there.has(entry.client_id));
    if (!done.length) return;
    for (const { client_id } of done) this.forget(client_id);
    this.set(this.entries.filter((entry) => !there.has(entry.client_id)));
    this.pump();
  }

  /** @param {string} id */
  retry(id) {
    this.tries.delete(id);
    const files = this.find(id)?.files?.map((file) => ({ ...file, wrong: undefined }));
    this.change(id, { state: "waiting", reason: undefined, ...(files ? { files } : {}) });
    this.pump();
  }

  /** Send a message without the files that were refused. @param {string} id */
  leaveOut(id) {
    const { content = "", files = [] } = this.find(id) ?? {};
    const others = files.filter((file) => !file.wrong);
    if (!others.length && !content) return this.discard(id);
    this.change(id, { files: others });
    const entry = this.find(id);
    if (entry) this.options.save(entry);
    this.retry(id);
  }

  /** Something new of a file of a message: the server has it, or refuses it, or it can be shown. @param {string} id of the file @param {Partial<import("./uploads.js").Attached>} more */
  changeFile(id, more) {
    const entry = this.entries.find(({ files }) => files?.some((file) => file.id === id));
    if (!entry) return;
    const files = entry.files?.map((file) => (file.id === id ? { ...file, ...more } : file));
    this.change(entry.client_id, { files });
    if (more.wrong) {
      const { name = "" } = files?.find((file) => file.id === id) ?? {};
      this.fail(entry.client_id, `${name}: ${more.wrong}`);
    } else if (more.attachment || more.resumable) {
      this.options.save({ ...entry, files });
      this.pump();
    }
  }

  /** The person gives up a message. @param {string} id */
  discard(id) {
    const entry = this.find(id);
    if (entry) this.discarded(entry);
    this.drop(id);
  }

  /** @param {(entry: Entry) => void} listener called before a message is given up */
  onDiscard(listener) {
    this.discarded = listener;
  }

  /** The last one that is held. */
  lastHeld() {
    return this.entries.findLast((entry) => entry.state === "waiting" && (entry.until ?? 0) > this.now());
  }

  /** Drop and return a message, if it is still held. @param {string} id @returns {Entry | undefined} */
  recall(id) {
    const entry = this.find(id);
    if (entry?.state !== "waiting" || (entry.until ?? 0) <= this.now()) return undefined;
    this.drop(id);
    return entry;
  }

  /** Send all that are held at once. Returns them. */
  release() {
    const held = this.entries.filter((entry) => entry.state === "waiting" && (entry.until ?? 0) > this.now());
    for (const { client_id } of held) {
      this.timers.clear(client_id);
      this.change(client_id, { until: undefined });
    }
    this.pump();
    return held;
  }

  /** Drop all messages to a chat that the person can no longer use. @param {string} chat */
  discardChat(chat) {
    for (const entry of this.entries.filter((entry) => entry.chat === chat)) this.discard(entry.client_id);
  }

  // ------------------------------------------------------------ inside

  /** In each chat, send the first message that waits, unless one is being sent. */
  pump() {
    if (!this.isOpen) return;
    const busy = new Set();
    for (const entry of this.entries) {
      if (busy.has(entry.chat) || entry.state === "failed" || entry.state === "sent") continue;
      busy.add(entry.chat);
      if (entry.state !== "waiting" || this.timers.has(entry.client_id)) continue;
      const held = (entry.until ?? 0) - this.now();
      if (held > 0) this.timers.set(entry.client_id, held, () => this.letGo(entry.client_id));
      else if (!entry.files?.some((file) => !file.attachment)) this.transmit(entry);
    }
  }

  /** @param {string} id */
  drop(id) {
    this.forget(id);
    this.set(this.entries.filter((entry) => entry.client_id !== id));
    this.pump();
  }

  /** It was held long enough. @param {string} id */
  letGo(id) {
    this.change(id, { until: undefined });
    this.pump();
  }

  /** @param {Entry} entry */
  transmit(entry) {
    const { chat, content, client_id } = entry;
    const reply_to = !entry.epoch || entry.epoch === this.epoch ? entry.reply_to : null;
    /** @type {import("./types.js").Sent} */
    const frame = {
      type: "message",
      chat,
      content,
      client_id,
      ...(reply_to ? { reply_to } : {}),
      ...attachmentsOf(entry),
    };
    if (!this.options.send(frame)) return;
    this.change(client_id, { state: "sending" });
    this.timers.set(client_id, PATIENCE, () => this.fail(client_id, "The server didn't respond."));
  }

  /** @param {string} id @param {number} seq */
  acked(id, seq) {
    if (!this.find(id)) return;
    this.forget(id);
    this.change(id, { state: "sent", seq });
    this.pump();
  }

  /** @param {Extract<Frame, {type: "error"}>} frame */
  refused(frame) {
    const id = frame.client_id;
    if (!id || !this.find(id)) return;
    this.timers.clear(id);
    if (frame.fields?.attachments && !this.renewed.has(id)) {
      this.renewed.add(id);
      const entry = this.find(id);
      if (entry?.files?.length) return this.change(id, { state: "waiting", ...unuploaded(entry) });
    }
    const tries = (this.tries.get(id) ?? 0) + 1;
    this.tries.set(id, tries);
    if (!LATER.has(frame.code) || tries > TRIES) {
      const fields = Object.values(frame.fields ?? {});
      this.fail(id, /** @type {any} */ (fields[0])?.[0] ?? frame.detail);
      return;
    }
    this.change(id, { state: "waiting" });
    this.timers.set(id, (frame.retry_after ?? 1) * 1000, () => this.pump());
  }

  /** @param {string} id @param {string} reason */
  fail(id, reason) {
    this.timers.clear(id);
    this.change(id, { state: "failed", reason });
    const entry = this.find(id);
    if (entry) this.options.save(entry);
    this.pump();
  }

  /** @param {string} id */
  find(id) {
    return this.entries.find((entry) => entry.client_id === id);
  }

  /** @param {string} id @param {Partial<Entry>} change */
  change(id, change) {
    this.set(this.entries.map((entry) => (entry.client_id === id ? { ...entry, ...change } : entry)));
  }

  /** It needs no more sending. @param {string} id */
  forget(id) {
    this.timers.clear(id);
    this.tries.delete(id);
    this.renewed.delete(id);
    this.options.remove(id);
  }

  /** @param {Entry[]} entries */
  set(entries) {
    this.entries = entries;
    this.options.onChange(entries);
  }
}
