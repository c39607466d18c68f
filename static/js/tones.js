// @ts-check
/** Skin tones of emoji (UTS #51, section 2.4). Pure. */

/** The signs that say a tone, from light to dark; "": none. */
export const TONES = ["", "\u{1F3FB}", "\u{1F3FC}", "\u{1F3FD}", "\u{1F3FE}", "\u{1F3FF}"];

/** An emoji in a skin tone, if it shows the skin of one person, and has no tone yet. @param {string} emoji @param {string} tone */
export function toned(emoji, tone) {
  const people = emoji.match(/\p{Emoji_Modifier_Base}/gu) ?? [];
  // (Unicode recommends no tone for the one sign of a family.)
  if (!tone || people.length !== 1 || people[0] === "👪" || /\p{Emoji_Modifier}/u.test(emoji)) return emoji;
  return emoji.replace(/(\p{Emoji_Modifier_Base})\ufe0f?/u, `$1${tone}`);
}

/** Without its tone. @param {string} emoji */
export const untoned = (emoji) => emoji.replace(/\p{Emoji_Modifier}/gu, "");
