// @ts-check
/**
 * What stands in a text: whether anything does, its addresses, and whom it names. Pure.
 *
 * @typedef {{start: number, end: number, href: string, shown: string}} Address `start` and `end` in the text
 */

// What the server makes of text (`lib/text.py`), so that what is shown before it answers is what it will say.

const VISIBLE = /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb\u{13430}-\u{1343f}\u{16fe4}\u{1d159}]/u;
const JOINED =
  "\\u0600-\\u08ff\\u0900-\\u0dff\\u0f00-\\u109f\\u1780-\\u18af\\u1b00-\\u1bff\\ua840-\\ua87f\\ufb50-\\ufdff\\ufe70-\\ufefc";
// A last visible character with what belongs to it: the tags of a flag, a variation selector, a joiner.
const LAST = new RegExp(
  "^(?:\\u{1f3f4}[\\u{e0030}-\\u{e007a}]{2,6}\\u{e007f}" +
    "|(?:[^\\0-\\x7f]|[#*0-9])[\\ufe00-\\ufe0f\\u180b-\\u180d\\u180f\\u{e0100}-\\u{e01ef}]" +
    `|[${JOINED}][\\u200c\\u200d])`,
  "u",
);
const BREAKS = /^[\n\r\v\f\x85\u2028\u2029]$/;

/** @param {string} text @returns {boolean} whether there is nothing to be seen in it */
export function isBlank(text) {
  return !VISIBLE.test(text);
}

/**
 * Without blank lines before and blanks after; what is invisible is blank. A first line keeps its indentation, and a
 * last character the selector, joiner or tags that belong to it. @param {string} text
 */
export function trim(text) {
  const signs = [...text];
  const stays = (/** @type {string} */ sign) => sign === "\0" || VISIBLE.test(sign);
  let first = signs.findIndex(stays);
  if (first === -1) return "";
  let end = signs.length;
  while (!stays(signs[end - 1])) end--;
  const last = LAST.exec(signs.slice(end - 1).join(""))?.[0];
  if (last) end += [...last].length - 1;
  while (first > 0 && !BREAKS.test(signs[first - 1])) first--;
  return signs.slice(first, end).join("");
}

/** What makes two spellings the same username. @param {string} name */
export function key(name) {
  const wide = name.normalize("NFKC").replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  // To capitals first: ß and ς have no other way to "ss" and "σ". The browser's language has no say in it.
  return wide.toUpperCase().toLowerCase().replaceAll("ς", "σ").normalize("NFC");
}

// ---------------------------------------------------------------- addresses
// Of the web and of mail, as people type them: with a scheme, with `www.`, as a bare domain of a known ending, in every
// script. Each character is looked at a fixed number of times.

