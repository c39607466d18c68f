// @ts-check
/** The files of messages: what they are called, in words, and how large they are drawn. Pure. */

import { language, region, t, tn } from "chat/i18n.js";
import { flat } from "chat/markdown.js";
import { UNSEEN } from "chat/text.js";

/**
 * @typedef {import("../../types/wire.d.ts").Attachment} Attachment
 * @typedef {{content: string, attachments?: Attachment[]}} Said a message, or what will be one
 */

/** A name must not look like another one. Joiners stay: some scripts and emoji are written with them. */
const HIDDEN = new RegExp(String.raw`(?![\u200c\u200d])[${UNSEEN}]`, "gu");

/** The name as it is shown. @param {Attachment} file */
export const nameOfFile = (file) => file.name.replace(HIDDEN, "") || t("File");

/** A name in two parts: the first may be shortened, the suffix stays. @param {string} name @returns {[string, string]} */
export function inParts(name) {
  const match = /^(.+?)(\.[\p{L}\p{N}]{1,8})$/u.exec(name);
  return match ? [match[1], match[2]] : [name, ""];
}

/** A name keeps its own direction within a sentence. @param {string} name */
const apart = (name) => `\u2068${name}\u2069`;

/** "1.2 MB" @param {number} bytes */
export function fileSize(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let step = 0; // in thousands, as the server's limits are
  while (step < units.length - 1 && bytes >= 1000 ** (step + 1)) step += 1;
  const digits = step > 1 ? 1 : 0;
  const format = new Intl.NumberFormat(region, {
    style: "unit",
    unit: units[step],
    unitDisplay: step ? "short" : "long",
    maximumFractionDigits: digits,
  });
  return format.format(bytes / 1000 ** step);
}

