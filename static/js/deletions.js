// @ts-check
/**
 * Deletions that a person may still undo: each is held for a while and then sent; at once if the page is left, and
 * later if there is no connection. Knows no network, clock or storage; they are given to it.
 *
 * @typedef {object} Deletion
 * @property {number} id of the message
 * @property {string} reason a moderator's; "" for none
 * @property {number} due when it is sent, in ms since 1970
 * @property {"held" | "waiting" | "sending" | "done"} state "waiting": for a connection; "done": accepted, `message_deleted` will come
 *
 * @typedef {object} Options
 * @property {(deletion: Deletion, isLeaving: boolean) => Promise<"done" | "refused" | "later">} send
 * @property {(deletion: Deletion) => void} save until it is done, undone or refused
 * @property {(id: number) => void} remove
 * @property {(deletions: Map<number, Deletion>) => void} onChange
 * @property {() => boolean} isNeeded the person may be about to undo one: the time is extended
 * @property {(work: () => void, ms: number) => any} [later]
 * @property {(timer: any) => void} [cancel]
 * @property {() => number} [now] ms
 */

import { Timers } from "chat/timers.js";

/** How long a deletion can be undone, in ms. */
export const HELD = 5000;
/** How much longer at most, in ms, while `isNeeded`. */
const NEEDED = 30_000;
/** How long after `due` another tab takes a deletion over, in ms: the one that held it is gone, or asleep. */
const LEFT = NEEDED + 10_000;
/** How long until a failed deletion is sent again while the connection is open, in ms. */
const AGAIN = 5000;

export class Deletions {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    this.now = options.now ?? Date.now;
    /** @type {Map<number, Deletion>} by message, in the order they were asked for */
    this.all = new Map();
    /** @type {Timers<number>} by message */
    this.timers = new Timers(options);
    this.isOpen = false;
  }

  /** @param {number} id @param {string} reason */
  add(id, reason) {
    if (this.all.has(id)) return;
    this.hold({ id, reason, due: this.now() + HELD, state: "held" });
  }

  /** Undo a deletion. Returns whether there was still time. @param {number} id */
  undo(id) {
    const found = this.all.get(id);
    if (!found || found.state === "sending" || found.state === "done") return false;
    this.drop(id);
    return true;
  }

  /** The last one that can be undone. */
  last() {
    return [...this.all.values()].findLast(({ state }) => state === "held");
  }

  /** Take over what closed tabs left behind. @param {Deletion[]} kept */
  adopt(kept) {
    for (const deletion of kept)
      if (!this.all.has(deletion.id) && deletion.due + LEFT < this.now()) this.hold({ ...deletion, state: "waiting" });
  }

  opened() {
    this.isOpen = true;
    for (const { id, state } of this.all.values()) if (state === "waiting") this.transmit(id);
  }

  closed() {
    this.isOpen = false;
  }

  /** The page is being left: send all that wait. Resolves when they are sent. */
  leave() {
    const left = [...this.all.values()].filter(({ state }) => state === "held" || state === "waiting");
    return Promise.all(left.map(({ id }) => this.transmit(id, true)));
  }

  /** `message_deleted` came. @param {number} id */
  arrived(id) {
    if (this.all.has(id)) this.drop(id);
  }

  // ------------------------------------------------------------ inside

  /** @param {Deletion} deletion */
  hold(deletion) {
    this.options.save(deletion);
    this.set(deletion);
    if (deletion.state === "held") this.timers.set(deletion.id, HELD, () => this.expire(deletion.id));
    else if (this.isOpen) this.transmit(deletion.id);
  }

  /** @param {number} id */
  expire(id) {
    const { due = 0 } = this.all.get(id) ?? {};
    if (this.options.isNeeded() && this.now() < due + NEEDED) this.timers.set(id, 1000, () => this.expire(id));
    else this.transmit(id);
  }

  /** @param {number} id @param {boolean} [isLeaving] */
  async transmit(id, isLeaving = false) {
    this.timers.clear(id);
    const deletion = this.all.get(id);
    if (!deletion) return;
    if (!this.isOpen && !isLeaving) return this.set({ ...deletion, state: "waiting" });
    this.set({ ...deletion, state: "sending" });
    const outcome = await this.options.send(deletion, isLeaving);
    const now = this.all.get(id);
    if (!now) return this.options.remove(id); // `message_deleted` came before the answer
    if (outcome === "refused") return this.drop(id);
    if (outcome === "later") {
      this.set({ ...now, state: "waiting" });
      return this.timers.set(id, AGAIN, () => this.isOpen && this.transmit(id));
    }
    this.options.remove(id);
    this.set({ ...now, state: "done" });
  }

  /** @param {Deletion} deletion */
  set(deletion) {
    this.change(new Map(this.all).set(deletion.id, deletion));
  }

  /** @param {number} id */
  drop(id) {
    this.timers.clear(id);
    this.options.remove(id);
    const left = new Map(this.all);
    left.delete(id);
    this.change(left);
  }

  /** @param {Map<number, Deletion>} all */
  change(all) {
    this.all = all;
    this.options.onChange(all);
  }
}
