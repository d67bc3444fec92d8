// The beginning of an event as it is stored: who, when, what kind, in which place.
//
// Absent on purpose: the fields of its type, and reasons, which are sealed. The form is on the page `format`.

import { NotProved } from "./errors.js";

/** An event of a proof. */
export interface Envelope {
  position: number;
  streamVersion: number;
  /** Microseconds since 1970. */
  time: bigint;
  typeNumber: number;
  commandId: string;
  actor: string;
  via: string | undefined;
  /** All of it, as it was hashed. */
  stored: Uint8Array;
}

/** Takes one thing after the other. */
class Reader {
  readonly #stored: Uint8Array;
  #at = 0;

  constructor(stored: Uint8Array) {
    this.#stored = stored;
  }

  byte(): number {
    const found = this.#stored[this.#at];
    if (found === undefined) throw new NotProved("an event ends too soon");
    this.#at += 1;
    return found;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new NotProved("an event holds a number that is too long");
  }

  number(): number {
    const value = this.varint();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new NotProved("an event holds a number that is too large");
    return Number(value);
  }

  text(): string {
    const length = this.number();
    const end = this.#at + length;
    if (end > this.#stored.length) throw new NotProved("an event ends too soon");
    const bytes = this.#stored.subarray(this.#at, end);
    this.#at = end;
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw new NotProved("an event holds text that is none", { cause });
    }
  }
}

/** Reads it; throws `NotProved` where it is none. */
export function envelope(stored: Uint8Array): Envelope {
  const reader = new Reader(stored);
  const version = reader.byte();
  if (version !== 1 && version !== 2)
    throw new NotProved(`an event has an envelope of version ${version}; this release reads 1 and 2`);
  const via = version === 2 ? reader.text() : undefined;
  const position = reader.number();
  const streamVersion = reader.number();
  const zigzag = reader.varint();
  const typeNumber = reader.number();
  reader.varint();
  const commandId = reader.text();
  for (let skipped = 0; skipped < 4; skipped++) reader.varint();
  const actor = reader.text();
  const time = (zigzag >> 1n) ^ -(zigzag & 1n);
  return { position, streamVersion, time, typeNumber, commandId, actor, via, stored };
}
