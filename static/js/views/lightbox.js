// @ts-check
/** One picture or video over the whole page, and the way to the others. Loaded when the first is opened. */

import { downloadOf, nameOfFile } from "chat/attachments.js";
import { dateAndTime, t } from "chat/i18n.js";
import { onFrame } from "chat/news.js";
import { nameOf } from "chat/people.js";
import * as screen from "chat/screen.js";
import { html, Icon, IconButton } from "chat/ui.js";
import { useEffect, useRef, useState } from "preact/hooks";

/** @typedef {import("../attachments.js").Placed} Placed */

/** How large a picture gets, and with one step. */
const [MOST, STEP, TWICE] = [8, 1.5, 2.5];
/** A finger that moves no further presses; one that goes so far turns over, or closes, in px. */
const [SLACK, SWIPE] = [8, 50];
/** Two presses within this time are a double one, in ms. */
const DOUBLE = 300;

const isNarrow = () => matchMedia("(max-width: 719px)").matches;
const FIT = { scale: 1, x: 0, y: 0 };

/** @param {{chat: string, entries: Placed[], id: number}} props */
export function Lightbox({ chat, entries, id }) {
  const [current, setCurrent] = useState(id);
  const [gone, setGone] = useState(/** @type {Set<number>} */ (new Set()));
  const [failed, setFailed] = useState(false);
  const [view, setView] = useState(FIT);
  const stage = useRef(/** @type {HTMLElement | null} */ (null));
  const all = entries.filter(({ message_id }) => !gone.has(message_id));
  const index = all.findIndex(({ attachment }) => attachment.id === current);
  const entry = all[index];

  const show = (/** @type {number} */ to) => {
    if (!all[to]) return;
    setCurrent(all[to].attachment.id);
    setView(FIT);
    setFailed(false);
  };

  /** Draw it larger or smaller; the point under the pointer stays. @param {number} factor @param {number} [x] from the middle, in px @param {number} [y] */
  const zoom = (factor, x = 0, y = 0) =>
    setView((now) => {
      const scale = Math.min(MOST, Math.max(1, now.scale * factor));
      if (scale === 1) return FIT;
      const by = scale / now.scale;
      return bounded({ scale, x: x - (x - now.x) * by, y: y - (y - now.y) * by });
    });
  const pan = (/** @type {number} */ x, /** @type {number} */ y) =>
    setView((now) => (now.scale === 1 ? now : bounded({ ...now, x: now.x + x, y: now.y + y })));
  /** A part of it stays in sight. @param {typeof FIT} next */
  const bounded = (next) => {
    const box = stage.current?.getBoundingClientRect();
    const [w, h] = [((box?.width ?? 0) * (next.scale - 1)) / 2, ((box?.height ?? 0) * (next.scale - 1)) / 2];
    return { ...next, x: Math.min(w, Math.max(-w, next.x)), y: Math.min(h, Math.max(-h, next.y)) };
  };
  /** @param {{clientX: number, clientY: number}} event */
  const fromMiddle = ({ clientX, clientY }) => {
    const box = /** @type {HTMLElement} */ (stage.current).getBoundingClientRect();
    return [clientX - box.left - box.width / 2, clientY - box.top - box.height / 2];
  };

  // Where it covers all, Back closes it.
  useEffect(() => {
    if (isNarrow()) history.pushState({ ...history.state, lightbox: true }, "");
    return () => {
      if (history.state?.lightbox) history.back();
    };
  }, []);

  // Messages are deleted: so are their files.
  useEffect(
    () =>
      onFrame((frame) => {
        const changed = frame.type === "synced" ? frame.messages : frame.type === "message_deleted" ? [frame] : [];
        const ids = changed.filter(({ deleted_at }) => deleted_at).map(({ id: deleted }) => deleted);
        if (ids.length) setGone((before) => new Set([...before, ...ids]));
      }),
    [],
  );
  const last = useRef(0);
  useEffect(() => {
    if (entry) last.current = index;
    else if (all.length) show(Math.min(last.current, all.length - 1));
    else screen.closeDialog();
    if (!entry) screen.toast(t("This message was deleted"));
  }, [entry]);

  // ---- keys: the arrows go through the pictures, and over one that is drawn larger
  const keys = useRef(/** @type {(event: KeyboardEvent) => void} */ (() => {}));
  keys.current = (event) => {
    const target = /** @type {Element} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("video")) return;
    const ahead = document.dir === "rtl" ? -1 : 1;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowRight: () => (view.scale > 1 ? pan(-80, 0) : show(index + ahead)),
      ArrowLeft: () => (view.scale > 1 ? pan(80, 0) : show(index - ahead)),
      ArrowUp: () => pan(0, 80),
      ArrowDown: () => pan(0, -80),
      PageDown: () => show(index + 1),
      PageUp: () => show(index - 1),
      Home: () => show(0),
      End: () => show(all.length - 1),
      "+": () => zoom(STEP),
      "=": () => zoom(STEP),
      "-": () => zoom(1 / STEP),
      0: () => setView(FIT),
    };
    if (!Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    actions[event.key]();
  };
  useEffect(() => {
    const pressed = (/** @type {KeyboardEvent} */ event) => keys.current(event);
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);

  // ---- pointers: one drags or turns over, two draw it larger, two presses too
  const hand = useRef({ points: new Map(), moved: 0, x: 0, y: 0, time: 0, wasTwo: false, isOnButton: false });
  const down = (/** @type {any} */ event) => {
    // A finger may begin on the buttons at the sides: it presses them only if it stays there.
    const isOnButton = event.target.closest("button") !== null;
    if (event.button || event.target.closest("video, a") || (isOnButton && event.pointerType !== "touch")) return;
    const here = hand.current;
    if (!isOnButton) event.currentTarget.setPointerCapture(event.pointerId);
    here.points.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (here.points.size === 1)
      Object.assign(here, { moved: 0, x: event.clientX, y: event.clientY, wasTwo: false, isOnButton });
    else here.wasTwo = true;
  };
  const move = (/** @type {PointerEvent} */ event) => {
    const { points, x, y } = hand.current;
    const before = points.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    hand.current.moved = Math.max(hand.current.moved, Math.hypot(now.x - x, now.y - y));
    points.set(event.pointerId, now);
    if (points.size === 1) return pan(now.x - before.x, now.y - before.y);
    const other = [...points].find(([pointer]) => pointer !== event.pointerId)?.[1];
    const apart = (/** @type {{x: number, y: number}} */ one) => Math.hypot(one.x - other.x, one.y - other.y) || 1;
    const [left, top] = fromMiddle({ clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 });
    zoom(apart(now) / apart(before), left, top);
    pan((now.x - before.x) / 2, (now.y - before.y) / 2); // as far as the middle between them moved
  };
  const up = (/** @type {PointerEvent} */ event) => {
    const here = hand.current;
    if (!here.points.delete(event.pointerId) || here.points.size || here.wasTwo) return;
    const [across, along] = [event.clientX - here.x, event.clientY - here.y];
    if (event.type === "pointercancel") return;
    if (here.moved > SLACK) {
      if (event.pointerType === "mouse" || view.scale > 1) return;
      if (Math.abs(across) > Math.max(SWIPE, 2 * Math.abs(along)))
        show(index + (across < 0 === (document.dir !== "rtl") ? 1 : -1));
      else if (along > Math.max(SWIPE, 2 * Math.abs(across))) screen.closeDialog();
      return;
    }
    if (here.isOnButton) return;
    const isDouble = event.timeStamp - here.time < DOUBLE;
    here.time = isDouble ? 0 : event.timeStamp;
    if (!isDouble) return;
    if (view.scale > 1) setView(FIT);
    else zoom(TWICE, ...fromMiddle(event));
  };
  useEffect(() => {
    const element = stage.current;
    const wheel = (/** @type {WheelEvent} */ event) => {
      event.preventDefault();
      const unit = event.ctrlKey ? 100 : event.deltaMode ? 10 : 300; // two fingers on a touch pad come as small steps with Ctrl
      zoom(Math.exp(-event.deltaY / unit), ...fromMiddle(event));
    };
    element?.addEventListener("wheel", wheel, { passive: false });
    return () => element?.removeEventListener("wheel", wheel);
  }, []);

  if (!entry) return html`<h2 id="dialog-title" class="sr">${t("File")}</h2><div class="stage" ref=${stage}></div>`;
  const file = entry.attachment;
  const name = nameOfFile(file);
  const isVideo = file.kind === "video";
  const goThere = () => {
    screen.closeDialog();
    screen.go(chat, entry.seq, { replace: Boolean(history.state?.lightbox) });
  };
  return html`<header class="lightbox-head">
      <div class="lightbox-title"><h2 id="dialog-title"><bdi>${name}</bdi></h2>
        <p><bdi>${nameOf(entry.user_id, entry.username)}</bdi>, <time dateTime=${entry.timestamp}>${dateAndTime(entry.timestamp)}</time></p></div>
      ${
        isVideo
          ? null
          : html`<${IconButton} icon="zoom-out" label=${t("Zoom out")} class="lightbox-zoom" aria-disabled=${view.scale === 1} onClick=${() => zoom(1 / STEP)} />
            <${IconButton} icon="zoom-in" label=${t("Zoom in")} class="lightbox-zoom" aria-disabled=${view.scale === MOST} onClick=${() => zoom(STEP)} />`
      }
      <${IconButton} icon="message-square" label=${t("Go to message")} onClick=${goThere} />
      <a class="icon-button" href=${downloadOf(file)} download=${name} aria-label=${t("Download")} title=${t("Download")}>
        <${Icon} name="download" /></a>
      <${IconButton} icon="x" label=${t("Close")} onClick=${screen.closeDialog} />
    </header>
    <div class="stage" ref=${stage} data-large=${view.scale > 1} onPointerDown=${down} onPointerMove=${move}
      onPointerUp=${up} onPointerCancel=${up}>${
        failed
          ? html`<div class="stage-missing"><${Icon} name="image-off" /><p>${t("Couldn't load this file.")}</p>
              <button type="button" class="button" onClick=${() => setFailed(false)}>${t("Try again")}</button></div>`
          : isVideo
            ? html`<video key=${file.id} class="stage-file" controls playsinline preload="metadata" src=${file.url}
                poster=${file.thumb ?? undefined} aria-label=${file.alt || name} onError=${() => setFailed(true)}></video>`
            : html`<img key=${file.id} class="stage-file" src=${file.url} alt=${file.alt || name} draggable="false"
                style=${{
                  transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})`,
                  backgroundImage: file.thumb && !failed ? `url("${file.thumb}")` : "none",
                  aspectRatio: file.width && file.height ? `${file.width} / ${file.height}` : "auto",
                }} width=${file.width} height=${file.height} onError=${() => setFailed(true)} />`
      }
      <${IconButton} icon="chevron-left" label=${t("Previous file")} class="stage-back" hidden=${all.length < 2} aria-disabled=${index === 0}
        onClick=${() => show(index - 1)} />
      <${IconButton} icon="chevron-right" label=${t("Next file")} class="stage-on" hidden=${all.length < 2} aria-disabled=${index === all.length - 1}
        onClick=${() => show(index + 1)} />
    </div>
    <footer class="lightbox-foot" role="status">
      ${file.alt ? html`<p dir="auto">${file.alt}</p>` : html`<p class="sr"><bdi>${name}</bdi></p>`}
      ${all.length > 1 ? html`<p class="lightbox-count">${t("{number} of {count}", { number: index + 1, count: all.length })}</p>` : null}
    </footer>`;
}
Lightbox.kind = "lightbox";
