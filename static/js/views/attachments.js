// @ts-check
/** The files of a message: pictures, videos, sound, and all else as cards. Their boxes never change their sizes. */

import { signal } from "@preact/signals";
import {
  about,
  boxOf,
  described,
  downloadOf,
  filesOf,
  iconOf,
  inParts,
  isVoice,
  mayMove,
  nameOfFile,
  playTime,
  sources,
} from "chat/attachments.js";
import { load } from "chat/browser.js";
import { t } from "chat/i18n.js";
import * as screen from "chat/screen.js";
import * as store from "chat/store.js";
import { html, Icon, IconButton } from "chat/ui.js";
import { useEffect, useRef, useState } from "preact/hooks";

/**
 * @typedef {import("../attachments.js").Attachment} Attachment
 * @typedef {import("../types.js").Message} Message
 */

/** The width of a picture among others, in px. */
const TILE = 200;

/** Somebody wants nothing to move by itself. */
export const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// One thing plays at a time.
document.addEventListener(
  "play",
  ({ target }) => {
    for (const other of document.querySelectorAll("audio, video"))
      if (other !== target) /** @type {HTMLMediaElement} */ (other).pause();
  },
  true,
);

/** @param {{message: Message, active: boolean}} props `active`: Tab reaches what is in the message */
export function Attachments({ message, active }) {
  const files = message.attachments ?? [];
  const of = (/** @type {string} */ kind) => files.filter((file) => file.kind === kind);
  const pictures = of("image");
  const tabindex = active ? 0 : -1;
  return html`<div class="files">
    ${
      pictures.length
        ? html`<ul class="pictures" data-count=${Math.min(pictures.length, 5)}>${pictures.map(
            (
              file,
            ) => html`<li key=${file.url}><${Picture} file=${file} single=${pictures.length === 1} tabindex=${tabindex}
              open=${() => showPicture(message, file)} /></li>`,
          )}</ul>`
        : null
    }
    ${of("video").map((file) => html`<${Video} key=${file.url} file=${file} tabindex=${tabindex} />`)}
    ${of("audio").map((file) => html`<${Sound} key=${file.url} file=${file} tabindex=${tabindex} />`)}
    ${of("file").map((file) => html`<${FileCard} key=${file.id} file=${file} tabindex=${tabindex} />`)}
  </div>`;
}

/** Large, among the pictures of the chat that are here. @param {Message} message @param {Attachment} file */
function showPicture(message, file) {
  const isPicture = (/** @type {Attachment} */ { kind }) => kind === "image";
  const here = filesOf(store.state.peek().timelines.get(message.chat)?.messages ?? [], isPicture);
  const isThere = here.some(({ attachment }) => attachment.id === file.id);
  const entries = isThere ? here : filesOf([message], isPicture);
  openLightbox(message.chat, entries, file.id);
}

/** @param {string} chat @param {import("../attachments.js").Placed[]} entries @param {number} id of the one that is shown first */
export function openLightbox(chat, entries, id) {
  return screen.openDialog(load("chat/views/lightbox.js"), "Lightbox", { chat, entries, id });
}

/** @param {{file: Attachment, single: boolean, tabindex: number, open: () => void}} props */
export function Picture({ file, single, tabindex, open }) {
  const [failed, setFailed] = useState(false);
  const [tries, setTries] = useState(0);
  const again = () => {
    setFailed(false);
    setTries(tries + 1);
  };
  const isOpen = store.status.value === "open";
  useEffect(() => {
    if (isOpen && failed) again();
  }, [isOpen]);
  const { width, height, isCut } = boxOf(file);
  const style = single ? { inlineSize: `min(100%, ${width}px)`, aspectRatio: `${width} / ${height}` } : undefined;
  if (failed) return html`<${Missing} file=${file} style=${style} tabindex=${tabindex} again=${again} />`;
  const wide = single ? width : TILE * Math.max(1, (file.width ?? 1) / (file.height ?? 1));
  const moves = mayMove(file);
  const { src, ...more } = moves && !isStill() ? { src: file.url } : sources(file, wide);
  return html`<button type="button" class="picture" style=${style} tabindex=${tabindex} aria-haspopup="dialog" onClick=${open}>
    <img key=${tries} ...${more} src=${src} alt=${file.alt || nameOfFile(file)} loading="lazy" decoding="async" data-cut=${isCut || !single}
      width=${width} height=${height} draggable="false" onError=${() => setFailed(true)} />
    ${moves && isStill() ? html`<span class="play-mark"><${Icon} name="play" /></span>` : null}
  </button>`;
}

/** In place of what did not come. @param {{file: Attachment, style: any, tabindex: number, again: () => void}} props */
export function Missing({ file, style, tabindex, again }) {
  return html`<div class="picture picture-missing" style=${style}>
    <${Icon} name="image-off" /><${FileName} name=${file.alt || nameOfFile(file)} />
    <button type="button" class="link" tabindex=${tabindex} onClick=${again}>${t("Try again")}</button>
  </div>`;
}

/** @param {{file: Attachment, tabindex: number}} props */
function Video({ file, tabindex }) {
  const [failed, setFailed] = useState(false);
  const { width, height } = boxOf(file);
  const style = {
    inlineSize: `min(100%, ${Math.max(width, 240)}px)`,
    aspectRatio: `${Math.max(width, 240)} / ${Math.max(height, 135)}`,
  };
  if (failed)
    return html`<div class="video video-missing" style=${style}><${FileCard} file=${file} tabindex=${tabindex} /></div>`;
  return html`<video class="video" controls playsinline preload="metadata" style=${style} src=${file.url} tabindex=${tabindex}
    poster=${file.thumb ?? undefined} aria-label=${described(file)} onError=${() => setFailed(true)}></video>`;
}

