// Checking what the service proves, without the service: with a key that was published, and the bundle alone.
//
//     const proved = await verify(await client.proveEvent({ position: 17 }), [KEY]);
//
// What holds then: the tree head is signed by the key; every event of the bundle is in the log that was signed, byte for byte
// and in its place; of a decision also that its streams are those of that log; of consistency, that the one log grew out of the
// other. **Not** checked here is that a decision *follows* from its events: that takes the evaluator, so a proved decision has
// the answer as it is stated, and `caseward verify-proof` evaluates it again. By WebCrypto alone, in Node and in browsers that
// have Ed25519. The form is described on the page `proof`.

import { NotProved } from "./errors.js";
import { type Envelope, envelope } from "./stored.js";
import { leafHash, rootsOfBoth, rootWith, same, sha256 } from "./tree.js";

const FORM = 1;
const EMPTY = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/** A public key under a name, as `caseward key show` prints it. */
export interface Key {
  name: string;
  id: Uint8Array;
  public: Uint8Array;
}

/** What a log was at a position, as it was signed. */
export interface TreeHead {
  origin: string;
  size: number;
  root: Uint8Array;
  time: string;
  streams: number;
  streamsRoot: Uint8Array;
}

/** What holds. */
export type Proved =
  | { proved: "event"; head: TreeHead; events: Envelope[] }
  | { proved: "consistency"; head: TreeHead; older: TreeHead }
  | {
      proved: "decision";
      head: TreeHead;
      events: Envelope[];
      question: Record<string, unknown>;
      /** The answer as the bundle states it: that it follows was not checked here. */
      stated: Record<string, unknown>;
      streams: Record<string, number>;
    };

type Members = Record<string, unknown>;

/** What a bundle proves under keys that are trusted; throws `NotProved` where it proves nothing. */
export async function verify(bundle: unknown, keys: Iterable<string>): Promise<Proved> {
  const trusted = await Promise.all(Array.from(keys, parseKey));
  const { caseward_proof, tree_head, proves } = members(bundle, "caseward_proof", "tree_head", "proves");
  if (caseward_proof !== FORM)
    throw new NotProved(`it is a proof of form ${String(caseward_proof)}; this release reads form ${FORM}`);
  const head = await trustedHead(tree_head, trusted);
  const kinds = Object.entries(object(proves));
  const [kind, proof] = kinds.length === 1 ? (kinds[0] ?? []) : [];
  if (kind === "event") return { proved: kind, head, events: await inTree(head, proof) };
  if (kind === "consistency") return { proved: kind, head, older: await consistency(head, proof, trusted) };
  if (kind === "decision") return decision(head, proof);
  throw new NotProved("it does not say what it proves, or this release does not know it");
}

/** A tree head that one of the keys signed, of the log whose key it is. */
export async function treeHead(note: string, keys: Iterable<string>): Promise<TreeHead> {
  return trustedHead(note, await Promise.all(Array.from(keys, parseKey)));
}

async function parseKey(text: string): Promise<Key> {
  const [name = "", digits, ...rest] = text.trim().split("+");
  const raw = base64(rest.join("+"));
  if (name === "" || raw.length !== 33 || raw[0] !== 1)
    throw new NotProved("a key is of the form NAME+HASH+BASE64, and Ed25519");
  const id = (await sha256(new TextEncoder().encode(`${name}\n`), raw)).subarray(0, 4);
  if (hex(id) !== digits)
    throw new NotProved("the hash of a key is not that of its name and itself: part of it was changed, or left out");
  return { name, id, public: raw.subarray(1) };
}

async function trustedHead(note: unknown, keys: Key[]): Promise<TreeHead> {
  const whole = text(note);
  const at = whole.lastIndexOf("\n\n");
  if (at < 0 || !whole.endsWith("\n")) throw new NotProved("its tree head is no signed note");
  const signed = whole.slice(0, at + 1);
  const signer = await signerOf(signed, whole.slice(at + 2, -1).split("\n"), keys);
  const head = headOf(signed);
  if (head.origin !== signer.name)
    throw new NotProved(`its tree head is of \`${head.origin}\`, and the key is that of \`${signer.name}\``);
  return head;
}

async function signerOf(signed: string, lines: string[], keys: Key[]): Promise<Key> {
  for (const line of lines) {
    const [dash, name, encoded] = line.split(" ");
    if (dash !== "—") throw new NotProved("its tree head is no signed note: a line is no signature");
    const raw = base64(encoded);
    for (const key of keys)
      if (name === key.name && same(raw.subarray(0, 4), key.id) && (await isSigned(key, raw.subarray(4), signed)))
        return key;
  }
  throw new NotProved("its tree head is not signed by a key that was given");
}

async function isSigned(key: Key, signature: Uint8Array, signed: string): Promise<boolean> {
  const known = await crypto.subtle.importKey("raw", new Uint8Array(key.public), "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", known, new Uint8Array(signature), new TextEncoder().encode(signed));
}

function headOf(signed: string): TreeHead {
  const [origin = "", size = "", root = "", time = "", streams = "", end, ...more] = signed.split("\n");
  const found = /^streams (0|[1-9]\d*) (\S+)$/.exec(streams);
  const isHead = /^caseward\/[A-Za-z0-9_-]+\/[0-9a-f]{8}$/.test(origin) && /^(0|[1-9]\d*)$/.test(size);
  const recorded = time.replace(/^time /, "");
  if (!isHead || end !== "" || more.length > 0 || !found || recorded === time || Number.isNaN(Date.parse(recorded)))
    throw new NotProved("its tree head says nothing: it has not five lines of its form");
  const streamsRoot = hash(found[2]);
  return { origin, size: Number(size), root: hash(root), time: recorded, streams: Number(found[1]), streamsRoot };
}

