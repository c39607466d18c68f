import assert from "node:assert/strict";
import { test } from "node:test";
import { BOB, chat, hello, ME, message, messages, page } from "./helpers.mjs";
import { load } from "./setup.mjs";

const states = await load("chat/state.js");
const { statusOf } = await load("chat/names.js");
const start = (...chats) => states.reduce(states.empty(), hello(...chats), 0);
const after = (state, ...frames) => frames.reduce((now, frame) => states.reduce(now, frame, 1000), state);
const posted = (seq, more) => ({ type: "message", ...message(seq, more) });
const general = (state) => state.chats.get("general");
const seqs = (state) => state.timelines.get("general").messages.map(({ seq }) => seq);

test("the first frame gives oneself, the chats and their people", () => {
  const peer = { id: 5, username: "eve", display_name: "Eve", is_online: true };
  const state = start(chat(), chat({ key: "private:4", id: 4, kind: "private", peer }));
  assert.equal(state.me, ME);
  assert.equal(state.chats.size, 2);
  assert.equal(state.people.get(5).display_name, "Eve");
});

test("a message of somebody else is unread, and counted if it mentions me", () => {
  const state = after(start(chat()), posted(11), posted(12, { mentions: [1] }));
  assert.deepEqual(
    [general(state).unread_count, general(state).mention_count, general(state).last_message.seq],
    [2, 1, 12],
  );
});

test("one's own message reads the chat", () => {
  const state = after(start(chat()), posted(11), posted(12, { user_id: 1 }));
  assert.deepEqual([general(state).unread_count, general(state).last_read_seq], [0, 12]);
});

test("a message that comes twice is counted once", () => {
  const state = after(start(chat()), posted(11), posted(11));
  assert.equal(general(state).unread_count, 1);
});

test("an edit of the last message shows in the list", () => {
  const edit = { type: "message_updated", ...message(10, { version: 11, content: "better", edited_at: "…" }) };
  assert.equal(general(after(start(chat()), edit)).last_message.content, "better");
});

test("a deleted message keeps its place", () => {
  const opened = states.opened(start(chat()), "general", page(1, 10));
  const state = after(opened, {
    type: "message_deleted",
    ...message(4, { version: 11, content: "", deleted_at: "…" }),
  });
  assert.deepEqual(seqs(state), seqs(opened));
  assert.equal(state.timelines.get("general").messages[3].deleted_at, "…");
});

test("what comes while a page is on its way is not lost", () => {
  const late = page(1, 10); // read before 11 and the edit of 9, answered after them
  const state = after(start(chat()), posted(11), {
    type: "message_updated",
    ...message(9, { version: 12, content: "new" }),
  });
  const opened = states.opened(state, "general", late);
  assert.deepEqual(
    seqs(opened),
    messages(1, 11).map(({ seq }) => seq),
  );
  assert.equal(opened.timelines.get("general").messages[8].content, "new");
});

test("after a reconnect only the chats that changed are synced, from where they were", () => {
  const opened = states.opened(start(chat()), "general", page(1, 10));
  assert.deepEqual(states.toSync(after(opened, hello(chat()))), {});
  const back = after(opened, hello(chat({ version: 14, last_seq: 13 })));
  assert.deepEqual(states.toSync(back), { general: 10 });
});

test("live messages wait for the sync that fills the gap before them", () => {
  const opened = states.opened(start(chat()), "general", page(1, 10));
  let state = after(opened, hello(chat({ version: 13, last_seq: 13 })), posted(14));
  assert.deepEqual(seqs(state).at(-1), 10);
  assert.deepEqual(states.toSync(state), { general: 10 });
  const synced = {
    type: "synced",
    chat: "general",
    messages: messages(11, 13),
    version: 13,
    last_seq: 13,
    has_more: false,
  };
  state = after(state, synced);
  assert.deepEqual(
    seqs(state),
    messages(1, 14).map(({ seq }) => seq),
  );
  assert.deepEqual(states.toSync(state), {});
});

