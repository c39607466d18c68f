// @ts-check
/** The words of the client. English is in the sources; another language is a JSON file from English to that language. */

/** @type {Record<string, string | string[]>} */
let catalogue = {};
let plural = new Intl.PluralRules("en");

/** The language of the page, as the server chose it. */
export const language = globalThis.document?.documentElement.lang || "en";

/** Load the catalogue of the page's language, if there is one. */
export async function load() {
  if (language.startsWith("en")) return;
  try {
    catalogue = (await import(`chat/locale/${language.split("-")[0]}.js`)).default;
    plural = new Intl.PluralRules(language);
  } catch {
    // No such catalogue: English.
  }
}

/** A sentence, with `{name}` filled in. @param {string} text @param {Record<string, string | number>} [values] */
export function t(text, values) {
  const found = catalogue[text];
  return fill(typeof found === "string" ? found : text, values);
}

/** The same by number: `{count}` is the number. @param {number} count @param {string} one @param {string} many @param {Record<string, string | number>} [values] */
export function tn(count, one, many, values = {}) {
  const found = catalogue[many];
  const forms = Array.isArray(found) ? found : [one, many];
  const text = plural.select(count) === "one" ? forms[0] : forms[forms.length - 1];
  return fill(text, { count: count.toLocaleString(language), ...values });
}

/** @param {string} text @param {Record<string, string | number>} [values] */
function fill(text, values) {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole)) : text;
}
