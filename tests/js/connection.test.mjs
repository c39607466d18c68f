import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock, flush } from "./helpers.mjs";
import { load } from "./setup.mjs";

const { Connection } = await load("chat/connection.js");
const OVER = new Error("over");

class FakeSocket {
  constructor(url, protocols) {
    Object.assign(this, { url, protocols, readyState: 1, sent: [] });
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  say(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  end(code) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

function make({ token = async () => "t" } = {}) {
  const clock = new Clock();
  const sockets = [];
  const asked = [];
  const statuses = [];
  const frames = [];
  const connection = new Connection({
    url: "ws://x/ws",
    token: (fresh) => {
      asked.push(fresh);
      return token(fresh);
    },
    isOver: (error) => error === OVER,
    onFrame: (frame) => frames.push(frame.type),
    onStatus: (status) => statuses.push(status),
    environment: {
      open: (...args) => sockets[sockets.push(new FakeSocket(...args)) - 1],
      later: clock.later,
      cancel: clock.cancel,
      random: () => 1,
    },
  });
  const open = async () => {
    connection.start();
    await flush();
    sockets.at(-1).say({ type: "connection_established" });
  };
  return { connection, clock, sockets, asked, statuses, frames, open };
}

test("the token goes as a subprotocol, never in the address", async () => {
  const { open, sockets, connection } = make();
  await open();
  assert.deepEqual([sockets[0].url, sockets[0].protocols], ["ws://x/ws", ["chat.v1", "bearer.t"]]);
  assert.equal(connection.status, "open");
});

test("nothing is sent before the first frame came", async () => {
  const { connection, sockets } = make();
  connection.start();
  await flush();
  assert.equal(connection.send({ type: "typing" }), false);
  assert.deepEqual(sockets[0].sent, []);
});

test("a restarting server is met again within about a second", async () => {
  const { open, clock, sockets } = make();
  await open();
  sockets[0].end(1012);
  await clock.turn(1050);
  assert.equal(sockets.length, 2);
});

test("tries grow apart up to ten seconds", async () => {
  const { open, clock, sockets } = make();
  await open();
  sockets[0].end(1006);
  for (let n = 0; n < 12; n += 1) {
    await clock.turn(10_050);
    sockets.at(-1).end(1006);
  }
  const before = sockets.length;
  await clock.turn(10_000);
  assert.equal(sockets.length, before);
  await clock.turn(50);
  assert.equal(sockets.length, before + 1);
});

test("an expired token is renewed at once, but a server that refuses fresh ones is not hammered", async () => {
  const { open, asked, sockets, clock } = make();
  await open();
  sockets[0].end(4401);
  await flush();
  assert.deepEqual([asked, sockets.length], [[false, true], 2]);
  sockets[1].end(4401);
  await flush();
  assert.equal(sockets.length, 2);
  await clock.turn(600);
  assert.equal(sockets.length, 3);
});

test("when the session is over it stops", async () => {
  const { connection, statuses, sockets, clock } = make({ token: () => Promise.reject(OVER) });
  connection.start();
  await flush();
  await clock.turn(100_000);
  assert.deepEqual([statuses.at(-1), sockets.length], ["stopped", 0]);
});

test("while the server can't be reached it goes on trying for a token", async () => {
  const { connection, asked, clock } = make({ token: () => Promise.reject(new Error("offline")) });
  connection.start();
  await flush();
  await clock.turn(5000);
  assert.ok(asked.length > 2);
  assert.notEqual(connection.status, "stopped");
});

test("a half-open connection is found by a ping without an answer", async () => {
  const { open, clock, sockets } = make();
  await open();
  await clock.turn(20_000);
  assert.deepEqual(sockets[0].sent, [{ type: "ping" }]);
  await clock.turn(5000);
  await clock.turn(1050);
  assert.equal(sockets.length, 2);
});

test("an answered ping keeps it", async () => {
  const { open, clock, sockets, frames } = make();
  await open();
  await clock.turn(20_000);
  sockets[0].say({ type: "pong" });
  await clock.turn(10_000);
  assert.deepEqual([sockets.length, frames], [1, ["connection_established"]]);
});

test("waking up asks at once, and a dead socket is replaced within some seconds", async () => {
  const { open, connection, clock, sockets } = make();
  await open();
  connection.probe();
  assert.deepEqual(sockets[0].sent, [{ type: "ping" }]);
  await clock.turn(3100);
  assert.equal(sockets.length, 2);
});

test("waking up does not wait for the next try", async () => {
  const { open, connection, sockets } = make();
  await open();
  sockets[0].end(1006);
  connection.probe();
  await flush();
  assert.equal(sockets.length, 2);
});

test("a socket that never greets is given up", async () => {
  const { connection, sockets, clock } = make();
  connection.start();
  await flush();
  await clock.turn(12_000);
  assert.ok(sockets.length > 1);
});