test("a deleted message is unread no longer, nor is a mention that was edited out, loaded or not", () => {
  const state = after(start(chat()), posted(11, { mentions: [1] }), posted(12, { mentions: [1] }), posted(13));
  const gone = (seq, version) => ({
    type: "message_deleted",
    ...message(seq, { version, content: "", deleted_at: "…" }),
  });
  const deleted = after(state, gone(12, 14));
  assert.deepEqual([general(deleted).unread_count, general(deleted).mention_count], [2, 1]);
  const edited = after(deleted, { type: "message_updated", ...message(11, { version: 15, content: "no" }) });
  assert.deepEqual([general(edited).unread_count, general(edited).mention_count], [2, 0]);
  const read = after(edited, gone(3, 16), gone(10, 17));
  assert.equal(general(read).unread_count, 2, "those were read before");
  assert.equal(general(after(read, gone(12, 14))).unread_count, 2, "told twice, counted once");
  // Before this tab knew of them; who is mentioned no more is told by the server.
  const far = start(chat({ last_seq: 500, version: 500, last_read_seq: 100, unread_count: 400, mention_count: 3 }));
  assert.equal(general(after(far, gone(200, 501))).unread_count, 399);
  const mark = { type: "read", chat: "general", user_id: 1, seq: 100, last_seq: 500 };
  const told = after(far, gone(200, 501), { ...mark, version: 501, unread_count: 399, mention_count: 2 });
  assert.deepEqual([general(told).unread_count, general(told).mention_count], [399, 2]);
});

test("what is shown is read, and what was deleted there was not unread", () => {
  const shown = states.opened(start(chat({ last_read_seq: 4, unread_count: 4, mention_count: 1 })), "general", {
    ...page(1, 10),
    messages: messages(1, 10).map((one) => ({
      ...one,
      deleted_at: [6, 9].includes(one.seq) ? "…" : null,
      mentions: one.seq === 7 ? [1] : [],
    })),
  });
  const read = (seq) => [
    general(states.seen(shown, "general", seq)).unread_count,
    general(states.seen(shown, "general", seq)).mention_count,
  ];
  assert.deepEqual(
    [read(6), read(7), read(8), read(10)],
    [
      [3, 1],
      [2, 0],
      [1, 0],
      [0, 0],
    ],
  );
});

test("another epoch leaves nothing of what was known", () => {
  const opened = states.opened(after(start(chat()), { ...hello(chat()), epoch: "A" }), "general", page(1, 10));
  const same = after(opened, { ...hello(chat({ version: 12, last_seq: 12 })), epoch: "A" });
  assert.deepEqual(states.toSync(same), { general: 10 });
  const other = after(opened, posted(11), { ...hello(chat({ version: 5, last_seq: 5 })), epoch: "B" });
  assert.deepEqual([other.epoch, other.timelines.size, other.recent.size, general(other).last_seq], ["B", 0, 0, 5]);
  assert.deepEqual(states.toSync(other), {});
  const synced = {
    type: "synced",
    chat: "general",
    messages: messages(11, 11),
    version: 11,
    last_seq: 11,
    has_more: false,
  };
  assert.equal(after(opened, { ...synced, epoch: "B", reset: false }), opened, "of a log that was not greeted with");
});

test("a sync that is answered with reset draws the chat anew", () => {
  const opened = states.opened(start(chat()), "general", page(1, 10));
  const reset = { type: "synced", chat: "general", reset: true, has_more: false };
  const state = after(opened, { ...reset, messages: messages(1, 4), version: 4, last_seq: 4 });
  assert.deepEqual(seqs(state), [1, 2, 3, 4]);
  assert.deepEqual([general(state).last_seq, general(state).version, general(state).last_message.seq], [4, 4, 4]);
  assert.deepEqual(seqs(after(state, posted(5))), [1, 2, 3, 4, 5]);
});

test("a chat without messages here is synced too when it lagged", () => {
  const state = after(start(chat()), posted(11), { type: "lagged", chats: ["general"] });
  assert.deepEqual(states.toSync(state), { general: 11 });
  const synced = {
    type: "synced",
    chat: "general",
    messages: messages(12, 13),
    version: 13,
    last_seq: 13,
    has_more: false,
  };
  const back = after(state, synced);
  assert.deepEqual([states.toSync(back), general(back).unread_count], [{}, 3]);
});

