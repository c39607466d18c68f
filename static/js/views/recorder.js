// @ts-check
/** Recording a voice message, above the box that it goes with. Loaded soon after the start, as it is needed without a network too. */

import { isVoice, playTime } from "chat/attachments.js";
import { t } from "chat/i18n.js";
import { LONGEST, Recording } from "chat/recording.js";
import * as screen from "chat/screen.js";
import { onLeave } from "chat/session.js";
import * as store from "chat/store.js";
import { asAttachment } from "chat/timeline.js";
import { arrive, fill, isFull, LIMITS } from "chat/trays.js";
import { html, IconButton } from "chat/ui.js";
import { isStill, Wave } from "chat/views/attachments.js";
import { useEffect, useRef, useState } from "preact/hooks";

/** Bars of the level meter. */
const BARS = 48;
/** Less than this for so many levels on end is no voice at all. */
const SILENT = 0.004;
const SILENCE = 60;
/** From here on the time left is shown, in seconds. */
const LAST = 60;

/** Begin to record for what is written in a box. @param {string} box */
export function record(box) {
  if (!formOf(box) || store.recording.peek()?.box === box) return; // it was closed meanwhile, or this was pressed twice
  if (isFull(box)) return;
  const recording = new Recording({ most: LIMITS.max_size, onTick: () => {}, onOver: over });
  for (const media of document.querySelectorAll("audio, video")) /** @type {HTMLMediaElement} */ (media).pause();
  store.recording.value = { box, recording, view: Recorder };
  recording.start().then(
    () => recording.state === "running" && store.announce(t("Recording")),
    (error) => {
      if (recording.state !== "over") screen.toast(refusal(error), { tone: "error" });
      recording.cancel();
    },
  );

  /** @type {import("../recording.js").Options["onOver"]} */
  function over(made, isFull) {
    const form = formOf(box);
    const hadFocus = form?.querySelector(".recorder")?.contains(document.activeElement);
    if (store.recording.peek()?.recording === recording) store.recording.value = null;
    if (hadFocus && matchMedia("(hover: hover)").matches) form?.querySelector("textarea")?.focus();
    if (isFull) screen.toast(t("The voice message can't be longer. It is kept: you can send it."));
    const kept = made?.then((found) => keep(box, found));
    if (kept) arrive(box, kept);
  }
}

/** @param {string} box @returns {HTMLElement | null} */
const formOf = (box) => document.querySelector(`[data-box="${CSS.escape(box)}"]`);

/** @param {string} box @param {import("../recording.js").Recorded | null} found */
function keep(box, found) {
  if (!found) return screen.toast(t("Nothing was recorded."), { tone: "error" });
  fill(box, [found.file], found.measures);
  store.announce(t("Voice message recorded, {time}", { time: playTime(found.measures.duration ?? 0) }));
}

/** Why there is nothing to hear. @param {{name?: string}} error */
function refusal({ name = "" }) {
  if (/^(?:NotAllowed|Security)Error$/.test(name))
    return t("The microphone is blocked: allow it for this page in the browser's settings.");
  if (/^(?:NotFound|Overconstrained)Error$/.test(name)) return t("No microphone was found.");
  return t("The microphone can't be used: perhaps another program has it.");
}

/** @param {{recording: Recording}} props */
export function Recorder({ recording }) {
  const element = useRef(/** @type {HTMLElement | null} */ (null));
  const [, redraw] = useState(0);
  const cancel = () => {
    recording.cancel();
    store.announce(t("Recording canceled"));
  };
  useEffect(() => {
    const every = isStill() ? 20 : 1; // ticks
    let ticks = 0;
    recording.options.onTick = () => {
      ticks += 1;
      if (ticks % every === 0) redraw(ticks);
    };
    /** @type {HTMLElement | null | undefined} */ (element.current?.querySelector(".recorder-stop"))?.focus();
    const form = element.current?.closest("form");
    const escaped = (/** @type {KeyboardEvent} */ event) => {
      const isWriting = event.target instanceof HTMLTextAreaElement && event.target.value;
      if (event.key !== "Escape" || event.defaultPrevented || isWriting) return;
      event.preventDefault();
      event.stopPropagation();
      cancel();
    };
    form?.addEventListener("keydown", escaped);
    return () => {
      form?.removeEventListener("keydown", escaped);
      recording.stop(); // who goes to another chat finds it in the tray
    };
  }, []);
  const { levels, seconds } = recording;
  const isRunning = recording.state === "running";
  const isSilent = levels.length >= SILENCE && levels.slice(-SILENCE).every((level) => level < SILENT);
  const isLast = LONGEST - seconds <= LAST;
  const silence = t("Nothing is heard: is the microphone muted?");
  const hint = isRunning ? (isSilent ? silence : "") : t("Waiting for the microphone…");
  useEffect(() => {
    if (isLast) store.announce(t("1 minute left"));
  }, [isLast]);
  useEffect(() => {
    if (isSilent) store.announce(silence);
  }, [isSilent]);
  const shown = levels.slice(-BARS).map((level) => 100 * Math.sqrt(level));
  const time = isLast ? t("{time} left", { time: playTime(LONGEST - seconds) }) : playTime(Math.floor(seconds));
  return html`<div class="recorder" role="group" aria-label=${t("Recording")} data-running=${isRunning} ref=${element}>
    <span class="recorder-time" role="timer">${time}</span>
    ${
      hint
        ? html`<span class="recorder-hint">${hint}</span>`
        : html`<${Wave} peaks=${[...Array(BARS - shown.length).fill(0), ...shown]} />`
    }
    <${IconButton} icon="x" label=${t("Cancel recording")} onClick=${cancel} />
    <${IconButton} icon="square" label=${t("Stop recording")} class="recorder-stop" onClick=${() => recording.stop()} />
  </div>`;
}

// What was said can't be chosen again, as a file can: who leaves the page before it is sent is asked first.
let hasLeft = false;
addEventListener("beforeunload", (event) => {
  const isUnsent = [...store.trays.peek().values()].flat().some((file) => isVoice(asAttachment(file)));
  if (!hasLeft && (store.recording.peek() || isUnsent)) event.preventDefault();
});
addEventListener("pagehide", () => store.recording.peek()?.recording.stop());
onLeave(async () => {
  hasLeft = true;
  store.recording.peek()?.recording.cancel();
});
