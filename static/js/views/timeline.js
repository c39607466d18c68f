// @ts-check
/** The messages of a chat. Keeps its place to the pixel while rows come and go above, below and within. */

import { signal } from "@preact/signals";
import { load } from "chat/browser.js";
import { clockTime, dayName, dayNumber, t, tn } from "chat/i18n.js";
import { isTouched } from "chat/kept/local.js";
import * as messages from "chat/messages.js";
import { nameOf } from "chat/people.js";
import * as screen from "chat/screen.js";
import { put } from "chat/state.js";
import * as store from "chat/store.js";
import * as timeline from "chat/timeline.js";
import { Empty, html, Icon, late, Skeleton } from "chat/ui.js";
import { Beginning, Day, focusComposer, MessageView, reply } from "chat/views/message.js";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

/** Within so many px of the end, new messages scroll in. */
const NEAR = 50;
/** Pages load when less than this many screens are left. */
const AHEAD = 1.5;

const Lines = late(async () => (await load("chat/views/lines.js")).Lines);
const MessageMenu = late(async () => (await load("chat/views/menu.js")).MessageMenu);

/** How long the day stays in sight after one scrolled, in ms. */
const DAY_STAYS = 1500;

/** What others do to the messages on the screen. @type {{turn: ((key: string) => boolean) | null, jump: ((seq: number) => void) | null}} */
const shown = { turn: null, jump: null };

/** Scroll the messages by a key: PageUp, PageDown, Home or End. Gives whether it does anything. @param {string} key */
export const turn = (key) => shown.turn?.(key) ?? false;

/** Go to a message of the chat that is shown. @param {number} seq */
export const jump = (seq) => shown.jump?.(seq);

/** The time of what is at the top, and whether its day is shown: while one scrolls. */
const atTop = signal(/** @type {{time: string, isShown: boolean}} */ ({ time: "", isShown: false }));

/** Ask which day to go to. @param {import("../types.js").Chat} chat */
export const askForDate = (chat) =>
  screen.openDialog(load("chat/views/days.js"), "JumpToDate", { chat, time: atTop.peek().time });

/** The day of what is at the top. It is drawn by itself: the messages are not compared again for it. @param {{chat: import("../types.js").Chat}} props */
function TopDay({ chat }) {
  const { time, isShown } = atTop.value;
  store.now.value; // "Today" becomes "Yesterday"
  if (!time) return null;
  const day = dayName(time);
  return html`<button type="button" class="day-chip" data-shown=${isShown} tabindex=${isShown ? 0 : -1} aria-hidden=${!isShown}
    aria-label=${t("{day}: jump to a date", { day })} onClick=${() => askForDate(chat)}>${day}</button>`;
}

/** @type {import("../state.js").Line[]} */
const NO_LINES = [];

/**
 * Where the reader is. Kept outside of what is drawn: it changes with every scroll.
 * @typedef {object} View
 * @property {boolean} stuck at the end, and stays there
 * @property {{key: string, top: number} | null} anchor the first row in sight, and its distance from the top of all rows
 * @property {{seq: number, flash: boolean} | null} wanted a message to go to as soon as it is there
 * @property {boolean} toEnd on the way to the end: whatever comes meanwhile, that is where to go
 * @property {boolean} up on the way up: while that begins, what comes does not lead back to the end
 * @property {number | null} goal where pressed keys lead, while it scrolls there
 * @property {number} top where the reader was last
 * @property {number} most that one could scroll then
 * @property {boolean} placed the first position was taken
 */