/** The events of a bundle, once they are found to be those of the tree. */
async function inTree(head: TreeHead, log: unknown): Promise<Envelope[]> {
  const { events, nodes } = members(log, "events", "nodes");
  const leaves: Array<[number, Uint8Array]> = [];
  const found: Envelope[] = [];
  for (const one of list(events)) {
    const { position, bytes } = members(one, "position", "bytes");
    const stored = base64(bytes);
    const decoded = envelope(stored);
    if (decoded.position !== number(position))
      throw new NotProved(`event ${String(position)} is not one as it is stored`);
    leaves.push([decoded.position - 1, await leafHash(stored)]);
    found.push(decoded);
  }
  if (!(await isRoot(head.size, leaves, list(nodes), head.root)))
    throw new NotProved(
      "its events are not in the log of which the tree head was signed: one was changed, or its place",
    );
  return found;
}

async function consistency(head: TreeHead, proof: unknown, keys: Key[]): Promise<TreeHead> {
  const { older: note, kept, nodes } = members(proof, "older", "kept", "nodes");
  const older = await trustedHead(note, keys);
  const both = await rootsOfBoth(older.size, head.size, list(kept).map(hash), list(nodes).map(hash));
  if (both === undefined || !same(both[0], older.root) || !same(both[1], head.root))
    throw new NotProved("the log of the newer tree head does not extend that of the older one");
  return older;
}

async function decision(head: TreeHead, proof: unknown): Promise<Proved> {
  const said = members(proof, "question", "answer", "log", "streams", "stream_nodes");
  const question = object(said["question"]);
  const stated = object(said["answer"]);
  if (number(question["position"]) > head.size) throw new NotProved("it asks as of a position above its tree head");
  const events = await inTree(head, said["log"]);
  const leaves: Array<[number, Uint8Array]> = [];
  const streams: Record<string, number> = {};
  let before: Uint8Array | undefined;
  for (const one of list(said["streams"])) {
    const { index, name, version, named = [] } = members(one, "index", "name", "version", "named?");
    const bytes = new TextEncoder().encode(text(name));
    if (before !== undefined && !isLess(before, bytes)) throw new NotProved("its streams are not sorted");
    before = bytes;
    leaves.push([number(index), await leafHash(streamLeaf(bytes, number(version), list(named).map(number)))]);
    streams[text(name)] = number(version);
  }
  const shown = leaves.length > 0 || head.streams === 0;
  if (!shown || !(await isRoot(head.streams, leaves, list(said["stream_nodes"]), head.streamsRoot)))
    throw new NotProved("its streams are not those of the log of which the tree head was signed");
  return { proved: "decision", head, events, question, stated, streams };
}

function streamLeaf(name: Uint8Array, version: number, named: number[]): Uint8Array {
  if (name.length >= 1 << 16) throw new NotProved("the name of a stream is too long");
  const bytes = new Uint8Array(2 + name.length + 12 + 8 * named.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, name.length, true);
  bytes.set(name, 2);
  view.setBigUint64(2 + name.length, BigInt(version), true);
  view.setUint32(10 + name.length, named.length, true);
  for (const [at, one] of named.entries()) view.setBigUint64(14 + name.length + 8 * at, BigInt(one), true);
  return bytes;
}

/** Whether these leaves, with the hashes beside them, make the root. Without a leaf there may be no hash either. */
async function isRoot(
  size: number,
  leaves: Array<[number, Uint8Array]>,
  nodes: unknown[],
  root: Uint8Array,
): Promise<boolean> {
  const beside = nodes.map(hash);
  if (leaves.length === 0) return beside.length === 0 && (size > 0 || same(root, hash(EMPTY)));
  const made = await rootWith(size, leaves, beside);
  return made !== undefined && same(made, root);
}

function isLess(one: Uint8Array, other: Uint8Array): boolean {
  for (const [at, byte] of one.entries()) {
    const beside = other[at];
    if (beside === undefined) return false;
    if (byte !== beside) return byte < beside;
  }
  return one.length < other.length;
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const none = (what: string): NotProved => new NotProved(`it is not a Caseward proof: ${what}`);

function base64(value: unknown): Uint8Array {
  const encoded = text(value);
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(encoded))
    throw none("something is not base64");
  return Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
}

function hash(value: unknown): Uint8Array {
  const found = base64(value);
  if (found.length !== 32) throw none("a hash has 32 bytes");
  return found;
}

function text(value: unknown): string {
  // Half a letter of UTF-16 has no bytes of its own.
  if (typeof value !== "string" || /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value))
    throw none("something is no text");
  return value;
}

function number(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw none("something is no number");
  return value;
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw none("something is no list");
  return value;
}

function object(value: unknown): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw none("something is no object");
  return value as Members;
}

/** Unknown members are refused, as the program refuses them. Behind those that may be left out stands a `?`. */
function members(value: unknown, ...names: string[]): Members {
  const found = object(value);
  const known = new Set(names.map((name) => name.replace("?", "")));
  const lacks = names.filter((name) => !name.endsWith("?") && !Object.hasOwn(found, name));
  if (lacks.length > 0 || Object.keys(found).some((name) => !known.has(name)))
    throw none(`something has not just the members ${[...known].join(", ")}`);
  return found;
}
