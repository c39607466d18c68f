import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./setup.mjs";

const { send, cancel } = await load("chat/resumable.js");

const refused = (status) => Object.assign(new Error(), { status });

/** A server that keeps one upload, and does once what a test has it do instead. */
function make(content = "0123456789ab", about = {}) {
  const asked = [];
  const parts = [];
  const progress = [];
  const kept = [];
  const mishaps = [];
  let whole = "";
  let counted = 0;
  const answer = (headers = {}, json = null) => ({ json, header: (name) => headers[name] ?? null });
  const ask = async (method, path, { headers = {}, body, onProgress }) => {
    asked.push({ method, path, headers, body });
    const mishap = mishaps[0]?.method === method && mishaps.shift();
    if (mishap?.before) throw mishap.before;
    if (mishap?.instead) return mishap.instead;
    if (method === "POST") return answer({ Location: "/uploads/resumable/u1" });
    if (path !== "/uploads/resumable/u1") throw refused(404);
    if (method === "HEAD") return answer({ "Upload-Offset": `${whole.length}` });
    if (method === "GET") return answer({}, { id: 7, name: "a", alt: "" });
    if (method === "DELETE") return answer();
    onProgress(body.size / 2);
    if (headers["Upload-Offset"] !== `${whole.length}`) throw refused(409);
    whole += await body.text();
    parts.push(`${headers["Upload-Offset"]}+${body.size}`);
    if (mishap?.after) throw mishap.after;
    return answer({ "Upload-Offset": `${whole.length}` });
  };
  const form = new FormData();
  for (const [name, value] of Object.entries(about)) form.append(name, value);
  form.append("file", new Blob([content], { type: "text/plain" }), "Résumé, 1.txt");
  const go = () =>
    send(form, {
      chunk: 5,
      kept: kept.at(-1),
      keep: (id) => kept.push(id),
      ask,
      onProgress: (part) => progress.push(part),
      onPart: () => (counted += 1),
    });
  const methods = () => asked.map(({ method }) => method);
  return { go, ask, asked, parts, progress, kept, mishaps, methods, whole: () => whole, counted: () => counted };
}

test("a file goes in parts, with its progress over the whole", async () => {
  const { go, asked, parts, progress, kept, methods, whole, counted } = make();
  assert.deepEqual(await go(), { id: 7, name: "a", alt: "" });
  assert.deepEqual(methods(), ["POST", "PATCH", "PATCH", "PATCH", "GET"]);
  assert.deepEqual([parts, whole(), counted()], [["0+5", "5+5", "10+2"], "0123456789ab", 3]);
  assert.deepEqual(
    progress.map((part) => Math.round(part * 12 * 2) / 2),
    [0, 2.5, 5, 7.5, 10, 11],
  );
  assert.deepEqual(kept, ["u1"]);
  assert.equal(asked[0].headers["Upload-Length"], "12");
  for (const { method, headers } of asked)
    assert.equal(headers["Tus-Resumable"], method === "GET" ? undefined : "1.0.0");
});

test("what is known of the file goes with its beginning, but for its description", async () => {
  const poster = new Blob(["picture"], { type: "image/webp" });
  const { go, asked } = make("x", { duration: "2.5", original: "true", alt: "A list", waveform: "", poster });
  await go();
  const [{ headers, body }] = asked;
  const said = headers["Upload-Metadata"].split(",").map((pair) => {
    const [name, value] = pair.split(" ");
    return [name, Buffer.from(value, "base64").toString()];
  });
  assert.deepEqual(said, [
    ["filename", "Résumé, 1.txt"],
    ["filetype", "text/plain"],
    ["duration", "2.5"],
    ["original", "true"],
  ]);
  assert.equal(await body.text(), "picture");
});

for (const [when, mishap, again] of [
  ["on its way", { before: refused(0) }, ["0+5", "5+5", "10+2"]],
  ["with its answer lost", { after: refused(0) }, ["0+5", "5+5", "10+2"]],
  ["as the server was restarted", { before: refused(502) }, ["0+5", "5+5", "10+2"]],
])
  test(`a part that was cut ${when} is asked for, and no other goes again`, async () => {
    const { go, parts, mishaps, methods, whole } = make();
    mishaps.push({ method: "PATCH" }, { method: "PATCH", ...mishap });
    await assert.rejects(go(), { status: mishap.before?.status ?? 0 });
    await go();
    assert.deepEqual([parts, whole()], [again, "0123456789ab"]);
    assert.deepEqual(
      methods().filter((method) => method === "POST"),
      ["POST"],
    );
  });

test("an upload whose last answers were lost is only asked for", async () => {
  const { go, mishaps, methods } = make("0123");
  mishaps.push({ method: "PATCH", after: refused(0) }, { method: "GET", before: refused(0) });
  await assert.rejects(go());
  await assert.rejects(go());
  assert.equal((await go()).id, 7);
  assert.deepEqual(methods(), ["POST", "PATCH", "HEAD", "GET", "HEAD", "GET"]);
});

test("an upload that the server no longer has begins anew", async () => {
  const { go, kept, methods } = make("0123");
  kept.push("gone");
  await go();
  assert.deepEqual(
    [kept, methods()],
    [
      ["gone", "u1"],
      ["HEAD", "POST", "PATCH", "GET"],
    ],
  );
});

test("what somebody else answers, such as a hotel, is no better than no net", async () => {
  const page = { json: null, header: () => null };
  for (const method of ["POST", "PATCH", "GET", "HEAD"]) {
    const { go, kept, mishaps } = make("0123");
    if (method === "HEAD") kept.push("u1");
    mishaps.push({ method, instead: page });
    await assert.rejects(go(), { status: 0 });
    assert.equal((await go()).id, 7);
  }
});

test("a refusal goes on to who asked, and nothing further is sent", async () => {
  const { go, mishaps, methods } = make();
  mishaps.push({ method: "PATCH", before: refused(422) });
  await assert.rejects(go(), { status: 422 });
  assert.deepEqual(methods(), ["POST", "PATCH"]);
});

test("an upload that nobody needs is given up, also if the server can't be told", async () => {
  const { ask, asked, mishaps } = make();
  mishaps.push({ method: "DELETE", before: refused(0) });
  cancel("u1", { ask });
  assert.deepEqual([asked[0].method, asked[0].path], ["DELETE", "/uploads/resumable/u1"]);
});
