// @ts-check
/**
 * Files on their way to the server: two at a time, each until the server has it as it is described, or refuses it.
 * Knows no request, clock or storage; they are given to it.
 *
 * @typedef {import("../../types/wire.d.ts").Attachment} Attachment
 *
 * @typedef {object} Attached a file of a message that is written or sent
 * @property {string} id in this browser
 * @property {string} name
 * @property {number} size bytes
 * @property {string} mime
 * @property {string} kind as the server will call it, as far as can be told
 * @property {string} alt what a picture shows, in words
 * @property {boolean} original a picture is kept byte for byte
 * @property {number | null} width pixels
 * @property {number | null} height
 * @property {string} [url] blob: what can be shown or played
 * @property {string} [poster] blob: a picture of a video
 * @property {import("./measure.js").Measures} [measures] what sound and video are like
 * @property {Attachment} [attachment] what the server has of it
 * @property {{id: string, original: boolean}} [resumable] what was begun of it in parts, on the server
 * @property {string} [wrong] why it can't be sent
 *
 * @typedef {{attachment: Attachment, original: boolean}} Stored what the server has of a file, perhaps described otherwise
 * @typedef {{file: Attached, tries: number, abort: AbortController | null}} Job
 *
 * @typedef {object} Options
 * @property {(file: Attached, stored: Stored | undefined, signal: AbortSignal) => Promise<Attachment>} put raises what has a `status` and a `sentence`, as `Refused`
 * @property {(id: string, attachment: Attachment) => void} onDone
 * @property {(id: string, reason: string) => void} onRefused
 * @property {(work: () => void, ms: number) => any} [later]
 * @property {(timer: any) => void} [cancel]
 * @property {() => number} [random] from 0 to 1
 */

import { Timers } from "chat/timers.js";

/** At a time. */
const MOST = 2;
/** How often a file is sent again by itself if the server can't take it now. */
const TRIES = 5;
/** The longest wait between two tries, in ms. */
const LONGEST = 30_000;

export class Uploads {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    this.random = options.random ?? Math.random;
    /** @type {Map<string, Job>} by the id of the file */
    this.jobs = new Map();
    /** @type {Map<string, Stored>} */
    this.stored = new Map();
    /** @type {Timers<string>} of the next tries */
    this.timers = new Timers(options);
    this.isOpen = false;
  }

  /** Have the server have a file as it is described here. @param {Attached} file */
  want(file) {
    const job = this.jobs.get(file.id);
    if (!job) this.jobs.set(file.id, { file, tries: 0, abort: null });
    else {
      const isOther = job.file.original !== file.original;
      job.file = file;
      if (job.abort && isOther) this.stop(job);
    }
    this.pump();
  }

  /** The server has a file since an earlier visit. @param {string} id @param {Stored} stored */
  knows(id, stored) {
    this.stored.set(id, stored);
  }

  /** Nobody wants a file any more. Returns what the server has of it. @param {string} id @returns {Attachment | undefined} */
  drop(id) {
    const job = this.jobs.get(id);
    if (job) this.stop(job);
    this.jobs.delete(id);
    this.timers.clear(id);
    const known = this.stored.get(id)?.attachment;
    this.stored.delete(id);
    this.pump();
    return known;
  }

  /** The server has a further part of a file: failures before it don't count any more. @param {string} id */
  advanced(id) {
    const job = this.jobs.get(id);
    if (job) job.tries = 0;
  }

  opened() {
    this.isOpen = true;
    this.timers.clearAll();
    this.pump();
  }

  /** What runs may still get through: the connection of messages is another one. */
  closed() {
    this.isOpen = false;
  }

  // ------------------------------------------------------------ inside

  /** @param {Job} job */
  stop(job) {
    job.abort?.abort();
    job.abort = null;
  }

  pump() {
    if (!this.isOpen) return;
    let running = [...this.jobs.values()].filter((job) => job.abort).length;
    for (const [id, job] of this.jobs) {
      if (running >= MOST) return;
      if (job.abort || this.timers.has(id)) continue;
      running += 1;
      this.run(job);
    }
  }

  /** @param {Job} job */
  async run(job) {
    const { file } = job;
    const abort = new AbortController();
    job.abort = abort;
    try {
      const attachment = await this.options.put(file, this.stored.get(file.id), abort.signal);
      if (abort.signal.aborted) return;
      job.abort = null;
      this.stored.set(file.id, { attachment, original: file.original });
      if (job.file.alt === file.alt) {
        this.jobs.delete(file.id);
        this.options.onDone(file.id, attachment);
      }
    } catch (error) {
      if (abort.signal.aborted) return;
      job.abort = null;
      this.failed(job, /** @type {any} */ (error));
    }
    this.pump();
  }

  /** @param {Job} job @param {import("./api.js").Refused} error */
  failed(job, error) {
    const { id } = job.file;
    const { status } = error;
    const isAway = status === 0 || status === 401 || status === 408;
    const isBusy = status >= 500 || status === 409 || (status === 429 && error.code !== "quota_exceeded");
    job.tries += 1;
    if (isAway || (isBusy && job.tries <= TRIES)) {
      const wait = Math.min(LONGEST, 1000 * 2 ** Math.min(job.tries - 1, 10)) * (0.5 + this.random() / 2);
      this.timers.set(id, error.retryAfter ? error.retryAfter * 1000 : wait, () => this.pump());
      return;
    }
    this.jobs.delete(id);
    this.options.onRefused(id, error.sentence);
  }
}
