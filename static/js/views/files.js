// @ts-check
/** The files of a chat, at the side: by kind, and searched by name. */

import * as api from "chat/api.js";
import { filesOf, nameOfFile } from "chat/attachments.js";
import { shortTime, t } from "chat/i18n.js";
import { onFrame } from "chat/news.js";
import { nameOf } from "chat/people.js";
import * as screen from "chat/screen.js";
import * as store from "chat/store.js";
import { Empty, html, Icon, IconButton, Skeleton } from "chat/ui.js";
import { FileCard, openLightbox, Picture, Sound } from "chat/views/attachments.js";
import { Failure, PanelHead, ShowMore } from "chat/views/panel.js";
import { useEffect, useRef, useState } from "preact/hooks";

/** @typedef {import("../attachments.js").Placed} Placed */

const PAGE = 50;
/** After the last key, in ms. */
const PAUSE = 250;

/** @type {[kind: string, label: () => string, icon: string][]} */
const KINDS = [
  ["image", () => t("Photos"), "image"],
  ["video", () => t("Videos"), "film"],
  ["audio", () => t("Audio"), "music"],
  ["file", () => t("Other files"), "file"],
];

/** @param {{chat: import("../types.js").Chat}} props */
export function Files({ chat }) {
  const [kind, setKind] = useState("image");
  const [words, setWords] = useState("");
  const [entries, setEntries] = useState(/** @type {Placed[] | null} */ (null));
  const [next, setNext] = useState(/** @type {number | null} */ (null));
  const [failure, setFailure] = useState("");
  const asked = useRef(0); // an answer to an earlier question may come after that to a later one
  const body = useRef(/** @type {HTMLElement | null} */ (null));

  /** @param {number | null} before @param {(found: {results: Placed[], next: number | null}) => void} take */
  const ask = async (before, take) => {
    const question = asked.current;
    try {
      const query = new URLSearchParams({ kind, limit: String(PAGE) });
      if (words.trim()) query.set("q", words.trim());
      if (before) query.set("before", String(before));
      const found = await api.get(`${api.pathOf(chat.key)}/files?${query}`);
      if (question !== asked.current) return;
      setFailure("");
      take(found);
    } catch (error) {
      if (error instanceof api.Refused && question === asked.current) setFailure(error.sentence);
    }
  };
  /** The newest ones; those after them stay, as far as none is missing in between. */
  const load = () =>
    ask(null, ({ results, next: rest }) => {
      const least = results.at(-1)?.attachment.id ?? 0;
      const now = shown.current ?? [];
      const isJoined = rest !== null && now.some(({ attachment }) => attachment.id >= least);
      setEntries(isJoined ? [...results, ...now.filter(({ attachment }) => attachment.id < least)] : results);
      if (!isJoined) setNext(rest);
    });
  const loadMore = () =>
    ask(next, ({ results, next: rest }) => {
      const now = shown.current ?? [];
      const least = now.at(-1)?.attachment.id ?? 0; // pressed twice, the same ones come twice
      setEntries([...now, ...results.filter(({ attachment }) => attachment.id < least)]);
      setNext(rest);
      // The button may be gone: the focus is on what came in its place.
      setTimeout(() =>
        /** @type {HTMLElement | null | undefined} */ (
          body.current?.querySelectorAll("li")[now.length]?.querySelector("a, button")
        )?.focus({ preventScroll: true }),
      );
    });
  const shown = useRef(entries);
  shown.current = entries;
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    asked.current += 1;
    setEntries(null);
    setNext(null);
    setFailure("");
    const timer = setTimeout(() => latest.current(), words ? PAUSE : 0);
    return () => clearTimeout(timer);
  }, [kind, words]);

  useEffect(
    () =>
      onFrame((frame) => {
        const changed = frame.type === "synced" ? frame.messages : frame.type === "message_deleted" ? [frame] : [];
        const gone = new Set(changed.filter(({ deleted_at }) => deleted_at).map(({ id }) => id));
        if (gone.size) setEntries((now) => now?.filter(({ message_id }) => !gone.has(message_id)) ?? null);
        const isNew = frame.type === "message" && frame.chat === chat.key && filesOf([frame], () => true).length > 0;
        if (isNew || frame.type === "connection_established") latest.current();
      }),
    [],
  );

  const goTo = (/** @type {Placed} */ entry) => screen.go(chat.key, entry.seq);
  const open = (/** @type {Placed} */ entry) => openLightbox(chat.key, entries ?? [], entry.attachment.id);
  const isGrid = kind === "image" || kind === "video";
  return html`<${PanelHead} title=${t("Files")} back=${t("Back")} />
    <div class="files-tools">
      <div class="kinds" role="group" aria-label=${t("Kind of file")}>${KINDS.map(
        ([name, label]) =>
          html`<button type="button" key=${name} aria-pressed=${kind === name} onClick=${() => setKind(name)}>${label()}</button>`,
      )}</div>
      <label class="files-search"><${Icon} name="search" /><span class="sr">${t("Search files by name")}</span>
        <input type="search" class="input" placeholder=${t("Search by name")} autocomplete="off" maxlength="100" value=${words}
          onInput=${(/** @type {any} */ event) => setWords(event.target.value)} /></label>
    </div>
    <div class="panel-body" ref=${body}>
      <${Failure} failure=${failure} load=${load} />
      ${
        !entries && !failure
          ? html`<${Skeleton} />`
          : entries?.length === 0
            ? html`<${Empty} icon=${KINDS.find(([name]) => name === kind)?.[2]} title=${words.trim() ? t("Nothing found") : t("Nothing here yet")}
                text=${words.trim() ? "" : t("What is sent in this chat shows up here.")} />`
            : isGrid
              ? html`<ul class="files-grid">${entries?.map(
                  (entry) =>
                    html`<li key=${entry.attachment.id}><${Tile} entry=${entry} open=${() => open(entry)} /></li>`,
                )}</ul>`
              : html`<ul class="files-list">${entries?.map(
                  (entry) => html`<li key=${entry.attachment.id}>
                    ${
                      entry.attachment.kind === "audio"
                        ? html`<${Sound} file=${entry.attachment} tabindex=${0} />`
                        : html`<${FileCard} file=${entry.attachment} tabindex=${0} />`
                    }
                    <p class="files-from"><bdi>${nameOf(entry.user_id, entry.display_name || entry.username)}</bdi>
                      <time dateTime=${entry.timestamp}>${shortTime(entry.timestamp, new Date(store.now.value))}</time>
                      <${IconButton} icon="message-square" label=${t("Go to message")} onClick=${() => goTo(entry)} /></p>
                  </li>`,
                )}</ul>`
      }
      <${ShowMore} hasMore=${next !== null && !failure} onClick=${loadMore} />
    </div>`;
}

/** @param {{entry: Placed, open: () => void}} props */
function Tile({ entry, open }) {
  const file = entry.attachment;
  if (file.kind === "image") return html`<${Picture} file=${file} single=${false} tabindex=${0} open=${open} />`;
  return html`<button type="button" class="picture" aria-haspopup="dialog" aria-label=${file.alt || nameOfFile(file)} onClick=${open}>
    ${file.thumb ? html`<img src=${file.thumb} alt="" loading="lazy" decoding="async" data-cut="true" />` : null}
    <span class="play-mark"><${Icon} name="play" /></span></button>`;
}
