// @ts-check
/**
 * Web and mail addresses in a text, as people type them: with a scheme, with `www.`, as a bare domain of a known
 * ending, in every script. Each character is looked at a fixed number of times.
 *
 * @typedef {{start: number, end: number, href: string, shown: string}} Address `start` and `end` in the text
 */

/** What no address goes over: spaces, quotation marks, marks of Markdown, brackets and stops of East Asian scripts. */
const STOPS = String.raw`\s<>${"`"}"“”„«»‹›‘’…、。〈-】〔-〟︐-︙﹐-﹞！-／：；？＠［-］｛-･`;
const UNSEEN = String.raw`\p{Cc}\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff`;

/**
 * The pattern of one character of an address. Commas and stops of all scripts but ASCII's end it, except before `_`:
 * titles in Wikipedia's addresses have them there (`باريس،_تكساس`).
 * @param {string} [stops] what ends it, as the inside of a character class
 */
export const character = (stops = STOPS) =>
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