test("pages of a sync that are out of order by position are put together", () => {
  const opened = states.opened(start(chat()), "general", page(1, 10));
  let state = after(opened, hello(chat({ version: 14, last_seq: 12 })));
  const synced = { type: "synced", chat: "general", last_seq: 12 };
  state = after(
    state,
    { ...synced, messages: [message(12)], version: 12, has_more: true },
    {
      ...synced,
      messages: [message(11, { version: 13 }), message(2, { version: 14, content: "edited" })],
      version: 14,
      has_more: false,
    },
  );
  assert.deepEqual(
    seqs(state),
    messages(1, 12).map(({ seq }) => seq),
  );
  assert.equal(state.timelines.get("general").messages[1].content, "edited");
});

test("lagged marks the chat for a sync", () => {
  const opened = states.opened(start(chat()), "general", page(1, 10));
  assert.deepEqual(states.toSync(after(opened, { type: "lagged", chats: ["general", "room:9"] })), { general: 10 });
});

test("read marks of another device count, those of other people don't", () => {
  const state = after(start(chat()), posted(11), posted(12));
  const read = { type: "read", chat: "general", seq: 11, mention_count: 0 };
  assert.equal(general(after(state, { ...read, user_id: 1 })).unread_count, 1);
  assert.equal(general(after(state, { ...read, user_id: BOB })).unread_count, 2);
});

test("how far others have read is kept once it was asked for, and moves nothing of one's own", () => {
  const read = (user_id, seq) => ({ type: "read", chat: "general", user_id, seq });
  const unasked = after(start(chat()), read(BOB, 10));
  assert.equal(general(unasked).reads, undefined);
  const asked = states.readBy(unasked, "general", [
    { user_id: BOB, seq: 9 },
    { user_id: 5, seq: 8 },
  ]);
  const state = after(asked, posted(11), read(5, 10), read(5, 3));
  assert.deepEqual(
    general(state).reads.toSorted((a, b) => a.user_id - b.user_id),
    [
      { user_id: BOB, seq: 11 }, // he wrote it
      { user_id: 5, seq: 10 },
    ].toSorted((a, b) => a.user_id - b.user_id),
  );
  assert.equal(general(state).last_read_seq, 10);
  assert.equal(general(after(state, hello(chat({ last_seq: 11 })))).reads, undefined);
});

test("how far others have read is asked anew once somebody joins or leaves", () => {
  const asked = states.readBy(start(chat()), "general", [{ user_id: BOB, seq: 9 }]);
  const who = { chat: "general", user_id: 5, username: "eve" };
  assert.equal(general(after(asked, { type: "user_joined", member: true, ...who })).reads, undefined);
  assert.equal(general(after(asked, { type: "user_left", ...who })).reads, undefined);
  const came = after(asked, { type: "user_joined", ...who }); // somebody's first socket: no new member
  assert.deepEqual(general(came).reads, [{ user_id: BOB, seq: 9 }]);
});

test("muting on another device shows here", () => {
  const muted = after(start(chat()), { type: "chat_updated", chat: "general", muted: true });
  assert.equal(general(muted).muted, true);
  assert.equal(general(after(muted, { type: "chat_updated", chat: "general", title: "All" })).muted, true);
});

test("marking as unread on another device moves the position back", () => {
  const state = after(start(chat()), { type: "read", chat: "general", user_id: 1, seq: 6, mention_count: 2 });
  assert.deepEqual([general(state).unread_count, general(state).mention_count], [4, 2]);
});

test("typing ends with the message, with a sign, or after five seconds", () => {
  const typing = { type: "user_typing", chat: "general", user_id: BOB, username: "bob", typing: true };
  const state = after(start(chat()), typing);
  assert.equal(state.typing.get("general").size, 1);
  assert.equal(after(state, posted(11)).typing.size, 0);
  assert.equal(after(state, { ...typing, typing: false }).typing.size, 0);
  assert.equal(states.tick(state, 5999).typing.size, 1);
  assert.equal(states.tick(state, 6000).typing.size, 0);
  assert.equal(after(start(chat()), { ...typing, user_id: 1 }).typing.size, 0);
});

test("who is removed sees nothing of the chat any more, and why", () => {
  const opened = states.opened(start(chat({ key: "room:3", id: 3, kind: "room" })), "room:3", page(1, 10));
  const state = after(opened, { type: "removed", chat: "room:3", reason: "spam" });
  assert.equal(state.chats.has("room:3"), false);
  assert.equal(state.timelines.has("room:3"), false);
  assert.equal(state.gone.get("room:3"), "spam");
});