/** "0:07", "1:02:03" @param {number} seconds */
export function playTime(seconds) {
  const all = Math.max(0, Math.round(Number.isFinite(seconds) ? seconds : 0));
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor(all / 60) % 60];
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(all % 60)}`;
}

/** Somebody speaks; other sound (music, say) is known by its name. @param {Attachment} file */
export const isVoice = ({ kind, waveform, mime, name }) =>
  kind === "audio" && Boolean(waveform?.length) && (/^audio\/(?:webm|ogg)$/.test(mime) || /^voice/i.test(name));

/** What stands under a file's name: "PDF · 1.2 MB". @param {Attachment} file */
export function about(file) {
  const suffix = inParts(nameOfFile(file))[1].slice(1);
  return [suffix.toLocaleUpperCase(language), fileSize(file.size)].filter(Boolean).join(" · ");
}

/** The name of an icon for it. @param {Pick<Attachment, "kind" | "mime" | "name">} file */
export function iconOf({ kind, mime, name }) {
  if (kind === "image") return "image";
  if (kind === "video") return "film";
  if (kind === "audio") return "music";
  if (/^text\/|pdf$|msword|opendocument\.text|wordprocessing/.test(mime)) return "file-text";
  return /\.(?:zip|7z|rar|t?gz|bz2|xz|zst|tar)$/i.test(name) ? "archive" : "file";
}

/** @type {Record<string, string>} */
const SIGNS = { image: "📷", video: "🎬", audio: "🎵", file: "📎" };

/** Files as a line of a list names them: "📷 Photo", "📎 report.pdf", "📎 3 files". @param {Attachment[]} files */
function inShort(files) {
  const [first] = files;
  const count = files.length;
  const isOneKind = files.every(({ kind }) => kind === first.kind);
  if (count > 1) {
    if (isOneKind && first.kind === "image") return `${SIGNS.image} ${tn(count, "{count} photo", "{count} photos")}`;
    if (isOneKind && first.kind === "video") return `${SIGNS.video} ${tn(count, "{count} video", "{count} videos")}`;
    return `${SIGNS.file} ${tn(count, "{count} file", "{count} files")}`;
  }
  const name = apart(nameOfFile(first));
  if (first.kind === "image") return `${SIGNS.image} ${t("Photo")}`;
  if (first.kind === "video") return `${SIGNS.video} ${t("Video")}`;
  if (isVoice(first)) return `🎤 ${t("Voice message")} (${playTime(first.duration ?? 0)})`;
  return first.kind === "audio" ? `${SIGNS.audio} ${name}` : `${SIGNS.file} ${t("File: {name}", { name })}`;
}

/** A message in one line, for a list, a quote, a notification: its files, and its words. @param {Said} message */
export function lineOf({ content, attachments }) {
  const words = flat(content);
  if (!attachments?.length) return words;
  const files = inShort(attachments);
  return words ? `${files} · ${words}` : files;
}

/** One file in words, for a screen reader. @param {Attachment} file */
export function described(file) {
  const name = apart(file.alt || nameOfFile(file));
  if (file.kind === "image") return t("Photo: {name}", { name });
  if (file.kind === "video") return t("Video: {name}", { name });
  if (isVoice(file)) return `${t("Voice message")}, ${playTime(file.duration ?? 0)}`;
  if (file.kind === "audio") return t("Audio: {name}", { name });
  return `${t("File: {name}", { name })}, ${fileSize(file.size)}`;
}

/** A message in words, with every file by its name. @param {Said} message */
export const wholeOf = ({ content, attachments = [] }) =>
  [flat(content), ...attachments.map(described)].filter(Boolean).join(", ");

// ---------------------------------------------------------------- how large they are drawn

/** The most that one picture takes, and the least, in px. */
const [WIDEST, HIGHEST, LEAST] = [400, 320, 48];
/** A picture that is longer than this is shown in part. */
const LONGEST = 3;

/**
 * The box of a picture, known before it is loaded: nothing moves when it comes. `isCut`: it is shown in part.
 * @param {Pick<Attachment, "width" | "height">} file @returns {{width: number, height: number, isCut: boolean}}
 */
export function boxOf({ width, height }) {
  if (!width || !height) return { width: 240, height: 180, isCut: false };
  const own = width / height;
  const ratio = Math.min(LONGEST, Math.max(1 / LONGEST, own));
  const scale = Math.min(1, WIDEST / width, HIGHEST / (width / ratio));
  const box = { width: Math.max(LEAST, width * scale), height: Math.max(LEAST, (width / ratio) * scale) };
  return { width: Math.round(box.width), height: Math.round(box.height), isCut: ratio !== own };
}

/** The longer sides of the two smaller pictures that the server makes, in px, at most. */
const [SMALL, LARGE] = [400, 1200];

/** Which of the two smaller pictures a browser may choose from. @param {Attachment} file @param {number} drawn its width, in px */
export function sources({ thumb, url, width, height }, drawn) {
  const src = thumb ?? url;
  const longest = Math.max(width ?? 0, height ?? 0);
  if (!thumb?.startsWith("/") || !width || longest <= SMALL) return { src };
  const wide = (/** @type {number} */ side) => Math.round(width * Math.min(1, side / longest));
  return {
    src,
    srcset: `${thumb} ${wide(SMALL)}w, ${thumb}?size=${LARGE} ${wide(LARGE)}w`,
    sizes: `${Math.ceil(drawn)}px`,
  };
}

/** Larger ones stand still until they are opened, in bytes. */
const MOST_MOVING = 4_000_000;

/** It may be an animation: the server makes WebP of those. @param {Attachment} file */
export const mayMove = ({ mime, size }) => (mime === "image/gif" || mime === "image/webp") && size <= MOST_MOVING;

/** Where a file is downloaded from; one that is on its way is only here. @param {Attachment} file */
export const downloadOf = ({ url }) => (url.startsWith("/") ? `${url}?download` : url);

// ---------------------------------------------------------------- those of many messages

/**
 * @typedef {object} Placed a file, and the message that it is of; as `GET …/files` has it
 * @property {Attachment} attachment
 * @property {number} message_id
 * @property {number} seq
 * @property {number} user_id
 * @property {string} username
 * @property {string} [display_name]
 * @property {string} timestamp
 */

/** @param {import("./types.js").Message[]} messages @param {(file: Attachment) => boolean} which @returns {Placed[]} */
export const filesOf = (messages, which) =>
  messages.flatMap(({ id, seq, user_id, username, timestamp, attachments, deleted_at }) =>
    deleted_at
      ? []
      : (attachments ?? [])
          .filter(which)
          .map((attachment) => ({ attachment, message_id: id, seq, user_id, username, timestamp })),
  );
