// @ts-check
/** One's own picture, or a room's: choose a file, move and zoom it until the square is right, and take it; or remove it. */

import * as api from "chat/api.js";
import { enlarged, moved, whole, zoomed, zoomOf } from "chat/crop.js";
import { t } from "chat/i18n.js";
import * as screen from "chat/screen.js";
import * as store from "chat/store.js";
import { Avatar, html, Icon, usePicture } from "chat/ui.js";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** @typedef {import("../crop.js").Crop} Crop */

/** Pixels of the square that is sent: enough for screens with small pixels. */
const SENT = 512;
/** Of a side for each press of an arrow key; with Shift it is five times as much. */
const STEP = 0.02;
const ZOOM = 1.1;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {{name: string, seed: number | string}} props `seed`: one's own id, or the key of a room */
export function PictureField({ name, seed }) {
  const [bitmap, setBitmap] = useState(/** @type {ImageBitmap | null} */ (null));
  const [wrong, setWrong] = useState("");
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const picture = usePicture(seed);
  const isRoom = typeof seed === "string";
  const path = isRoom ? `${api.pathOf(seed)}/avatar` : "/users/me/avatar";
  const shape = isRoom ? "square" : "round";

  const open = async (/** @type {any} */ { target }) => {
    const [file] = target.files;
    target.value = ""; // the same one may be chosen again
    if (!file) return;
    setWrong("");
    setBitmap(await createImageBitmap(file).catch(() => setWrong(t("This file can't be shown as a picture.")) ?? null));
  };
  const leave = () => {
    bitmap?.close();
    setBitmap(null);
    setTimeout(() => button.current?.focus());
  };
  const tell = (/** @type {string | null} */ avatar) => {
    const me = store.me.peek();
    if (typeof seed === "string") store.apply({ type: "chat_updated", chat: seed, avatar });
    else if (me)
      store.apply({
        type: "user_updated",
        user_id: me.id,
        username: me.username,
        display_name: me.display_name,
        avatar,
      });
  };
  const send = async (/** @type {Blob} */ square) => {
    const form = new FormData();
    form.append("file", square, "picture");
    tell((await api.call("PUT", path, form)).avatar);
    screen.toast(t("Picture saved"));
    leave();
  };
  const remove = () =>
    screen.attempt(async () => {
      await api.call("DELETE", path);
      tell(null);
      screen.toast(t("Picture removed"));
      button.current?.focus();
    });

  return html`<fieldset class="plain picture-field">
    <legend class="sr">${t("Picture")}</legend>
    ${
      bitmap
        ? html`<${Cropper} bitmap=${bitmap} shape=${shape} send=${send} cancel=${leave} />`
        : html`<${Avatar} name=${name} seed=${seed} shape=${shape} size="avatar-lg" />
          <div class="picture-buttons">
            <button type="button" class="button button-small" ref=${button} onClick=${() => input.current?.click()}>
              <${Icon} name="image" />${picture ? t("Change picture") : t("Choose a picture")}
            </button>
            ${picture ? html`<button type="button" class="button button-small button-quiet" onClick=${remove}>${t("Remove picture")}</button>` : null}
          </div>`
    }
    <input type="file" hidden accept="image/*" ref=${input} onChange=${open} />
    ${wrong ? html`<p class="wrong" role="alert">${wrong}</p>` : null}
  </fieldset>`;
}

/**
 * The square as it will be seen. The picture below it is moved by dragging and by arrow keys, and zoomed by the wheel, two
 * fingers, the slider, + and -.
 * @param {{bitmap: ImageBitmap, shape: string, send: (square: Blob) => Promise<void>, cancel: () => void}} props
 */
