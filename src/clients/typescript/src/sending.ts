// What goes with a command, and how often it is sent.
//
// INVARIANT: a command has its id before it is sent for the first time, so sending it again stores it once.

import type { Command } from "./commands.js";

/** What may be said beside the fields of a command. */
export interface Sending {
  /** In whose name, `user:ana`; left out, the token's own. */
  actor?: string;
  /** Why; for the record. */
  reason?: string;
  /** Under which the command is stored once, however often it is sent; left out, one is made. */
  id?: string;
  /** What this belongs to. */
  correlation_id?: string;
  /** What this follows from. */
  causation_id?: string;
  /** The version that its stream must have. */
  expected_version?: number;
  /** Only says what would come of it. */
  dry_run?: boolean;
}

/** A command of a batch, with what may be said beside it. */
export interface Submitted extends Omit<Sending, "dry_run"> {
  command: Command;
}

/**
 * How often a request is tried, and how long it is waited in between, in milliseconds.
 *
 * What cannot do harm a second time is tried again when nobody answers, or the service says that it cannot now: every
 * question, and every command, since it has an id. What makes something new without one (a token, an organization, a run)
 * is tried again only where the service was too busy to begin with it.
 */
export interface Retries {
  attempts: number;
  firstWait: number;
  longestWait: number;
}

export const RETRIES: Retries = { attempts: 5, firstWait: 100, longestWait: 5000 };

/** Codes of the service that another attempt may get past. */
export const PASSING = new Set(["busy", "stopping", "in_doubt", "timeout", "fault", "behind"]);

/** Milliseconds before the next attempt: twice as long each time, a random part less, and at least what was asked for. */
export function waitOf(retries: Retries, attempt: number, askedFor = 0): number {
  const longest = Math.min(retries.longestWait, retries.firstWait * 2 ** attempt);
  return Math.max(longest * (0.5 + Math.random() / 2), Math.min(askedFor, retries.longestWait));
}

/** A UUID of version 7, so that ids sort by when they were made. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  for (let at = 0; at < 6; at++) bytes[at] = Math.floor(now / 2 ** (8 * (5 - at))) & 0xff;
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}

/** As the service takes it, with an id. */
export function submission(submitted: Submitted): Submitted {
  return { ...submitted, id: submitted.id ?? newId() };
}

/** So many at a time; the next are taken when they are asked for. */
export async function* inParts<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  size: number,
): AsyncGenerator<Item[]> {
  if (!(size >= 1 && size <= 10_000)) throw new RangeError(`a batch has 1 to 10,000 items, not ${size}`);
  let part: Item[] = [];
  for await (const item of items) {
    part.push(item);
    if (part.length < size) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}