/** @param {{chat: import("../types.js").Chat}} props */
export function Timeline({ chat }) {
  const key = chat.key;
  const scroller = useRef(/** @type {HTMLElement | null} */ (null));
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  /** @type {{current: View}} */
  const view = useRef({
    stuck: true,
    anchor: null,
    wanted: null,
    toEnd: false,
    placed: false,
    up: false,
    goal: null,
    top: 0,
    most: 0,
  });
  const latest = useRef(/** @type {any} */ (null));
  // What rows call stays the same from drawing to drawing, so that rows which did not change are left alone.
  const calls = useMemo(
    () => ({
      jumpTo: (/** @type {number} */ seq) => latest.current.jumpTo(seq),
      openMenu: (/** @type {string} */ key, /** @type {{x: number, y: number}} */ at) =>
        latest.current.openMenu(key, at),
    }),
    [],
  );
  const [cursor, setCursor] = useState(/** @type {string | null} */ (null)); // the row that Tab reaches
  const [flash, setFlash] = useState(0);
  const [isUp, setUp] = useState(false); // scrolled away from the end
  const [isCut, setCut] = useState(false); // something is below the fold
  const [menu, setMenu] = useState(/** @type {any} */ (null));
  const [isSlow, setSlow] = useState(false);

  const found = store.state.value.timelines.get(key);
  const isAtEnd = found?.atEnd ?? false;
  const me = store.me.value;
  const unreadFrom = store.unreadFrom.value.get(key) ?? 0;
  const entries = store.outbox.value;
  const mine = useMemo(() => entries.filter((entry) => entry.chat === key), [entries, key]);
  const allLines = store.state.value.lines.get(key) ?? NO_LINES;
  const people = store.people.value;
  const lines = useMemo(
    () =>
      allLines
        .filter((line) => isAtEnd || (found && line.after < timeline.lastSeq(found)))
        .map((line) => ({ ...line, name: nameOf(line.id, line.name) })),
    [allLines, people, isAtEnd, found?.messages],
  );
  const deletions = store.deletions.value;
  const all = useMemo(() => timeline.withDeletions(found?.messages ?? [], deletions), [found?.messages, deletions]);
  const today = dayNumber(new Date(store.now.value));
  const drawn = useMemo(
    () =>
      found && me
        ? timeline.rows({
            messages: all,
            entries: isAtEnd ? mine : [],
            lines,
            unreadFrom,
            me,
            dayOf: (iso) => dayNumber(new Date(iso)),
          })
        : [],
    [all, isAtEnd, mine, lines, unreadFrom, me],
  );

  // ---- opening, and links to messages
  const linked = store.place.value.seq;
  useLayoutEffect(() => {
    const first = chat.unread_count > 0 ? chat.last_read_seq + 1 : 0;
    store.unreadFrom.value = put(store.unreadFrom.value, key, first || undefined);
    messages.keepUnread(key, false);
    const seq = linked ?? (first || null);
    view.current.wanted = seq === null ? null : { seq, flash: linked !== null };
    view.current.stuck = seq === null;
    messages.show(key, seq).then(() => arrived(seq));
    const slow = setTimeout(() => setSlow(true), 200);
    return () => clearTimeout(slow);
  }, []);
  useLayoutEffect(() => {
    if (linked !== null && view.current.placed) jumpTo(linked);
  }, [store.place.value]); // also the same one again

  /** @param {number} seq */
  const jumpTo = (seq) => {
    view.current.wanted = { seq, flash: true };
    view.current.stuck = view.current.toEnd = false;
    messages.show(key, seq).then(() => arrived(seq));
    settle();
  };

  /** What was asked for has come, unless there is no such message: then the end will do. @param {number | null} seq */
  const arrived = (seq) => {
    const now = store.state.peek().timelines.get(key);
    const { wanted } = view.current;
    if (!now || wanted?.seq !== seq || timeline.holds(now, seq) || store.failures.peek().has(key)) return;
    if (wanted.flash) screen.toast(t("Message not found"));
    jumpToEnd("instant");
  };

  const jumpToEnd = (/** @type {ScrollBehavior} */ behavior = "smooth") => {
    view.current.wanted = view.current.goal = null;
    view.current.stuck = view.current.toEnd = true;
    view.current.up = false;
    if (store.state.peek().timelines.get(key)?.atEnd) {
      const box = scroller.current;
      const far = box && box.scrollHeight - box.scrollTop > 3 * box.clientHeight;
      box?.scrollTo({ top: box.scrollHeight, behavior: far || isStill() ? "instant" : behavior });
    } else messages.show(key, null);
  };

  /** Scroll as for a pressed key. @param {number} top */
  const scrollTo = (top) => {
    const box = scroller.current;
    if (!box) return;
    view.current.goal = Math.max(0, Math.min(box.scrollHeight - box.clientHeight, top));
    box.scrollTo({ top: view.current.goal, behavior: isStill() ? "instant" : "smooth" });
  };

  // ---- keeping the place
  const settle = (isBack = false) => {
    const box = scroller.current;
    const rows = list.current;
    const here = view.current;
    if (!box || !rows || !found) return;
    if (here.wanted) {
      const row = /** @type {HTMLElement | null} */ (rows.querySelector(`[data-seq="${here.wanted.seq}"]`));
      if (!row) return; // it is on its way
      const isLink = here.wanted.flash;
      if (isLink) setFlash(here.wanted.seq);
      here.wanted = null;
      here.stuck = false;
      box.scrollTop = row.offsetTop - box.clientHeight * (isLink ? 0.4 : 0.25);
    } else if (here.stuck && isAtEnd) {
      // What came while nobody looked, or while the connection was away, stays in sight instead of scrolling past.
      const line = /** @type {HTMLElement | null} */ (rows.querySelector(".new-line"));
      const end = box.scrollHeight - box.clientHeight;
      const above = isBack ? box.clientHeight * 0.25 : 16;
      const isHeld = line && here.placed && (isBack || !store.isFocused.value);
      const goal = isHeld ? Math.min(end, line.offsetTop - above) : end;
      // Who has scrolled past the line, perhaps in a window without focus, is not led back to it.
      box.scrollTop = isBack ? goal : Math.max(goal, box.scrollTop);
    } else if (here.anchor) {
      const row = rows.querySelector(`[data-key="${CSS.escape(here.anchor.key)}"]`);
      // How far the row moved among the rows, not on the screen: what the reader scrolled meanwhile stays.
      const moved = row ? distance(row, rows) - here.anchor.top : 0;
      if (moved) {
        const { goal } = here;
        box.scrollTop += moved; // and so ends what scrolls by a pressed key
        if (goal !== null) scrollTo(goal + moved);
      }
    }
    here.placed = true;
    look();
  };

  /** Note where the reader is, and what that means. */
  const look = () => {
    const box = scroller.current;
    const rows = list.current;
    const here = view.current;
    if (!box || !rows || !found || !here.placed || here.wanted) return;
    const below = box.scrollHeight - box.scrollTop - box.clientHeight;
    if (box.scrollTop > here.top) here.up = false;
    else if (box.scrollTop < here.top && box.scrollHeight - box.clientHeight === here.most) here.up = true;
    here.top = box.scrollTop;
    here.most = box.scrollHeight - box.clientHeight;
    const isHere = isAtEnd && below < NEAR && !here.up;
    if (isHere) here.toEnd = false;
    here.stuck = isHere || here.toEnd;
    here.anchor = anchorOf(box, rows);
    messages.follow(key, isHere);
    setUp(!isAtEnd || below > box.clientHeight / 2);
    setCut(below > 8);
    if (box.scrollTop < AHEAD * box.clientHeight) messages.loadOlder(key);
    if (below < AHEAD * box.clientHeight) messages.loadNewer(key);
    if (store.isFocused.value && chat.unread_count > 0) messages.markRead(key, lastSeen(box, rows));
  };

  /** While one scrolls, say of which day it is, unless the line with that day stands there. */
  const dayTimer = useRef(/** @type {any} */ (null));
  const showDay = () => {
    const [box, rows, here] = [scroller.current, list.current, view.current];
    const row = drawn.find((row) => row.key === here.anchor?.key);
    clearTimeout(dayTimer.current);
    const time = row?.type === "message" ? row.message.timestamp : "";
    // Above the first message of all, its day is further down.
    const isThere = (/** @type {HTMLElement} */ day) => {
      const down = day.offsetTop - (box?.scrollTop ?? 0);
      return Math.abs(down) < 48 || (down > 0 && day.dataset.key === `day-${dayNumber(new Date(time))}`);
    };
    const days = /** @type {HTMLElement[]} */ ([...(rows?.querySelectorAll(".day") ?? [])]);
    const isShown = time !== "" && !here.stuck && !here.wanted && !days.some(isThere);
    const before = atTop.peek();
    if (before.time !== time || before.isShown !== isShown) atTop.value = { time, isShown };
    if (isShown)
      dayTimer.current = setTimeout(() => {
        atTop.value = { ...atTop.peek(), isShown: false };
      }, DAY_STAYS);
  };

  const wasStale = useRef(false); // messages were missed, and are asked for
  useLayoutEffect(() => {
    const isStale = found?.stale ?? false;
    settle(wasStale.current && !isStale);
    wasStale.current = isStale;
  }, [drawn, found?.stale]);
  // With the connection comes what did not come without it.
  useEffect(() => {
    const { wanted } = view.current;
    if (wanted && store.status.value === "open") messages.show(key, wanted.seq).then(() => arrived(wanted.seq));
  }, [store.status.value === "open"]);
  useEffect(look, [store.isFocused.value, store.status.value === "open", drawn]);
  useEffect(() => {
    const box = scroller.current;
    const rows = list.current;
    if (!box || !rows) return;
    const observer = new ResizeObserver(() => settle());
    observer.observe(box);
    observer.observe(rows);
    return () => observer.disconnect();
  }, [found === undefined, isAtEnd]);

  // ---- one's own words bring one to the end
  const said = mine.filter((entry) => !entry.box).length;
  const count = useRef(said);
  useLayoutEffect(() => {
    if (said > count.current) jumpToEnd();
    count.current = said;
  }, [said]);

  // ---- a finger that swipes over a message replies to it
  useEffect(() => {
    const box = scroller.current;
    if (!box || !isTouched()) return;
    let stop = () => {};
    let isHere = true;
    load("chat/views/swipe.js").then(
      ({ watchSwipes }) => {
        if (isHere)
          stop = watchSwipes(box, (/** @type {HTMLElement} */ row) => latest.current.replyTo(row.dataset.key));
      },
      () => {}, // the menu has it, too
    );
    return () => {
      isHere = false;
      stop();
    };
  }, [found === undefined]);

  useEffect(
    () => () => {
      shown.turn = shown.jump = null;
      clearTimeout(dayTimer.current);
      atTop.value = { time: "", isShown: false };
      view.current.wanted = null; // what still comes is not for this view
    },
    [],
  );

  useEffect(() => {
    if (!flash) return;
    const timer = setTimeout(() => setFlash(0), 2000);
    return () => clearTimeout(timer);
  }, [flash]);

  const failure = store.failures.value.get(key);
  if (!found)
    return html`<div class="timeline">${
      failure
        ? html`<${Empty} icon="triangle-alert" title=${t("Couldn't load messages")} text=${failure.sentence}>
            <button type="button" class="button" onClick=${() => messages.show(key, linked)}>${t("Try again")}</button></${Empty}>`
        : isSlow
          ? html`<${Skeleton} />`
          : null
    }</div>`;

  const last = drawn.findLast((row) => row.type === "message")?.key;
  const reach = cursor && drawn.some((row) => row.key === cursor) ? cursor : last;

  const move = (/** @type {HTMLElement} */ from, /** @type {number} */ step) => {
    const all = /** @type {HTMLElement[]} */ ([...(list.current?.querySelectorAll(".message") ?? [])]);
    const next = all[all.indexOf(from) + step];
    if (!next) return;
    setCursor(next.dataset.key ?? null);
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };

  const openMenu = (/** @type {string} */ rowKey, /** @type {{x: number, y: number}} */ at) => {
    const row = drawn.find((row) => row.key === rowKey);
    if (row?.type === "message" && !row.entry) setMenu({ message: row.message, row: rowKey, at });
  };

  /** What replies to the message of a row; null: nothing may. @param {string} rowKey */
  const replyTo = (rowKey) => {
    const row = drawn.find((row) => row.key === rowKey);
    if (row?.type !== "message" || row.entry || row.message.deleted_at || chat.archived) return null;
    return () => reply(row.message);
  };

  latest.current = { jumpTo, openMenu, replyTo };
  const hasButton = isUp || (isCut && chat.unread_count > 0);

  shown.jump = jumpTo;
  shown.turn = (key) => {
    const box = scroller.current;
    if (!box) return false;
    view.current.toEnd = false;
    if (key === "End") {
      jumpToEnd();
      return true;
    }
    const page = 0.9 * box.clientHeight;
    const step = { Home: -box.scrollHeight, PageUp: -page, PageDown: page }[key];
    if (step === undefined) return false;
    // A second press goes on from where the first one leads, not from where it has come so far.
    const { goal } = view.current;
    const from = goal !== null && "onscrollend" in window ? goal : box.scrollTop;
    if (step < 0 && box.scrollTop > 0) {
      view.current.up = true;
      view.current.stuck = false;
    }
    scrollTo(from + step);
    return true;
  };

  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.key !== "End") view.current.toEnd = false;
    if (event.key === "End" && !event.altKey) jumpToEnd();
    else if (!target.classList.contains("message")) return;
    else if (event.key === "ArrowUp" && !event.altKey) move(target, -1);
    else if (event.key === "ArrowDown" && !event.altKey) move(target, 1);
    else if (event.key === "Escape") focusComposer();
    else if (event.key === "Enter" || event.key === "ContextMenu") {
      const box = target.getBoundingClientRect();
      openMenu(target.dataset.key ?? "", { x: box.left + 64, y: box.top + 24 });
    } else return;
    event.preventDefault();
  };

  /** Several messages are copied as a list of who said what; a part of one as it is. @param {ClipboardEvent} event */
  const onCopy = (event) => {
    const selection = getSelection();
    const all = /** @type {HTMLElement[]} */ ([...(list.current?.querySelectorAll(".message") ?? [])]);
    const chosen = selection?.rangeCount ? all.filter((row) => selection.containsNode(row, true)) : [];
    if (!selection || chosen.length < 2) return;
    const lines = chosen.flatMap((element) => {
      const row = drawn.find((row) => row.key === element.dataset.key);
      const text = textWithin(selection.getRangeAt(0), element.querySelector(".prose, .deleted"));
      if (row?.type !== "message" || !text) return [];
      const { user_id, username, timestamp } = row.message;
      return `${nameOf(user_id, username)}, ${clockTime(timestamp)}: ${text}`;
    });
    event.clipboardData?.setData("text/plain", lines.join("\n"));
    event.preventDefault();
  };

  const goesFree = () => {
    view.current.toEnd = false;
    view.current.goal = null;
  };
  const rowOf = (/** @type {Event} */ event) =>
    /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest?.(".message"))?.dataset.key ??
    null;

  return html`<div class="timeline">
    <div class="scroller" ref=${scroller} onScroll=${() => {
      look();
      showDay();
    }} onScrollEnd=${() => {
      const { goal } = view.current;
      if (goal !== null && Math.abs((scroller.current?.scrollTop ?? goal) - goal) > 2) return; // it goes on
      view.current.goal = null;
      view.current.up = false;
      look();
    }} onWheel=${goesFree} onPointerDown=${goesFree} onTouchMove=${goesFree} role="log"
      aria-live="off" tabindex="-1"
      aria-label=${t("Messages in {chat}", { chat: chat.title })}
      onKeyDown=${onKeyDown} onCopy=${onCopy}
      onFocusIn=${(/** @type {Event} */ event) => {
        const row = rowOf(event);
        if (row) setCursor(row);
      }}
      onContextMenu=${(/** @type {PointerEvent} */ event) => {
        const row = rowOf(event);
        if (!row || isForBrowser(event)) return;
        event.preventDefault();
        openMenu(row, { x: event.clientX, y: event.clientY });
      }}>
      <div class="sheet"><div class="rows" ref=${list}>
        ${timeline.atStart(found) ? html`<${Beginning} chat=${chat} empty=${drawn.length === 0} />` : html`<${Skeleton} />`}
        ${drawn.map((row) => {
          if (row.type === "day") return html`<${Day} key=${row.key} time=${row.time} today=${today} />`;
          if (row.type === "new")
            return html`<div class="new-line" key="new" data-key="new" role="separator"><span>${t("New messages")}</span></div>`;
          if (row.type === "lines") return html`<${Lines} key=${row.key} row=${row} />`;
          const { message } = row;
          return html`<${MessageView} key=${row.key} id=${row.key} message=${message} head=${row.head} entry=${row.entry}
            name=${nameOf(message.user_id, message.username)} chat=${chat.kind}
            held=${menu?.row === row.key} reachable=${reach === row.key} flash=${flash === message.seq && !row.entry}
            own=${message.user_id === me?.id} moderates=${chat.kind === "room" && chat.role !== "member"}
            archived=${chat.archived} jumpTo=${calls.jumpTo} openMenu=${calls.openMenu} />`;
        })}
      </div></div>
    </div>
    <${TopDay} chat=${chat} />
    <button type="button" class="jump" data-shown=${hasButton} tabindex=${hasButton ? 0 : -1} aria-hidden=${!hasButton}
      onClick=${() => jumpToEnd()}
      aria-label=${
        chat.unread_count
          ? tn(chat.unread_count, "Jump to latest, {count} new message", "Jump to latest, {count} new messages")
          : t("Jump to latest")
      }>
      <${Icon} name="arrow-down" />
      ${chat.unread_count ? html`<span class="badge">${chat.unread_count > 99 ? "99+" : chat.unread_count}</span>` : null}
    </button>
    ${menu && html`<${MessageMenu} ...${menu} chat=${chat} onClose=${() => setMenu(null)} />`}
  </div>`;
}

