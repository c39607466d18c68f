import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./setup.mjs";

const files = await load("chat/attachments.js");

const file = (more = {}) => ({
  id: 1,
  kind: "file",
  name: "report.pdf",
  size: 2048,
  mime: "application/pdf",
  width: null,
  height: null,
  duration: null,
  thumb: null,
  url: "/uploads/1",
  alt: "",
  waveform: null,
  ...more,
});
const photo = (more = {}) =>
  file({
    kind: "image",
    name: "cat.jpg",
    mime: "image/jpeg",
    width: 1200,
    height: 800,
    thumb: "/uploads/1/thumb",
    ...more,
  });
const plain = (text) => text.replace(/[\u2068\u2069]/g, "");

test("a message in one line says what it brings, then its words", () => {
  const line = (attachments, content = "") => plain(files.lineOf({ content, attachments }));
  assert.equal(line([], "**Hi**"), "Hi");
  assert.equal(line(undefined, "Hi"), "Hi");
  assert.equal(line([photo()]), "📷 Photo");
  assert.equal(line([photo(), photo()], "Look"), "📷 2 photos · Look");
  assert.equal(line([file()]), "📎 File: report.pdf");
  assert.equal(line([file(), photo()]), "📎 2 files");
  assert.equal(line([file({ kind: "video" })]), "🎬 Video");
  const sound = (more) => file({ kind: "audio", waveform: [1, 2], duration: 7.4, ...more });
  assert.equal(line([sound({ name: "a.webm", mime: "audio/webm" })]), "🎤 Voice message (0:07)");
  assert.equal(line([sound({ name: "Voice message 2026-11-27.m4a", mime: "audio/mp4" })]), "🎤 Voice message (0:07)");
  assert.equal(line([sound({ name: "song.m4a", mime: "audio/mp4" })]), "🎵 song.m4a");
  assert.equal(line([sound({ name: "a.webm", mime: "audio/webm", waveform: null })]), "🎵 a.webm");
});

test("a screen reader hears every file by its name or description", () => {
  const message = { content: "Look", attachments: [photo({ alt: "A cat" }), photo(), file()] };
  assert.equal(plain(files.wholeOf(message)), "Look, Photo: A cat, Photo: cat.jpg, File: report.pdf, 2 kB");
  assert.equal(plain(files.wholeOf({ content: "", attachments: [photo()] })), "Photo: cat.jpg");
});

test("a name can't pretend to be another one", () => {
  const name = files.nameOfFile(file({ name: "photo\u202egpj.exe\n\u200b" }));
  assert.equal(name, "photogpj.exe");
  assert.equal(files.nameOfFile(file({ name: "\u202e" })), "File");
  assert.equal(files.nameOfFile(file({ name: "👩\u200d💻 نمی\u200cدانم.png" })), "👩\u200d💻 نمی\u200cدانم.png");
  assert.match(files.lineOf({ content: "", attachments: [file({ name: "تقرير.pdf" })] }), /\u2068تقرير\.pdf\u2069$/);
});

test("a shortened name keeps its suffix", () => {
  assert.deepEqual(files.inParts("report.final.pdf"), ["report.final", ".pdf"]);
  assert.deepEqual(files.inParts(".profile"), [".profile", ""]);
  assert.deepEqual(files.inParts("Makefile"), ["Makefile", ""]);
  assert.deepEqual(files.inParts("at 3.30 in the morning"), ["at 3.30 in the morning", ""]);
});

test("sizes and times are written as people write them", () => {
  assert.equal(files.fileSize(1), "1 byte");
  assert.equal(files.fileSize(1536), "2 kB");
  assert.equal(files.fileSize(1.25 * 1024 ** 2), "1.3 MB");
  assert.equal(files.about(file({ name: "a.PDF", size: 3 * 1024 })), "PDF · 3 kB");
  assert.equal(files.playTime(0), "0:00");
  assert.equal(files.playTime(59.6), "1:00");
  assert.equal(files.playTime(3723), "1:02:03");
  assert.equal(files.playTime(Number.POSITIVE_INFINITY), "0:00");
});

test("every picture has a box that fits, whatever its shape", () => {
  for (const width of [1, 20, 300, 401, 4000, 16_000])
    for (const height of [1, 20, 300, 401, 4000, 16_000]) {
      const box = files.boxOf({ width, height });
      assert.ok(box.width >= 48 && box.width <= 400 && box.height >= 48 && box.height <= 320, JSON.stringify(box));
      const isLong = Math.max(width / height, height / width) > 3;
      assert.equal(box.isCut, isLong);
      if (!isLong && Math.min(box.width, box.height) > 48)
        assert.ok(
          Math.abs(box.width / box.height / (width / height) - 1) < 0.03,
          JSON.stringify({ width, height, box }),
        );
    }
  assert.deepEqual(files.boxOf({ width: null, height: null }), { width: 240, height: 180, isCut: false });
});

test("the browser chooses between the two smaller pictures by their true widths", () => {
  assert.equal(files.sources(photo(), 300).srcset, "/uploads/1/thumb 400w, /uploads/1/thumb?size=1200 1200w");
  const tall = files.sources(photo({ width: 1000, height: 4000 }), 100);
  assert.equal(tall.srcset, "/uploads/1/thumb 100w, /uploads/1/thumb?size=1200 300w");
  assert.equal(tall.sizes, "100px");
  assert.deepEqual(files.sources(photo({ width: 300, height: 200 }), 300), { src: "/uploads/1/thumb" });
  assert.deepEqual(files.sources(photo({ thumb: null, url: "blob:1" }), 300), { src: "blob:1" });
});

test("the files of deleted messages are in no list", () => {
  const message = (id, more) => ({ id, seq: id, user_id: 1, username: "ann", timestamp: "", content: "", ...more });
  const found = files.filesOf(
    [
      message(1, { attachments: [photo({ id: 10 }), file({ id: 11 })] }),
      message(2, { attachments: [photo({ id: 12 })], deleted_at: "2026-01-01T00:00:00Z" }),
      message(3),
    ],
    ({ kind }) => kind === "image",
  );
  assert.deepEqual(
    found.map(({ attachment, message_id }) => [message_id, attachment.id]),
    [[1, 10]],
  );
});
