// @ts-check
/** Which parts of a block of code have which colour. Loaded with the first such block; the work is done in a worker. */

/** @typedef {[string, string][]} Parts of a text, each with its kind */

const LIBRARY = "@highlightjs/cdn-assets/highlight";
/** A text that takes longer, in ms, stays plain: it was made to. */
const PATIENCE = 2000;
/** So many texts are kept. */
const KEPT = 200;

/** @type {Map<string, Promise<Parts | null>>} the last ones asked for come last */
const known = new Map();
/** @type {Worker | null} */
let worker = null;
/** One text at a time: which of them is slow has to be clear. */
let last = Promise.resolve(/** @type {Parts | null} */ (null));

/** @param {string} text @param {string} language as it stands behind the fence @returns {Promise<Parts | null>} null: it stays plain */
export function partsOf(text, language) {
  const key = `${language}\n${text}`;
  const before = known.get(key);
  if (before) return before;
  last = last.then(() => ask(text, language));
  known.set(key, last);
  if (known.size > KEPT) known.delete(/** @type {string} */ (known.keys().next().value));
  return last;
}

/** @param {string} text @param {string} language @returns {Promise<Parts | null>} */
function ask(text, language) {
  return new Promise((resolve) => {
    worker ??= new Worker(import.meta.resolve("chat/highlighter.js"), { type: "module" });
    const done = (/** @type {Parts | null} */ parts) => {
      clearTimeout(timer);
      resolve(parts);
    };
    const give = () => {
      worker?.terminate();
      worker = null;
      done(null);
    };
    const timer = setTimeout(give, PATIENCE);
    worker.onmessage = ({ data }) => done(data.parts);
    worker.onerror = give;
    worker.postMessage({ url: import.meta.resolve(LIBRARY), text, language });
  });
}