const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Whether the browser's own menu has more to offer: for links, for what is selected, and with Shift. @param {MouseEvent} event */
function isForBrowser(event) {
  const target = /** @type {Element} */ (event.target);
  const selection = getSelection();
  const isSelected = selection && !selection.isCollapsed && selection.containsNode(target, true);
  return event.shiftKey || Boolean(isSelected) || target.closest("a, img, video, input, textarea") !== null;
}

/** The first row in sight. @param {HTMLElement} box @param {HTMLElement} rows */
function anchorOf(box, rows) {
  const children = rows.children;
  const top = box.scrollTop;
  let [low, high] = [0, children.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = /** @type {HTMLElement} */ (children[middle]);
    if (row.offsetTop + row.offsetHeight > top) high = middle;
    else low = middle + 1;
  }
  // Lines between messages have other places when a page comes, and the first message may lose its header.
  const first = rows.querySelector("[data-seq]");
  const isFirm = (/** @type {Element} */ row) => /** @type {HTMLElement} */ (row).dataset.seq && row !== first;
  while (low < children.length - 1 && !isFirm(children[low])) low += 1;
  const row = /** @type {HTMLElement | undefined} */ (children[low]);
  if (!row?.dataset.key) return null;
  return { key: row.dataset.key, top: distance(row, rows) };
}

