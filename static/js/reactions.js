// @ts-check
/**
 * Reactions to messages, and one's own choices among them before the server says the same. Pure: the world is given.
 *
 * @typedef {import("../../types/wire.d.ts").Reaction} Reaction
 * @typedef {{id: number}} OfMessage
 * @typedef {{emoji: string, count: number, own: boolean, ids: number[]}} Chip `ids`: of those who are named, oneself apart
 */

/** So many different emoji a message may have. */
export const MOST = 20;
/** For so long after its answer a choice stands over what frames say, in ms: those that were on their way are older. */
export const SETTLED = 1500;

/** An emoji without the selector that the table has also where none is needed. @param {string} emoji */
export const qualified = (emoji) => emoji.replace(/^(\p{Emoji_Presentation})\ufe0f$/u, "$1");

/** @param {number} id @param {string} emoji */
export const keyOf = (id, emoji) => `${id} ${emoji}`;

/** Whether one has reacted so; undefined: the server doesn't name everybody. @param {Reaction} reaction @param {number} me */
export function isNamed({ count, user_ids }, me) {
  return user_ids.includes(me) || (count > user_ids.length ? undefined : false);
}

/**
 * What stands under a message: what the server says, with one's own choices.
 * @param {Reaction[]} reactions
 * @param {number} me
 * @param {(emoji: string) => boolean | undefined} chosen
 * @param {(emoji: string) => boolean | undefined} told where the server doesn't name everybody
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

/** The same with emoji that only oneself has chosen, in the order in which one did. @param {Chip[]} chips @param {string[]} emoji @returns {Chip[]} */
export function withNew(chips, emoji) {
  const there = new Set(chips.map((chip) => chip.emoji));
  return [
    ...chips,
    ...emoji.filter((one) => !there.has(one)).map((one) => ({ emoji: one, count: 1, own: true, ids: [] })),
  ];
}

/** One's own choices: shown at once, sent one after the other, gone when refused or when frames have caught up. */
export class Choices {
  /** @type {Map<string, {on: boolean}>} by message and emoji */
  #chosen = new Map();
  /** @type {Set<string>} those that are on their way */
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
   * Choose an emoji for a message, or not any more. While one choice is on its way, only the last one after it counts.
   * Raises what `send` raises; the choice is gone then.
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
