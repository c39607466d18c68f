// @ts-check
/**
 * A large file goes in parts (tus 1.0.0): after a lost connection, or a reload, only the part that was cut goes again.
 * Knows no request and no storage; they are given to it.
 *
 * @typedef {{headers?: Record<string, string>, body?: Blob | null, onProgress?: (loaded: number) => void}} Asked
 * @typedef {{json: any, header: (name: string) => string | null}} Answer
 *
 * @typedef {object} Options
 * @property {number} chunk bytes of a part
 * @property {string} [kept] the upload that was begun, by its id
 * @property {(id: string) => void} keep it is begun
 * @property {(method: string, path: string, options: Asked) => Promise<Answer>} ask raises what has a `status`
 * @property {(part: number) => void} onProgress from 0 to 1
 * @property {() => void} onPart the server has one more
 */

const BASE = "/uploads/resumable";
const TUS = { "Tus-Resumable": "1.0.0" };

/**
 * What is described in a form, but for `alt`, which may change meanwhile. Gives the attachment.
 * @param {FormData} form @param {Options} options @returns {Promise<import("../../types/wire.d.ts").Attachment>}
 */
export async function send(form, options) {
  const { ask, chunk, onProgress, onPart } = options;
  const file = /** @type {File} */ (form.get("file"));
  const { path, start } = (await goOn(options)) ?? (await begin(form, file, options));
  for (let offset = start; offset < file.size; ) {
    const body = file.slice(offset, offset + chunk);
    const headers = { ...TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": `${offset}` };
    const from = offset;
    onProgress(from / file.size);
    const told = (/** @type {number} */ loaded) => onProgress((from + Math.min(loaded, body.size)) / file.size);
    const answer = await ask("PATCH", path, { headers, body, onProgress: told });
    offset += body.size;
    if (answer.header("Upload-Offset") !== `${offset}`) throw strange();
    onPart();
  }
  const { json } = await ask("GET", path, {});
  if (!json?.id) throw strange();
  return json;
}

/** Where the upload that was begun goes on; null if there is none any more. @param {Options} options */
async function goOn({ kept, ask }) {
  if (!kept) return null;
  const path = `${BASE}/${kept}`;
  try {
    const answer = await ask("HEAD", path, { headers: TUS });
    const offset = answer.header("Upload-Offset");
    if (!offset) throw strange();
    return { path, start: Number(offset) };
  } catch (error) {
    if (/** @type {any} */ (error).status !== 404) throw error;
    return null;
  }
}

/** @param {FormData} form @param {File} file @param {Options} options */
async function begin(form, file, { ask, keep }) {
  const headers = { ...TUS, "Upload-Length": `${file.size}`, "Upload-Metadata": metadata(form, file) };
  const poster = form.get("poster");
  const answer = await ask("POST", BASE, { headers, body: poster instanceof Blob ? poster : null });
  const path = answer.header("Location") ?? "";
  const [, id] = path.split(`${BASE}/`);
  if (!id) throw strange();
  keep(id);
  return { path, start: 0 };
}

/** @param {FormData} form @param {File} file */
function metadata(form, file) {
  const texts = [...form].filter(([name, value]) => typeof value === "string" && name !== "alt");
  return [["filename", file.name], ["filetype", file.type], ...texts]
    .filter(([, value]) => value)
    .map(([name, value]) => `${name} ${base64(`${value}`)}`)
    .join(",");
}

/** @param {string} text */
const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** Somebody else answers, such as the sign-in page of a hotel: no better than no net. */
const strange = () => Object.assign(new Error("An answer of somebody else."), { status: 0 });

/** @param {string} id of an upload that nobody needs @param {Pick<Options, "ask">} options */
export function cancel(id, { ask }) {
  ask("DELETE", `${BASE}/${id}`, { headers: TUS }).catch(() => {}); // the server would delete it by itself, later
}
