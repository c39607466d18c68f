// @ts-check
/** What a browser may not have, or have and refuse, by raising at once or later: the client works on without. */

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
