// @ts-check
/** Timers of things that have an id, one each. */

/** @template Id */
export class Timers {
  /** @param {{later?: (work: () => void, ms: number) => any, cancel?: (timer: any) => void}} clock the page's, if none is given */
  constructor({ later, cancel }) {
    this.later = later ?? ((work, ms) => setTimeout(work, ms));
    this.cancel = cancel ?? ((timer) => clearTimeout(timer));
    /** @type {Map<Id, any>} */
    this.all = new Map();
  }

  /** In place of the one that runs. @param {Id} id @param {number} ms @param {() => void} work */
  set(id, ms, work) {
    this.clear(id);
    const timer = this.later(() => {
      this.all.delete(id);
      work();
    }, ms);
    this.all.set(id, timer);
  }

  /** @param {Id} id */
  clear(id) {
    this.cancel(this.all.get(id));
    this.all.delete(id);
  }

  clearAll() {
    for (const timer of this.all.values()) this.cancel(timer);
    this.all.clear();
  }

  /** Whether one runs. @param {Id} id */
  has(id) {
    return this.all.has(id);
  }
}