/** What no address goes over: spaces, quotation marks, marks of Markdown, brackets and stops of East Asian scripts. */
const STOPS = String.raw`\s<>${"`"}"“”„«»‹›‘’…、。〈-】〔-〟︐-︙﹐-﹞！-／：；？＠［-］｛-･`;
/** What can't be seen, or turns the text around it: the inside of a character class. */
export const UNSEEN = String.raw`\p{Cc}\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff`;

/**
 * The pattern of one character of an address. Commas and stops of all scripts but ASCII's end it, except before `_`:
 * titles in Wikipedia's addresses have them there (`باريس،_تكساس`).
 * @param {string} [stops] what ends it, as the inside of a character class
 */
const character = (stops = STOPS) =>
  String.raw`(?:[!,.:;?]|[^${stops}\p{Terminal_Punctuation}]|(?![${stops}])\p{Terminal_Punctuation}(?=_))`;

const PARTS = new RegExp(`${character(STOPS + UNSEEN)}+`, "gu");
const SCHEME = /(?<![a-z0-9])(?:https?:\/\/|mailto:)/gi;
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}._%+-]*/gu;
/** A word that follows one of these is no address: it is a path, a handle, a piece of something longer. */
const GLUED = /[\p{L}\p{N}\p{M}@/.:\\\-=&?#%+$^]/u;
const HOST = /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?\.)+[\p{L}\p{N}\p{M}-]{2,63}$/u;
const DOMAIN = /[\p{L}\p{N}\p{M}.-]*[\p{L}\p{N}\p{M}]/uy;
const TAIL = /(?::\d{1,5}(?!\d))?([/?#])?/y;
/** At the end of an address these belong to the sentence: all punctuation but what ASCII has for addresses. */
const TRAILING = /[.,;:!?'*_~|([{]|[^\P{P}\p{ASCII}]/u;

/** Endings of names that are linked without a scheme, but for those that files are called by: `main.rs`, `notes.md`, `run.sh`. */
const COUNTRIES =
  "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc me mg mh mk mm mn mo mp mq mr mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pm pn pr pt pw qa re ro ru rw sa sb sc sd se sg si sk sl sm sn sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw";
const GENERIC =
  "com org net edu gov mil int info biz name pro aero asia cat coop jobs mobi museum tel travel xxx app art blog chat club cloud community dev digital email foundation fyi global group guru help host ink life link live ltd media network news ngo one ong online page party place plus press pub rocks school shop site social software space store studio support systems team tech today tools top tube video web website wiki work works world xyz zone berlin hamburg koeln london paris tokyo wien bayern nrw";
const NATIVE =
  "рф рус бел укр срб мкд бг қаз мон ею орг онлайн сайт дети ком москва ελ ευ հայ გე 中国 中國 香港 台湾 台灣 澳門 新加坡 公司 网络 網絡 网址 みんな コム 한국 닷컴 닷넷 삼성 भारत भारतम् বাংলা ভারত ਭਾਰਤ ભારત ଭାରତ இந்தியா இலங்கை சிங்கப்பூர் భారత్ ಭಾರತ ഭാരതം ලංකා संगठन ไทย คอม ລາວ ישראל קום مصر السعودية امارات الاردن الجزائر المغرب تونس سورية سوريا فلسطين قطر عمان عراق اليمن ليبيا موريتانيا سودان ایران پاکستان بھارت موقع شبكة";
const ENDINGS = new Set(`${COUNTRIES} ${GENERIC} ${NATIVE}`.split(" ").map((ending) => ending.normalize("NFC")));

/** So many are looked up in a text; each costs as much as a thousand letters. */
const MOST = 200;

/** @param {string} text @returns {Address[]} in their order */
export function addresses(text) {
  /** @type {Address[]} */
  const found = [];
  let tried = 0;
  if (!/[.:@]/.test(text)) return found;
  for (const { 0: part, index } of text.matchAll(PARTS)) {
    if (!/[.:@]/.test(part)) continue;
    let from = 0;
    while (from < part.length) {
      const next = whole(part, from);
      bare(part.slice(from, next?.from ?? part.length), part[from - 1] ?? "", (start, end, href) => {
        add(from + start, from + end, href);
      });
      if (!next) break;
      add(next.from, next.end, part.slice(next.from, next.end));
      from = next.rest;
    }

    /** @param {number} start @param {number} end @param {string} href */
    function add(start, end, href) {
      tried += 1;
      const safe = tried > MOST ? null : safeLink(href);
      const typed = part.slice(start, end);
      if (safe) found.push({ start: index + start, end: index + end, href: safe, shown: honest(typed, safe) });
    }
  }
  return found;
}

/** The next address with a scheme, and where to go on. @param {string} part @param {number} from */
function whole(part, from) {
  SCHEME.lastIndex = from;
  const match = SCHEME.exec(part);
  if (!match) return null;
  const begin = match.index + match[0].length;
  const host = /^[^/?#:@]*/.exec(part.slice(begin))?.[0] ?? "";
  const name = cut(host);
  const rest = name === host ? run(part, begin) : begin + name.length;
  return { from: match.index, end: trimmed(part, begin, rest), rest };
}

/**
 * Addresses without a scheme: `name@example.org`, `www.example.org/x`, `пример.рф`.
 * @param {string} part @param {string} before the character in front of it @param {(start: number, end: number, href: string) => void} add
 */
function bare(part, before, add) {
  WORD.lastIndex = 0;
  for (let match = WORD.exec(part); match; match = WORD.exec(part)) {
    const [word] = match;
    const start = match.index;
    const after = start + word.length;
    if (GLUED.test(lastOf(start ? part.slice(0, start) : before))) continue;
    if (part[after] === "@") {
      DOMAIN.lastIndex = after + 1;
      const domain = DOMAIN.exec(part)?.[0] ?? "";
      const end = after + 1 + domain.length;
      if (HOST.test(domain) && /\p{L}$/u.test(domain) && part[end] !== "@")
        add(start, end, `mailto:${part.slice(start, end)}`);
      WORD.lastIndex = end;
      continue;
    }
    const host = cut(word).replace(/[._%+-]{1,9}$/, "");
    if (!HOST.test(host) || !isDomain(host)) continue;
    const atEnd = start + host.length;
    TAIL.lastIndex = atEnd;
    const tail = host === word ? TAIL.exec(part) : null;
    const stop = !tail ? atEnd : tail[1] ? run(part, TAIL.lastIndex) : TAIL.lastIndex;
    const end = trimmed(part, atEnd, stop);
    add(start, end, `http://${part.slice(start, end)}`);
    WORD.lastIndex = Math.max(stop, after);
  }
}