function Cropper({ bitmap, shape, send, cancel }) {
  const [crop, setCrop] = useState(() => whole(bitmap));
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const pointers = useRef(/** @type {Map<number, {x: number, y: number}>} */ (new Map()));
  useLayoutEffect(() => {
    if (canvas.current) draw(canvas.current, bitmap, crop);
  }, [crop]);
  useEffect(() => canvas.current?.focus(), []);
  const zoom = (/** @type {number} */ times) => setCrop((now) => enlarged(now, bitmap, times));

  const onPointerMove = (/** @type {any} */ event) => {
    const before = pointers.current.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const [other] = [...pointers.current].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    pointers.current.set(event.pointerId, now);
    const side = event.currentTarget.clientWidth;
    // Of two fingers each moves the middle between them by half.
    const share = side * (other ? 2 : 1);
    setCrop((old) => moved(old, bitmap, (now.x - before.x) / share, (now.y - before.y) / share));
    if (other) zoom(distance(now, other) / Math.max(1, distance(before, other)));
  };
  const release = (/** @type {PointerEvent} */ event) => pointers.current.delete(event.pointerId);
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [right, down] = ARROWS[event.key] ?? [];
    const step = STEP * (event.shiftKey ? 5 : 1);
    if (right !== undefined) setCrop((now) => moved(now, bitmap, -right * step, -down * step));
    else if (event.key === "+" || event.key === "=") zoom(ZOOM);
    else if (event.key === "-") zoom(1 / ZOOM);
    else return;
    event.preventDefault();
  };
  const take = async () => {
    setBusy(true);
    setWrong("");
    try {
      await send(await squareOf(bitmap, crop));
    } catch (error) {
      if (!(error instanceof api.Refused)) throw error;
      setWrong(error.sentence);
      setBusy(false);
    }
  };

  return html`<div class="crop">
    <canvas class="crop-square crop-${shape}" ref=${canvas} tabindex="0" role="application"
      aria-label=${t("Part of the picture that is shown. Arrow keys move it, plus and minus zoom.")}
      onPointerDown=${(/** @type {any} */ event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
      }}
      onPointerMove=${onPointerMove} onPointerUp=${release} onPointerCancel=${release} onKeyDown=${onKeyDown}
      onWheel=${(/** @type {WheelEvent} */ event) => {
        event.preventDefault();
        zoom(Math.exp(-event.deltaY / (event.ctrlKey ? 100 : event.deltaMode ? 10 : 300)));
      }}></canvas>
    <label class="crop-zoom"><span>${t("Zoom")}</span>
      <input type="range" min="0" max="1" step="0.01" value=${zoomOf(crop, bitmap)}
        onInput=${(/** @type {any} */ { target }) => setCrop((now) => zoomed(now, bitmap, Number(target.value)))} />
    </label>
    ${wrong ? html`<p class="wrong" role="alert">${wrong}</p>` : null}
    <div class="picture-buttons">
      <button type="button" class="button button-small button-quiet" onClick=${cancel}>${t("Discard picture")}</button>
      <button type="button" class="button button-small button-primary" disabled=${busy} onClick=${take}>${t("Use picture")}</button>
    </div>
  </div>`;
}

/** @param {{x: number, y: number}} one @param {{x: number, y: number}} other */
const distance = (one, other) => Math.hypot(one.x - other.x, one.y - other.y);

/** @param {HTMLCanvasElement} canvas @param {ImageBitmap} bitmap @param {Crop} crop @param {number} [side] pixels */
function draw(canvas, bitmap, { x, y, side: taken }, side = Math.round(canvas.clientWidth * devicePixelRatio)) {
  canvas.width = canvas.height = side;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, x - taken / 2, y - taken / 2, taken, taken, 0, 0, side, side);
}

/** The square as a file. @param {ImageBitmap} bitmap @param {Crop} crop @returns {Promise<Blob>} */
function squareOf(bitmap, crop) {
  const canvas = document.createElement("canvas");
  draw(canvas, bitmap, crop, Math.min(SENT, Math.round(crop.side)));
  return new Promise((resolve, reject) =>
    // Where the browser can't write WebP it writes PNG, which the server takes, too.
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/webp", 0.9),
  );
}