/** How fast sound is played: for all. */
const speed = signal(1);
const SPEEDS = [1, 1.5, 2];
/** So many seconds an arrow goes. */
const STEP = 5;

/** @param {{file: Attachment, tabindex: number}} props */
export function Sound({ file, tabindex }) {
  const audio = useRef(/** @type {HTMLAudioElement | null} */ (null));
  const [isPlaying, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(file.duration ?? 0);
  const [failed, setFailed] = useState(false);
  const rate = speed.value;
  useEffect(() => {
    if (audio.current) audio.current.playbackRate = rate;
  }, [rate]);
  if (failed) return html`<${FileCard} file=${file} tabindex=${tabindex} />`;
  const toggle = () => {
    const element = audio.current;
    if (!element) return;
    element.playbackRate = rate;
    if (element.paused) element.play().catch(() => {});
    else element.pause();
  };
  const seek = (/** @type {number} */ to) => {
    const element = audio.current;
    if (!element || !length) return;
    const next = Math.min(length, Math.max(0, to));
    setAt(next);
    element.currentTime = next;
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    /** @type {Record<string, number>} */
    const goals = {
      ArrowRight: at + STEP,
      ArrowUp: at + STEP,
      ArrowLeft: at - STEP,
      ArrowDown: at - STEP,
      Home: 0,
      End: length,
    };
    if (!(event.key in goals)) return;
    event.preventDefault();
    event.stopPropagation();
    seek(goals[event.key]);
  };
  const point = (/** @type {any} */ event) => {
    if (event.type === "pointermove" && !event.buttons) return;
    if (event.type === "pointerdown") event.currentTarget.setPointerCapture(event.pointerId);
    const { left, width } = event.currentTarget.getBoundingClientRect();
    seek(((event.clientX - left) / width) * length);
  };
  const name = isVoice(file) ? t("Voice message") : nameOfFile(file);
  const now = playTime(at || isPlaying ? at : length);
  const next = SPEEDS[(SPEEDS.indexOf(rate) + 1) % SPEEDS.length];
  return html`<div class="sound" role="group" aria-label=${described(file)}>
    <audio ref=${audio} src=${file.url} preload=${file.duration ? "none" : "metadata"}
      onPlay=${() => setPlaying(true)} onPause=${() => setPlaying(false)} onError=${() => setFailed(true)}
      onTimeUpdate=${(/** @type {any} */ event) => setAt(event.target.currentTime)}
      onDurationChange=${(/** @type {any} */ event) => Number.isFinite(event.target.duration) && setLength(event.target.duration)}
      onEnded=${() => setAt(0)}></audio>
    <${IconButton} icon=${isPlaying ? "pause" : "play"} label=${isPlaying ? t("Pause") : t("Play")} class="sound-play"
      tabindex=${tabindex} onClick=${toggle} />
    <div class="sound-main">
      ${isVoice(file) ? null : html`<${FileName} name=${name} />`}
      <div class="sound-line" dir="ltr" role="slider" tabindex=${tabindex} aria-label=${t("Position")} aria-valuemin="0"
        aria-valuemax=${Math.round(length)} aria-valuenow=${Math.round(at)}
        aria-valuetext=${t("{time} of {length}", { time: playTime(at), length: playTime(length) })}
        onKeyDown=${pressed} onPointerDown=${point} onPointerMove=${point}>
        <${Wave} peaks=${file.waveform} />
        <span class="sound-played" style=${{ clipPath: `inset(0 ${100 - (length ? Math.min(100, (100 * at) / length) : 0)}% 0 0)` }}>
          <${Wave} peaks=${file.waveform} /></span>
      </div>
    </div>
    <span class="sound-time">${now}</span>
    <button type="button" class="sound-speed" tabindex=${tabindex} aria-label=${t("Speed {rate}×", { rate })} title=${t("Speed {rate}×", { rate })}
      onClick=${() => {
        speed.value = next;
      }}>${rate}×</button>
  </div>`;
}

/** The loudness as bars; a line where it is not known. @param {{peaks: number[] | null}} props */
export function Wave({ peaks }) {
  const all = peaks?.length ? peaks : null;
  if (!all) return html`<span class="wave wave-line"></span>`;
  const bars = all.map((peak, index) => {
    const half = Math.max(1, Math.min(100, peak) * 0.15);
    return `M${index * 4 + 2} ${16 - half}v${2 * half}`;
  });
  return html`<svg class="wave" viewBox=${`0 0 ${all.length * 4} 32`} preserveAspectRatio="none" aria-hidden="true">
    <path d=${bars.join("")} /></svg>`;
}

/** A name whose suffix is always seen. @param {{name: string}} props */
export function FileName({ name }) {
  const [base, suffix] = inParts(name);
  return html`<bdi class="file-name" title=${name}><span>${base}</span>${suffix ? html`<span>${suffix}</span>` : null}</bdi>`;
}

/** @param {{file: Attachment, tabindex?: number}} props */
export function FileCard({ file, tabindex }) {
  const name = nameOfFile(file);
  const label = `${t("Download")} ${name}, ${about(file)}`; // the name in one piece
  return html`<a class="file-card" href=${file.url ? downloadOf(file) : null} download=${name} tabindex=${tabindex}>
    <span class="sr">${label}</span>
    <span class="file-icon"><${Icon} name=${iconOf(file)} /></span>
    <span class="file-words" aria-hidden="true"><${FileName} name=${name} /><span class="file-about">${about(file)}</span></span>
  </a>`;
}
