// @ts-check
/** Parts of the client that are not needed from the start. What could not be loaded is asked for again the next time. */

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
