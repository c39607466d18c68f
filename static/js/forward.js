// @ts-check
/** What a forwarded message says. Pure. */

/** Characters of a message. */
const MOST = 4000;
/** What would be looked at as a mention, but for the word joiner behind it: those named are not called anew. */
const MENTION = /(?<![\p{L}\p{N}\p{M}._+%-])([@\uff20])(?=[\p{L}\p{N}])/gu;
/** Code names nobody, and stays to the letter. */
const CODE = /(```[\s\S]*?(?:```|$)|`[^`\n]*`)/;

/**
 * @param {object} what
 * @param {string} what.content of the message
 * @param {string} what.name of its author
 * @param {string} what.time as it is shown
 * @param {string} what.address that opens the message
 * @param {string} what.comment of whoever forwards it
 * @returns {string} the comment, who said it and when, with a link, and what was said as a quote; cut to what fits
 */
export function forwarded({ content, name, time, address, comment }) {
  const author = name.replace(/[\\*_~`[\]<>]/g, "").trim();
  const head = `${author ? `**${author}** · ` : ""}[${time}](${address})`;
  const said = comment.trim();
  const make = (/** @type {string} */ text) => {
    const quote = `${head}\n${text}`
      .split("\n")
      .map((line) => `> ${line}`.trimEnd())
      .join("\n");
    return said ? `${said}\n\n${quote}` : quote;
  };
  const signs = [...quiet(content)];
  const whole = make(signs.join(""));
  let [most, over] = [signs.length, [...whole].length - MOST];
  if (over <= 0) return whole;
  for (;;) {
    most = Math.max(0, most - Math.ceil(over / 3)); // a line that begins costs three, any other sign one
    const made = make(`${signs.slice(0, most).join("").trimEnd()}…`);
    over = [...made].length - MOST;
    if (over <= 0 || !most) return made;
  }
}

/** A text that calls nobody. @param {string} text */
const quiet = (text) =>
  text
    .split(CODE)
    .map((part, index) => (index % 2 ? part : part.replace(MENTION, "$1\u2060")))
    .join("");
