// @ts-check
/**
 * What a browser may not have, or have and refuse, by raising at once or later: the client works on without. And parts of
 * the client that are not needed from the start: what could not be loaded is asked for again the next time.
 */

/**
 * Do something alone among the tabs, as long as its promise takes. Without locks it is done at once.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work raises what it raises
 * @returns {Promise<T>}
 */
export async function alone(name, work) {
  let isBegun = false;
  try {
    return await navigator.locks.request(name, () => {
      isBegun = true;
      return work();
    });
  } catch (error) {
    if (isBegun) throw error;
    return work();
  }
}

/** The names of the locks that tabs hold; null: nobody can tell. @returns {Promise<Set<string | undefined> | null>} */
export async function locked() {
  try {
    const { held = [] } = await navigator.locks.query();
    return new Set(held.map((lock) => lock.name));
  } catch {
    return null;
  }
}

/** What tabs tell each other; null: they can't. @param {string} name @returns {BroadcastChannel | null} */
export function channelOf(name) {
  try {
    return new BroadcastChannel(name);
  } catch {
    return null;
  }
}

/** @returns {ServiceWorkerContainer | null} */
export function workers() {
  try {
    return navigator.serviceWorker ?? null;
  } catch {
    return null;
  }
}

/** May notifications be shown? "default" means that the person was not asked yet. @returns {NotificationPermission} */
export function permission() {
  try {
    return Notification.permission;
  } catch {
    return "denied";
  }
}

/** @type {Map<string, {tries: number, found?: any}>} modules that could not be loaded, by name */
const failed = new Map();

/**
 * A module by its name in the import map. Raises TypeError if it can't be loaded.
 * @param {string} name @returns {Promise<any>}
 */
export async function load(name) {
  const before = failed.get(name);
  if (before?.found) return before.found;
  try {
    return await import(name);
  } catch (error) {
    if (!before) {
      failed.set(name, { tries: 0 });
      throw error;
    }
    // Some browsers remember a module that could not be loaded as broken; under another address they ask again.
    before.tries += 1;
    before.found = await import(`${import.meta.resolve(name)}?again=${before.tries}`);
    return before.found;
  }
}

/** Modules that are on their way. @type {Set<string>} */
const coming = new Set();
const LONGEST_PAUSE = 60_000;

/**
 * A module that the page needs sooner or later: if it can't be loaded it is asked for again, after a pause and when the
 * net is back. The socket may never have noticed that it was away.
 * @param {string} name @param {number} [pause] in ms
 */
export function bring(name, pause = 2000) {
  if (coming.has(name)) return;
  coming.add(name);
  load(name).then(
    () => coming.delete(name),
    () => {
      const again = () => {
        clearTimeout(timer);
        removeEventListener("online", again);
        coming.delete(name);
        bring(name, Math.min(2 * pause, LONGEST_PAUSE));
      };
      const timer = setTimeout(again, pause);
      addEventListener("online", again);
    },
  );
}

/** Whether the import map has this name. @param {string} name */
export function isThere(name) {
  try {
    return Boolean(import.meta.resolve(name));
  } catch {
    return false;
  }
}

/** @type {Map<string, Promise<void>>} */
const styles = new Map();

/** A style sheet by its name in the import map. Without it things work, and look plain. @param {string} name @returns {Promise<void>} */
export function loadStyle(name) {
  const known = styles.get(name);
  if (known) return known;
  const loaded = new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.onload = () => resolve(undefined);
    link.onerror = () => {
      link.remove();
      styles.delete(name);
      resolve(undefined);
    };
    link.href = import.meta.resolve(name);
    document.head.append(link);
  });
  styles.set(name, loaded);
  return loaded;
}
