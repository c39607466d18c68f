// @ts-check
/**
 * What sound and video are like: how long, how loud, how large, and a picture. Taken by this browser, as the server opens
 * neither. Loaded with the first such file.
 *
 * @typedef {object} Measures each as far as it is known; under the names that the server gives them
 * @property {number} [duration] seconds
 * @property {number[]} [waveform] the loudness in equal parts of the duration, 0 to 100
 * @property {number} [width] pixels
 * @property {number} [height]
 * @property {Blob} [poster] a picture of a video
 */

/** Parts of a waveform. */
const PARTS = 64;
/** What is quieter than this at its loudest counts as silence, and is not drawn as if it was loud. */
const QUIET = 0.02;
/** How long a file is looked at, in ms: a broken one must not hold up its message. */
const PATIENCE = 5000;
/** Sound is decoded up to this size, in bytes, and this duration, in seconds: it takes much memory. */
const MOST_DECODED = 10_000_000;
const LONGEST_DECODED = 600;
/** Sound is decoded into so many values a second: the least that every browser can. */
const RATE = 8000;
/** Pixels of a picture of a video, at most. */
const LARGEST = 1200;
/** What the server takes. */
const LONGEST = 7 * 86_400;
const WIDEST = 16_384;

/** The loudness of sound in equal parts, the loudest of them 100. @param {ArrayLike<number>} values of the sound, or how loud it was at times */
export function peaksOf(values, parts = PARTS) {
  const loud = Array.from({ length: parts }, (_, part) => {
    const start = Math.floor((part * values.length) / parts);
    const end = Math.max(start + 1, Math.floor(((part + 1) * values.length) / parts));
    let sum = 0;
    for (let index = start; index < end; index += 1) sum += (values[index] ?? 0) ** 2;
    return Math.sqrt(sum / (end - start));
  });
  const most = Math.max(QUIET, ...loud);
  return loud.map((value) => Math.round((100 * value) / most));
}

/** Only what the server takes: what it refuses would keep the file from being sent. @param {Measures} found @returns {Measures} */
export function valid({ duration, waveform, width, height, poster }) {
  const isSize = (/** @type {number | undefined} */ side) => side !== undefined && side >= 1 && side <= WIDEST;
  return {
    ...(duration !== undefined && duration >= 0 && duration <= LONGEST
      ? { duration: Math.round(1000 * duration) / 1000 }
      : {}),
    ...(waveform ? { waveform } : {}),
    ...(isSize(width) && isSize(height) ? { width, height } : {}),
    ...(poster ? { poster } : {}),
  };
}

/** What can be told of a file in time; never fails. @param {Blob} blob @param {string} kind "audio" or "video" @returns {Promise<Measures>} */
export async function measure(blob, kind) {
  /** @type {Measures} */
  const found = {};
  const element = document.createElement(kind === "video" ? "video" : "audio");
  const url = URL.createObjectURL(blob);
  element.preload = kind === "video" ? "auto" : "metadata";
  element.muted = true;
  element.src = url;
  try {
    const work = element instanceof HTMLVideoElement ? ofVideo(element, found) : ofSound(element, blob, found);
    await Promise.race([work, new Promise((done) => setTimeout(done, PATIENCE))]);
  } catch {
    // This browser can't play it: others perhaps can.
  } finally {
    element.removeAttribute("src");
    element.load();
    URL.revokeObjectURL(url);
  }
  return valid(found);
}

/** @param {HTMLAudioElement} audio @param {Blob} blob @param {Measures} found */
async function ofSound(audio, blob, found) {
  found.duration = await durationOf(audio);
  if (blob.size > MOST_DECODED || found.duration > LONGEST_DECODED) return;
  const decoded = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await blob.arrayBuffer());
  found.waveform = peaksOf(decoded.getChannelData(0));
}

/** @param {HTMLVideoElement} video @param {Measures} found */
async function ofVideo(video, found) {
  video.playsInline = true;
  found.duration = await durationOf(video);
  const { videoWidth: width, videoHeight: height } = video;
  if (!width || !height) return;
  Object.assign(found, { width, height });
  await seek(video, Math.min(1, found.duration / 2));
  const scale = Math.min(1, LARGEST / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
  const picture = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
  if (picture) found.poster = picture;
}

/** A recording of a browser does not say how long it is until its end was looked at. @param {HTMLMediaElement} media */
async function durationOf(media) {
  await heard(media, "loadedmetadata", () => media.readyState > 0);
  if (media.duration === Number.POSITIVE_INFINITY) {
    media.currentTime = 1e9;
    await heard(media, "durationchange", () => Number.isFinite(media.duration));
  }
  return media.duration;
}

/** @param {HTMLMediaElement} media @param {number} to in seconds */
async function seek(media, to) {
  media.currentTime = to;
  await heard(media, "seeked", () => !media.seeking && media.readyState > 1);
}

/** Wait for an event after which something is true. Raises if the file can't be played. @param {HTMLMediaElement} media @param {string} event @param {() => boolean} isSo @returns {Promise<void>} */
function heard(media, event, isSo) {
  return new Promise((resolve, reject) => {
    const look = () => isSo() && resolve();
    media.addEventListener(event, look);
    media.addEventListener("error", () => reject(media.error));
    if (media.error) reject(media.error);
    look();
  });
}
