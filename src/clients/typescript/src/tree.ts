// Merkle trees of RFC 6962 with SHA-256, of which a part of the leaves is known.
//
// INVARIANT: every hash that is there is taken, in the order of the tree; `undefined` where one lacks or is left over.

type Hash = Uint8Array;
type Leaf = [index: number, hash: Hash];

/** Of parts, one behind the other. */
export async function sha256(...parts: Uint8Array[]): Promise<Hash> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

/** The hash of a leaf. */
export function leafHash(stored: Uint8Array): Promise<Hash> {
  return sha256(Uint8Array.of(0), stored);
}

function nodeHash(left: Hash, right: Hash): Promise<Hash> {
  return sha256(Uint8Array.of(1), left, right);
}

/** Whether two have the same bytes. Nothing here is secret. */
export function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** The largest power of two below a length of at least two. */
function leftOf(length: number): number {
  let left = 1;
  while (left * 2 < length) left *= 2;
  return left;
}

const isPowerOfTwo = (length: number): boolean => length === 1 || leftOf(length) * 2 === length;

/** The root of a tree of which these leaves are known, by index from 0, ascending. At least one must be. */
export async function rootWith(size: number, leaves: Leaf[], nodes: Hash[]): Promise<Hash | undefined> {
  const ascend = leaves.every(([index], at) => at === 0 || (leaves[at - 1]?.[0] ?? index) < index);
  const last = leaves.at(-1);
  if (!ascend || last === undefined || last[0] >= size) return undefined;
  const rest = [...nodes];
  const root = await part(0, size, leaves, rest);
  return rest.length === 0 ? root : undefined;
}

async function part(start: number, length: number, leaves: Leaf[], nodes: Hash[]): Promise<Hash | undefined> {
  const [first] = leaves;
  if (first === undefined) return nodes.shift();
  if (length === 1) return first[1];
  const left = leftOf(length);
  const one = await part(
    start,
    left,
    leaves.filter(([index]) => index < start + left),
    nodes,
  );
  const other = await part(
    start + left,
    length - left,
    leaves.filter(([index]) => index >= start + left),
    nodes,
  );
  return one && other && nodeHash(one, other);
}

/** The roots of a tree of `old` leaves, and of the one of `size` that it is the beginning of. */
export async function rootsOfBoth(
  old: number,
  size: number,
  kept: Hash[],
  nodes: Hash[],
): Promise<[Hash, Hash] | undefined> {
  const bits = old.toString(2).replaceAll("0", "").length;
  const last = kept.at(-1);
  if (old === 0 || old > size || kept.length !== bits || last === undefined) return undefined;
  let root = last;
  for (const left of kept.slice(0, -1).reverse()) root = await nodeHash(left, root);
  const rest = { kept: [...kept], nodes: [...nodes] };
  const grew = await grown(0, size, old, rest);
  return grew !== undefined && rest.kept.length + rest.nodes.length === 0 ? [root, grew] : undefined;
}

async function grown(
  start: number,
  length: number,
  old: number,
  rest: { kept: Hash[]; nodes: Hash[] },
): Promise<Hash | undefined> {
  if (start + length <= old && isPowerOfTwo(length)) return rest.kept.shift();
  if (start >= old) return rest.nodes.shift();
  const left = leftOf(length);
  const one = await grown(start, left, old, rest);
  const other = await grown(start + left, length - left, old, rest);
  return one && other && nodeHash(one, other);
}
