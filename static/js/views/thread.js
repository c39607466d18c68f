// @ts-check
/** A chain of replies in the pane at the side: its first message, the replies, and a box to answer in. */

import * as api from "chat/api.js";
import { load as loadModule } from "chat/browser.js";
import { dayNumber, t, tn } from "chat/i18n.js";
import * as messages from "chat/messages.js";
import { onFrame } from "chat/news.js";
import { nameOf } from "chat/people.js";
import * as screen from "chat/screen.js";
import * as session from "chat/session.js";
import * as store from "chat/store.js";
import * as threads from "chat/threads.js";
import * as timeline from "chat/timeline.js";
import { Empty, html, Icon, late, Skeleton } from "chat/ui.js";
import { Composer } from "chat/views/composer.js";
import { Day, focusComposer, MessageView } from "chat/views/message.js";
import { PanelHead } from "chat/views/panel.js";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

const MessageMenu = late(async () => (await loadModule("chat/views/menu.js")).MessageMenu);

const PAGE = 50;
/** Within so many px of the end, new replies scroll in; within so many of the start, older ones are loaded. */
const NEAR = 50;
const AHEAD = 400;

/** @param {{chat: import("../types.js").Chat, id: number}} props `id` of its first message */
export function Thread({ chat, id: root }) {
  const [chain, setChain] = useState(/** @type {threads.Chain | null} */ (null));
  const [failure, setFailure] = useState("");
  const [cursor, setCursor] = useState(/** @type {string | null} */ (null)); // the row that Tab reaches
  const [flash, setFlash] = useState("");
  const [menu, setMenu] = useState(/** @type {any} */ (null));
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  const latest = useRef(/** @type {any} */ (null));
  const loading = useRef(false);
  const me = store.me.value;
  const name = threads.boxOf(chat.key, root);

  // ---- loading, and what comes
  const fetch = async (/** @type {string} */ query) => {
    const page = await api.get(`${api.pathOf(chat.key)}/thread/${root}?${query}`);
    session.outbox.delivered(page.messages.map((/** @type {any} */ message) => message.client_id));
    return page;
  };
  /** A page may be older than what came live meanwhile. @param {threads.Chain} found */
  const fresh = (found) => threads.merge(found, store.state.value.recent.get(chat.key) ?? []);
  const load = async () => {
    try {
      const page = await fetch(`limit=${PAGE}`);
      setChain(fresh(threads.fromPage(page)));
      setFailure("");
    } catch (error) {
      if (!(error instanceof api.Refused)) throw error;
      setFailure(error.status === 404 ? t("This message is no longer available") : error.sentence);
    }
  };
  const loadOlder = async () => {
    const first = chain?.replies[0];
    if (!chain?.hasMore || !first || loading.current) return;
    loading.current = true;
    const page = await fetch(`limit=${PAGE}&before_seq=${first.seq}`).catch(() => null);
    loading.current = false;
    if (!page) return;
    setChain((now) => now && fresh(threads.older(now, page)));
  };
  /** Whether one follows the chain, where no frame tells. */
  const askFollowing = async () => {
    const page = await fetch("limit=1").catch(() => null);
    if (page) setChain((now) => now && { ...now, following: page.following });
  };
  const hasChain = chain !== null;
  latest.current = { load, askFollowing, hasChain };
  useEffect(() => {
    load();
    return onFrame((frame) => {
      setChain((now) => now && threads.heard(now, frame));
      const isOwn = frame.type === "message" && frame.thread_root_id === root && frame.user_id === store.myId;
      if (frame.type === "connection_established" && !latest.current.hasChain) latest.current.load();
      else if (frame.type === "connection_established" || isOwn) latest.current.askFollowing();
    });
  }, []);

  // ---- the focus comes here, and goes back to where it was
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    if (!matchMedia("(hover: hover)").matches) heading.current?.focus();
    return () => {
      if (document.activeElement && document.activeElement !== document.body) return;
      const isOpener = before?.isConnected && before !== document.body && !before.closest("[role=menu]");
      const row = document.querySelector(`.timeline [data-seq="${latest.current.seq}"]`);
      const target = /** @type {HTMLElement | null} */ (isOpener ? before : row);
      if (target) target.focus({ preventScroll: true });
      else focusComposer();
    };
  }, []);
  latest.current.seq = chain?.root.seq;

  // ---- what is shown
  const entries = store.outbox.value;
  const mine = useMemo(() => (chain ? entries.filter((entry) => threads.awaits(chain, entry)) : []), [entries, chain]);
  const today = dayNumber(new Date(store.now.value));
  const deletions = store.deletions.value;
  const rows = useMemo(() => {
    if (!chain || !me) return [];
    const own = mine.map((entry) => (entry.reply_to === root ? { ...entry, reply_to: null } : entry));
    const dayOf = (/** @type {string} */ iso) => dayNumber(new Date(iso));
    return timeline.rows({
      messages: timeline.withDeletions(chain.replies, deletions),
      entries: own,
      lines: [],
      unreadFrom: 0,
      me,
      dayOf,
    });
  }, [chain?.replies, deletions, mine, me]);
  const isStuck = useRef(true);
  const before = useRef({ first: 0, height: 0 });
  const settle = () => {
    const area = box.current;
    if (!area) return;
    const first = chain?.replies[0]?.seq ?? 0;
    if (isStuck.current) area.scrollTop = area.scrollHeight;
    else if (first < before.current.first) area.scrollTop += area.scrollHeight - before.current.height;
    before.current = { first, height: area.scrollHeight };
  };
  latest.current.settle = settle;
  useLayoutEffect(settle, [rows]);
  useEffect(() => {
    const area = box.current;
    if (!area) return;
    const observer = new ResizeObserver(() => latest.current.settle());
    observer.observe(area);
    if (area.firstElementChild) observer.observe(area.firstElementChild);
    return () => observer.disconnect();
  }, [hasChain]);
  const look = () => {
    const area = box.current;
    if (!area) return;
    isStuck.current = area.scrollHeight - area.scrollTop - area.clientHeight < NEAR;
    if (area.scrollTop < AHEAD) loadOlder();
  };
  const sent = useRef(mine.length);
  useLayoutEffect(() => {
    if (mine.length > sent.current) {
      isStuck.current = true;
      settle();
    }
    sent.current = mine.length;
  }, [mine.length]);
  useEffect(() => {
    if (!flash) return;
    const timer = setTimeout(() => setFlash(""), 2000);
    return () => clearTimeout(timer);
  }, [flash]);

  // ---- what one does
  const all = () => /** @type {HTMLElement[]} */ ([...(box.current?.querySelectorAll(".message") ?? [])]);
  const calls = useMemo(
    () => ({
      jumpTo: (/** @type {number} */ seq) => latest.current.jumpTo(seq),
      openMenu: (/** @type {string} */ key, /** @type {any} */ at) => latest.current.openMenu(key, at),
    }),
    [],
  );
  latest.current.jumpTo = (/** @type {number} */ seq) => {
    const row = all().find((element) => element.dataset.seq === String(seq));
    if (!row) return screen.go(chat.key, seq);
    row.scrollIntoView({ block: "center" });
    setFlash(row.dataset.key ?? "");
  };
  const messageOf = (/** @type {string} */ key) => {
    if (key === "root") return chain?.root;
    const row = rows.find((row) => row.key === key);
    return row?.type === "message" && !row.entry ? row.message : undefined;
  };
  latest.current.openMenu = (/** @type {string} */ key, /** @type {any} */ at) => {
    const message = messageOf(key);
    if (message) setMenu({ message, row: key, at });
  };
  const turn = (/** @type {string} */ key) => {
    const area = box.current;
    if (!area) return false;
    const page = 0.9 * area.clientHeight;
    const steps = /** @type {Record<string, number>} */ ({ Home: -1e7, End: 1e7, PageUp: -page, PageDown: page });
    if (!(key in steps)) return false;
    area.scrollBy({ top: steps[key] });
    return true;
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!target.classList.contains("message")) return;
    if ((event.key === "ArrowUp" || event.key === "ArrowDown") && !event.altKey) {
      const next = all()[all().indexOf(target) + (event.key === "ArrowUp" ? -1 : 1)];
      setCursor(next?.dataset.key ?? cursor);
      next?.focus();
    } else if (event.key === "Enter" || event.key === "ContextMenu") {
      const { left, top } = target.getBoundingClientRect();
      latest.current.openMenu(target.dataset.key ?? "", { x: left + 64, y: top + 24 });
    } else return;
    event.preventDefault();
  };
  const follow = () => {
    if (!chain) return;
    const { following } = chain;
    const set = (/** @type {boolean} */ value) => setChain((now) => now && { ...now, following: value });
    set(!following);
    screen
      .attempt(() => api.call(following ? "DELETE" : "PUT", `/messages/${root}/follow`))
      .then((isDone) => isDone || set(following));
  };

  const first = useMemo(() => chain && { ...chain.root, reply_to: null }, [chain?.root]);
  const last = rows.findLast((row) => row.type === "message")?.key ?? "root";
  const reach = cursor && messageOf(cursor) ? cursor : last;
  /** @param {string} key @param {import("../types.js").Message} message @param {boolean} head @param {any} entry */
  const view = (key, message, head, entry) => html`<${MessageView} key=${key} id=${key} message=${message} head=${head}
    entry=${entry} name=${nameOf(message.user_id, message.username)} chat=${chat.kind} box=${name}
    held=${menu?.row === key} reachable=${reach === key} flash=${flash === key} own=${message.user_id === me?.id}
    moderates=${chat.kind === "room" && chat.role !== "member"} archived=${chat.archived}
    jumpTo=${calls.jumpTo} openMenu=${calls.openMenu} />`;
  const count = chain?.root.reply_count ?? 0;
  return html`<${PanelHead} back=${t("Back to the chat")} close=${t("Close thread")}
      title=${html`<div class="thread-title"><h2 tabindex="-1" ref=${heading}>${t("Thread")}</h2><p><bdi>${chat.title}</bdi></p></div>`}>
      ${
        chain
          ? html`<button type="button" class="button button-small" role="switch" aria-checked=${chain.following}
              aria-label=${t("Follow this thread")} onClick=${follow}>
              <${Icon} name=${chain.following ? "bell" : "bell-off"} />${chain.following ? t("Following") : t("Follow")}</button>`
          : null
      }
    </${PanelHead}>
    <div class="scroller thread" ref=${box} onScroll=${look} onKeyDown=${onKeyDown} role="log" aria-live="off" tabindex="-1"
      aria-label=${t("Messages in this thread")}
      onContextMenu=${(/** @type {any} */ event) => {
        const row = event.target.closest?.(".message")?.dataset.key;
        if (!row || event.pointerType === "mouse" || event.target.closest("a")) return;
        event.preventDefault();
        latest.current.openMenu(row, { x: event.clientX, y: event.clientY });
      }}>
      <div class="thread-rows">${
        failure
          ? html`<${Empty} icon="triangle-alert" title=${t("Couldn't load messages")} text=${failure}>
              <button type="button" class="button" onClick=${load}>${t("Try again")}</button></${Empty}>`
          : first && chain
            ? html`${view("root", first, true, null)}
              <div class="day" role="separator"><span>${count ? tn(count, "{count} reply", "{count} replies") : t("No replies yet")}</span></div>
              ${chain.hasMore ? html`<${Skeleton} />` : null}
              ${rows.map((row) =>
                row.type === "message"
                  ? view(row.key, row.message, row.head, row.entry)
                  : row.type === "day" && row.key !== `day-${dayNumber(new Date(first.timestamp))}`
                    ? html`<${Day} key=${row.key} time=${row.time} today=${today} />`
                    : null,
              )}`
            : html`<${Skeleton} />`
      }</div>
    </div>
    ${chain ? html`<${Composer} chat=${chat} thread=${{ name, root, turn, lastOwn: () => chain.replies.findLast(messages.canEdit) }} />` : null}
    ${menu && html`<${MessageMenu} ...${menu} chat=${chat} box=${name} onClose=${() => setMenu(null)} />`}`;
}
