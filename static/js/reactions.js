// @ts-check
/**
 * Reactions to messages, with the person's own choices before the server confirms them. Pure: no network, no clock.
 *
 * @typedef {import("../../types/wire.d.ts").Reaction} Reaction
 * @typedef {{id: number}} OfMessage
 * @typedef {{emoji: string, count: number, own: boolean, ids: number[]}} Chip `ids`: the listed people without oneself
 */

/** Different emoji that a message may have. */
export const MOST = 20;
/** How long after its answer a choice outweighs frames, in ms: those that were on their way then are older. */
export const SETTLED = 1500;

/** An emoji without a variation selector that it doesn't need; our table of emoji has some. @param {string} emoji */
export const qualified = (emoji) => emoji.replace(/^(\p{Emoji_Presentation})\ufe0f$/u, "$1");

/** @param {number} id @param {string} emoji */
export const keyOf = (id, emoji) => `${id} ${emoji}`;

/** Whether the person is among those who reacted; undefined: not listed, but not everybody is. @param {Reaction} reaction @param {number} me */
export function isNamed({ count, user_ids }, me) {
  return user_ids.includes(me) || (count > user_ids.length ? undefined : false);
}

/**
 * The reactions that are shown under a message: the server's, with the person's own choices applied.
 * @param {Reaction[]} reactions
 * @param {number} me
 * @param {(emoji: string) => boolean | undefined} chosen
 * @param {(emoji: string) => boolean | undefined} told the answer where the server doesn't list everybody
 * @returns {Chip[]}
 */
export function chips(reactions, me, chosen, told) {
  const out = [];
  for (const reaction of reactions) {
    const { emoji, count, user_ids } = reaction;
    const was = isNamed(reaction, me) ?? told(emoji) ?? false;
    const own = chosen(emoji) ?? was;
    out.push({ emoji, count: count + Number(own) - Number(was), own, ids: user_ids.filter((id) => id !== me) });
  }
  return out.filter(({ count }) => count > 0);
}

/** The same with the emoji that only the person has chosen, in the order of choice. @param {Chip[]} chips @param {string[]} emoji @returns {Chip[]} */
export function withNew(chips, emoji) {
  const there = new Set(chips.map((chip) => chip.emoji));
  return [
    ...chips,
    ...emoji.filter((one) => !there.has(one)).map((one) => ({ emoji: one, count: 1, own: true, ids: [] })),
  ];
}

/** The person's own choices: shown at once, sent one at a time for each emoji, dropped when refused or SETTLED. */
export class Choices {
  /** @type {Map<string, {on: boolean}>} by message and emoji */
  #chosen = new Map();
  /** @type {Set<string>} keys of those that are being sent */
  #sending = new Set();

  /**
   * @param {object} world
   * @param {(message: any, emoji: string, on: boolean) => Promise<any>} world.send
   * @param {(chosen: Map<string, boolean>) => void} world.changed
   * @param {(work: () => void, ms: number) => any} world.later
   */
  constructor({ send, changed, later }) {
    this.send = send;
    this.changed = changed;
    this.later = later;
  }

  /** @param {string} key @param {{on: boolean} | undefined} choice */
  #put(key, choice) {
    if (choice) this.#chosen.set(key, choice);
    else this.#chosen.delete(key);
    this.changed(new Map([...this.#chosen].map(([key, { on }]) => [key, on])));
  }

  /**
   * Add or remove the person's reaction. While one choice is being sent, only the last one after it is sent next.
   * Throws what `send` throws; the choice is dropped then.
   * @template {OfMessage} T
   * @param {T} message @param {string} emoji @param {boolean} on
   */
  async choose(message, emoji, on) {
    const key = keyOf(message.id, emoji);
    this.#put(key, { on });
    if (this.#sending.has(key)) return;
    this.#sending.add(key);
    try {
      let sent;
      do {
        sent = /** @type {{on: boolean}} */ (this.#chosen.get(key));
        await this.send(message, emoji, sent.on);
      } while (this.#chosen.get(key)?.on !== sent.on);
      const last = this.#chosen.get(key);
      this.later(() => this.#chosen.get(key) === last && this.#put(key, undefined), SETTLED);
    } catch (error) {
      this.#put(key, undefined);
      throw error;
    } finally {
      this.#sending.delete(key);
    }
  }
}