test("who asks to join is forgotten where others may be told of it meanwhile", () => {
  const room = chat({ key: "room:3", id: 3, kind: "room", role: "owner", waiting_requests: 1 });
  const known = states.waiting(start(room), "room:3", [{ request_id: 1, user: BOB }]);
  assert.equal(after(known, hello(room)).requests.has("room:3"), false);
  assert.equal(after(known, { type: "chat_updated", chat: "room:3", role: "member" }).requests.has("room:3"), false);
  assert.equal(after(known, { type: "chat_updated", chat: "room:3", role: "owner" }).requests.has("room:3"), true);
});

test("join requests come, and go when anybody decides", () => {
  const user = { id: 9, username: "zoe", display_name: "", is_online: true };
  const room = chat({ key: "room:3", id: 3, kind: "room", role: "owner", waiting_requests: 1 });
  const ask = { type: "join_request", chat: "room:3", room_id: 3, request_id: 1, user, waiting_requests: 2 };
  const state = after(start(room), ask, ask);
  assert.equal(state.requests.get("room:3").length, 1);
  assert.equal(state.chats.get("room:3").waiting_requests, 2);
  const decided = { type: "join_decided", chat: "room:3", room_id: 3, user_id: 9, status: "approved" };
  assert.equal(after(state, decided).requests.get("room:3").length, 0);
  assert.equal(after(state, { ...decided, waiting_requests: 1 }).chats.get("room:3").waiting_requests, 1);
});

test("who waits is counted from the first frame on, and for those who decide", () => {
  const room = chat({ key: "room:3", id: 3, kind: "room", role: "owner", waiting_requests: 2 });
  const state = start(room);
  assert.equal(states.totals(state).requests, 2);
  const again = after(state, { type: "chat_updated", chat: "room:3", waiting_requests: 3 });
  assert.equal(states.totals(again).requests, 3);
  assert.equal(states.totals(after(again, { type: "chat_updated", chat: "room:3", role: "member" })).requests, 0);
});

test("a person's new name is everywhere: in the list, in their private chat, and one's own", () => {
  const bob = { id: BOB, username: "bob", display_name: "Bob", is_online: true };
  const state = start(chat({ key: "private:7", id: 7, kind: "private", title: "Bob", peer: bob }));
  const renamed = { type: "user_updated", user_id: BOB, username: "bobby", display_name: "" };
  const next = after(state, renamed);
  assert.equal(next.people.get(BOB).username, "bobby");
  assert.equal(next.people.get(BOB).is_online, true);
  assert.equal(next.chats.get("private:7").title, "bobby");
  assert.equal(after(state, { ...renamed, user_id: 1, display_name: "Ann" }).me.display_name, "Ann");
});

test("a person's new picture is everywhere, and so is that they have none any more", () => {
  const peer = { id: 5, username: "eve", display_name: "Eve", is_online: true, avatar: null };
  let state = start(chat(), chat({ key: "private:4", id: 4, kind: "private", peer }));
  const told = (avatar, user_id = 5) => ({
    type: "user_updated",
    user_id,
    username: "eve",
    display_name: "Eve",
    avatar,
  });
  state = after(state, told("/avatars/a"));
  assert.equal(state.people.get(5).avatar, "/avatars/a");
  assert.equal(state.chats.get("private:4").peer.avatar, "/avatars/a");
  state = after(state, told("/avatars/b", 1));
  assert.equal(state.me.avatar, "/avatars/b");
  assert.equal(after(state, told(null)).people.get(5).avatar, null);
});

test("somebody who is known by a message alone has the picture that stands in it", () => {
  const state = after(start(chat()), posted(11, { avatar: "/avatars/a" }), posted(12, { user_id: 3 }));
  assert.equal(state.people.get(BOB).avatar, "/avatars/a");
  assert.equal(state.people.get(3).avatar, null);
  const later = after(state, posted(13, { avatar: "/avatars/old" }));
  assert.equal(later.people.get(BOB).avatar, "/avatars/a", "what is told of the person counts");
});