/** The words of an element that lie in a range. @param {Range} range @param {Element | null} element */
function textWithin(range, element) {
  if (!element) return "";
  const part = document.createRange();
  part.selectNodeContents(element);
  if (element.contains(range.startContainer)) part.setStart(range.startContainer, range.startOffset);
  if (element.contains(range.endContainer)) part.setEnd(range.endContainer, range.endOffset);
  const words = part.cloneContents();
  for (const br of words.querySelectorAll("br")) br.replaceWith("\n");
  for (const block of words.querySelectorAll("p, pre")) block.append("\n");
  return words.textContent?.trim() ?? "";
}

/** In px, with fractions. @param {Element} row @param {Element} rows */
const distance = (row, rows) => row.getBoundingClientRect().top - rows.getBoundingClientRect().top;

/** The position of the last message whose end is in sight, or that fills the sight; 0: none. @param {HTMLElement} box @param {HTMLElement} rows */
function lastSeen(box, rows) {
  const bottom = box.scrollTop + box.clientHeight + 8;
  const children = /** @type {HTMLCollectionOf<HTMLElement>} */ (rows.children);
  let [low, high] = [0, children.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (children[middle].offsetTop < bottom) low = middle + 1;
    else high = middle;
  }
  for (let index = low - 1; index >= 0; index -= 1) {
    const row = children[index];
    const seq = Number(row.dataset.seq);
    const end = row.offsetTop + row.offsetHeight;
    if (seq && (end <= bottom || row.offsetTop <= box.scrollTop)) return seq;
  }
  return 0;
}