/** @param {string} host */
function isDomain(host) {
  const names = host.split(".");
  if (/^www$/i.test(names[0])) return names.length > 2 || ENDINGS.has(names[1].toLowerCase());
  const [name, ending] = names.slice(-2);
  // "Done.It works" is no domain, and "v1.0.is" neither.
  const isOneCase = ending === ending.toLowerCase() || ending === ending.toUpperCase();
  return (
    isOneCase &&
    /\p{L}/u.test(name) &&
    (ENDINGS.has(ending.toLowerCase().normalize("NFC")) || /^xn--[a-z0-9-]+$/i.test(ending))
  );
}

/** A text goes on behind a name without a space, as East Asian ones do: no ending has letters of two kinds. @param {string} host */
function cut(host) {
  const match = /\.[a-z]{2,}(?=\P{ASCII}[^.]*$)/iu.exec(host);
  return match ? host.slice(0, match.index + match[0].length) : host;
}

/** How far an address goes on: up to a bracket that was opened before it. @param {string} part @param {number} from */
function run(part, from) {
  const open = { ")": 0, "]": 0, "}": 0 };
  const pairs = /** @type {Record<string, keyof typeof open>} */ ({ "(": ")", "[": "]", "{": "}" });
  for (let at = from; at < part.length; at += 1) {
    const sign = part[at];
    if (sign in pairs) open[pairs[sign]] += 1;
    else if (sign in open) {
      const closing = /** @type {keyof typeof open} */ (sign);
      if (!open[closing]) return at;
      open[closing] -= 1;
    }
  }
  return part.length;
}

/** The end without the stops that belong to the sentence around it, and without brackets that were only opened. @param {string} part @param {number} from @param {number} end */
function trimmed(part, from, end) {
  let at = end;
  while (at > from) {
    const last = lastOf(part.slice(Math.max(from, at - 2), at));
    if (!TRAILING.test(last)) break;
    at -= last.length;
  }
  return at;
}

/** The last character, whole. @param {string} text */
function lastOf(text) {
  const last = text.slice(-2);
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(last) ? last : last.slice(-1);
}

