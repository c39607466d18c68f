/**
 * Write `lib/emoji.txt`: all emoji that Unicode recommends for general interchange (RGI, UTS #51), one a line, each
 * fully qualified. They come from the package whose names the web client has (static/vendor/README.md):
 *
 *     npm pack emojibase-data@17.0.0 && tar xzf emojibase-data-17.0.0.tgz && node scripts/emoji.mjs package
 */
import { readFile, writeFile } from "node:fs/promises";

const source = `${process.argv[2]}/en/compact.json`;
const target = new URL("../lib/emoji.txt", import.meta.url);

/** The package puts a variation selector also where an emoji needs none to be one. */
const qualified = (emoji) => emoji.replace(/^(\p{Emoji_Presentation})\ufe0f$/u, "$1");

const all = JSON.parse(await readFile(source, "utf8"))
  .filter((emoji) => emoji.group !== undefined) // the letters that flags are made of have none
  .flatMap((emoji) => [emoji, ...(emoji.skins ?? [])])
  .map((emoji) => qualified(emoji.unicode));

const wrong = all.filter((emoji) => !/^\p{RGI_Emoji}$/v.test(emoji));
if (wrong.length) throw new Error(`not RGI in Unicode ${process.versions.unicode}: ${wrong.join(" ")}`);
await writeFile(target, `${all.join("\n")}\n`);
