// @ts-check
/**
 * The outbox in IndexedDB: what was written survives a reload, a crash, and days offline.
 *
 * @typedef {import("./outbox.js").Entry} Entry
 */

const NAME = "chat";
const STORE = "outbox";

/** This tab; its lock tells other tabs that it lives. */
export const tab = crypto.randomUUID();
navigator.locks?.request(`tab-${tab}`, () => new Promise(() => {}));

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "client_id" });
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
  });
  return opening;
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T>}
 */
async function run(mode, work) {
  const store = (await open()).transaction(STORE, mode, { durability: "strict" }).objectStore(STORE);
  const request = work(store);
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Without storage (a private window) the outbox lives as long as its tab. @param {unknown} error */
const ignore = (error) => console.warn("The outbox is not kept:", error);

/** @param {Entry} entry */
export const save = (entry) => void run("readwrite", (store) => store.put(entry)).catch(ignore);

/** @param {string} id */
export const remove = (id) => void run("readwrite", (store) => store.delete(id)).catch(ignore);

/** Make the entries of a person, left by tabs that are gone, this tab's own. @param {number} user @returns {Promise<Entry[]>} */
export async function takeOver(user) {
  if (!navigator.locks) return [];
  try {
    return await navigator.locks.request("outbox", async () => {
      const all = await run("readonly", (store) => /** @type {IDBRequest<Entry[]>} */ (store.getAll()));
      const { held = [] } = await navigator.locks.query();
      const alive = new Set(held.map((lock) => lock.name));
      const left = all.filter((entry) => entry.user === user && !alive.has(`tab-${entry.owner}`));
      const mine = left.map((entry) => ({ ...entry, owner: tab }));
      for (const entry of mine) await run("readwrite", (store) => store.put(entry));
      return mine;
    });
  } catch (error) {
    ignore(error);
    return [];
  }
}

/** Forget all of it, whoever's. */
export async function clear() {
  const opened = await opening?.catch(() => null);
  opened?.close();
  opening = null;
  indexedDB.deleteDatabase(NAME);
}