/** An address that may be followed, or null: only whole ones of the web and of mail. @param {string} href */
export function safeLink(href) {
  if (!/^(https?:\/\/|mailto:.)/i.test(href)) return null;
  try {
    const url = new URL(href);
    return ["http:", "https:", "mailto:"].includes(url.protocol) && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

// ---------------------------------------------------------------- names that look like others

/** Letters of other scripts that look like Latin ones: a name of these alone passes for a Latin one (as browsers see it too). */
const LIKE_LATIN = /^[асԁеԍһіјӏорԛѕԝхуъьҽпгѵѡғαικνορυωηοτεγ-]+$/u;
const SCRIPTS = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
];

/** Whether the name of a host mixes scripts that look alike, or imitates a Latin one. @param {string} host */
function imitates(host) {
  const names = host.toLowerCase().split(".");
  const isLatin = /^[a-z0-9-]+$/.test(names.at(-1) ?? "");
  return names.some(
    (name) =>
      SCRIPTS.filter((script) => script.test(name)).length > 1 ||
      (isLatin && LIKE_LATIN.test(name) && /\P{ASCII}/u.test(name)),
  );
}

/** What is shown of an address: as typed, but a host that passes for another one as the network knows it (`xn--…`). @param {string} typed @param {string} href */
function honest(typed, href) {
  if (!/\P{ASCII}/u.test(typed)) return typed;
  const [, scheme = "", host] = /^(https?:\/\/|mailto:)?(?:[^@/]*@)?([^/?#:]*)/iu.exec(typed) ?? [];
  if (!imitates(host)) return typed;
  const { hostname, pathname } = new URL(href);
  return href.startsWith("mailto:")
    ? pathname
    : typed.slice(0, scheme.length) + hostname + typed.slice(scheme.length + host.length);
}

// ---------------------------------------------------------------- mentions
// `@username`. The grammar is that of the server (`chat/mentions.py`).

/** Thai, Lao, Tibetan, Burmese, Khmer; Chinese, Japanese, Korean: no spaces stand between words, or particles behind names. */
const NO_SPACES =
  /[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3021-\u9fff\ua960-\ua97f\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\u{1b000}-\u{1b2ff}\u{20000}-\u{3ffff}]/u;
const AT = /[@\uff20]/;
const LETTER = /[\p{L}\p{N}\p{Mn}\p{Mc}]/u;
const MARK = /\p{M}/u;
const SIGN = /[._+-]/;
/** Characters of a name as it was typed, marks counted one by one. */
const LONGEST = 200;
/** Web addresses that the tree did not make links of. */
const ADDRESS = new RegExp(
  `(?:https?://|www\\.)${character()}+|(?<![\\p{L}\\p{N}_.@-])[\\p{L}\\p{N}_-]+(?:\\.[\\p{L}\\p{N}_-]+)+/${character()}*`,
  "giu",
);

/**
 * A text in parts: what is between the mentions, and the mentions.
 * @param {string} text of a message's tree, where code and links are apart
 * @param {{has: (key: string) => boolean}} names keys of the usernames that the message mentions
 * @returns {(string | {text: string, key: string})[]}
 */
export function split(text, names) {
  if (!AT.test(text)) return [text];
  const signs = [...text.replace(ADDRESS, (address) => "\0".repeat([...address].length))];
  const typed = [...text];
  /** @type {(string | {text: string, key: string})[]} */
  const out = [];
  let from = 0;
  for (let at = 0; at < signs.length; at += 1) {
    if (!AT.test(signs[at]) || !mayBegin(signs, at)) continue;
    const name = longest(signs, at + 1, names);
    if (!name) continue;
    if (at > from) out.push(typed.slice(from, at).join(""));
    out.push({ text: typed.slice(at, name.end).join(""), key: name.key });
    from = name.end;
    at = name.end - 1;
  }
  if (from < typed.length) out.push(typed.slice(from).join(""));
  return out;
}

/** What is being named at the end of a text, without its `@`; null: nobody. @param {string} before */
export function naming(before) {
  const match = /[@\uff20]([\p{L}\p{N}\p{Mn}\p{Mc}._+-]{0,50})$/u.exec(before);
  if (!match || before[match.index - 1] === "/") return null; // of a path
  const signs = [...before.slice(0, match.index + 1)];
  return mayBegin(signs, signs.length - 1) ? match[1] : null;
}

/** Whether a name can follow: not within a word or an address, nor after a backslash. @param {string[]} signs @param {number} at */
function mayBegin(signs, at) {
  if (at && (AT.test(signs[at - 1]) || signs[at - 1] === "\\")) return false;
  let before = at - 1;
  while (before >= 0 && "_+-%".includes(signs[before])) before -= 1;
  return before < 0 || !LETTER.test(signs[before]) || NO_SPACES.test(signs[before]);
}

/** @param {string[]} signs @param {number} start @param {{has: (key: string) => boolean}} names @returns {{key: string, end: number} | null} */
function longest(signs, start, names) {
  let end = start;
  while (end < signs.length && end - start < LONGEST && (LETTER.test(signs[end]) || SIGN.test(signs[end]))) end += 1;
  if (AT.test(signs[end] ?? "") && LETTER.test(signs[end + 1] ?? "")) return null; // an address of another server
  for (let cut = end; cut > start + 1; cut -= 1) {
    const after = signs[cut] ?? "";
    if (cut < end || end - start === LONGEST) {
      if (!after || MARK.test(after) || !(NO_SPACES.test(signs[cut - 1]) || NO_SPACES.test(after))) continue;
    }
    for (let stop = cut; stop > start + 1; stop -= 1) {
      const found = key(signs.slice(start, stop).join(""));
      if (names.has(found)) return { key: found, end: stop };
      if (!SIGN.test(signs[stop - 1])) break;
    }
  }
  return null;
}