test("a room's picture changes with the frame that names it, and stays with others", () => {
  const room = chat({ key: "room:5", id: 5, kind: "room" });
  const shown = (...frames) => after(start(room), ...frames).chats.get("room:5").avatar;
  const set = { type: "chat_updated", chat: "room:5", avatar: "/avatars/a" };
  assert.equal(shown(set), "/avatars/a");
  assert.equal(shown(set, { type: "chat_updated", chat: "room:5", muted: true }), "/avatars/a");
  assert.equal(shown(set, { ...set, avatar: null }), undefined);
});

test("a status is everywhere until another one, or none, comes; and nobody shows one that is over", () => {
  const bob = { id: BOB, username: "bob", display_name: "Bob", is_online: true };
  const state = start(chat({ key: "private:7", id: 7, kind: "private", title: "Bob", peer: bob }));
  const status = { emoji: "🌴", text: "On holiday", until: "2026-12-01T08:00:00Z" };
  const next = after(state, { type: "status_changed", user_id: BOB, status });
  for (const person of [next.people.get(BOB), next.chats.get("private:7").peer])
    assert.deepEqual(person.status, status);
  assert.equal(statusOf(next.people.get(BOB), Date.parse(status.until) - 1), status);
  assert.equal(statusOf(next.people.get(BOB), Date.parse(status.until)), undefined);
  const none = after(next, { type: "status_changed", user_id: BOB, status: null });
  assert.equal(none.chats.get("private:7").peer.status, undefined);
  assert.deepEqual(after(state, { type: "status_changed", user_id: 1, status }).me.status, status);
});

test("a deleted account is called that in every frame that names it", () => {
  const gone = { id: BOB, username: "deleted-2", display_name: "", is_online: false };
  const state = start(chat({ key: "private:7", id: 7, kind: "private", title: "deleted-2", peer: gone }), chat());
  assert.equal(state.chats.get("private:7").title, "Deleted account");
  const names = { user_id: BOB, username: "deleted-2", display_name: "Deleted account" };
  assert.equal(after(state, { type: "user_updated", ...names }).chats.get("private:7").title, "Deleted account");
  const left = after(state, { type: "user_left", chat: "general", ...names });
  assert.equal(left.lines.get("general")[0].name, "Deleted account");
});

test("who types, joins or leaves is called by the display name, if there is one", () => {
  const who = { chat: "general", user_id: 9, username: "zoe", display_name: "Zoë" };
  const next = after(start(chat()), { type: "user_typing", ...who, typing: true }, { type: "user_left", ...who });
  assert.equal(next.typing.get("general").get(9).name, "Zoë");
  assert.equal(next.lines.get("general")[0].name, "Zoë");
});

test("who comes or goes says how many are online in general, and in a private chat with them", () => {
  const bob = { id: BOB, username: "bob", display_name: "Bob", is_online: true };
  const state = start(chat({ key: "private:7", id: 7, kind: "private", title: "Bob", peer: bob }));
  const gone = { type: "user_status", user_id: BOB, username: "bob", is_online: false, last_seen: null };
  const next = after(state, { ...gone, online_count: 41 });
  assert.equal(next.chats.get("private:7").online_count, 1);
  assert.equal(after(next, { ...gone, is_online: true }).chats.get("private:7").online_count, 2);
  assert.equal(after(start(chat()), { ...gone, online_count: 41 }).chats.get("general").online_count, 41);
  assert.equal(after(start(chat()), gone).chats.get("general").online_count, chat().online_count);
});

test("somebody who comes and goes in turns leaves one line", () => {
  const who = { chat: "general", user_id: BOB, username: "bob" };
  const joined = { type: "user_joined", member: true, ...who };
  const state = after(start(chat()), joined, { type: "user_left", ...who }, joined, { type: "user_left", ...who });
  assert.deepEqual(
    state.lines.get("general").map((line) => line.kind),
    ["left"],
  );
});

test("frames of kinds that are not known change nothing", () => {
  const state = start(chat());
  for (const type of ["from_the_future", "constructor", "__proto__", "pong"])
    assert.equal(states.reduce(state, { type }, 0), state);
});

test("muted chats don't count in the title, mentions always do", () => {
  const state = start(
    chat({ unread_count: 3 }),
    chat({ key: "room:3", muted: true, unread_count: 5, mention_count: 1 }),
  );
  assert.deepEqual(states.totals(state), { unread: 3, mentions: 1, requests: 0 });
});
