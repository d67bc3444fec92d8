// Both feeds, for as long as one listens.
//
// INVARIANT: what was yielded is behind the place from which a feed goes on; whatever cuts it off, it goes on there. Whoever
// notes the `id` of what was dealt with, and starts `after` it, is told nothing twice and misses nothing.

import type { Query } from "./door.js";
import { sleep } from "./door.js";
import { Problem, UnexpectedAnswer } from "./errors.js";
import type { AccessChanges, Action, HistoryEntry } from "./forms.js";
import { Listing } from "./listing.js";
import { endedBy, type Message, messagesOf } from "./messages.js";
import { PASSING, waitOf } from "./sending.js";

/** A heartbeat comes every 15 seconds; after so many milliseconds without anything the connection is made anew. */
export const SILENCE = 40_000;

/** What was stored at once. */
export interface Commit {
  /** Behind which the feed goes on: the position of the last event. */
  id: string;
  events: HistoryEntry[];
}

/** Nothing else was to be told. */
export interface Heartbeat {
  /** Behind which the feed goes on. */
  id: string;
  /** The position of the last event that there is. */
  head: number;
}

/** From where a feed tells, and until when. */
export interface Follows {
  /** Behind the `id` of a message, or a position; left out, from the beginning. */
  after?: number | string;
  /** Ends the feed. */
  signal?: AbortSignal;
  /** After so many milliseconds without anything the connection is made anew. */
  silence?: number;
  /** `false`: it ends once everything that there is was told. */
  follow?: boolean;
}

/** Changes of these alone. */
export interface Only {
  subject?: string;
  resource?: string;
  action?: Action;
}

/** What a message holds. */
function told<Form>(message: Message): Form {
  try {
    return JSON.parse(message.data) as Form;
  } catch (cause) {
    throw new UnexpectedAnswer("a message of a feed is not JSON", { cause });
  }
}

export abstract class Following extends Listing {
  /** Every commit behind a position, from the beginning or as it comes. It ends only where the token does. */
  async *events(follows: Follows = {}): AsyncGenerator<Commit, void, undefined> {
    for await (const message of this.#follow("events", follows, { follow: follows.follow })) {
      if (message.kind !== "commit") continue;
      const commits = told<Array<{ data: HistoryEntry }>>(message);
      yield { id: message.id, events: commits.map((one) => one.data) };
    }
  }

  /** Who gained and lost what: by commits, and by windows that begin or end. */
  async *changes(follows: Follows & Only = {}): AsyncGenerator<AccessChanges, void, undefined> {
    for await (const told of this.changesAndHeartbeats(follows)) if ("gained" in told) yield told;
  }

  /** The same with the heartbeats between, for whoever must know how much it knows. */
  async *changesAndHeartbeats(
    follows: Follows & Only = {},
  ): AsyncGenerator<AccessChanges | Heartbeat, void, undefined> {
    const { subject, resource, action, follow } = follows;
    for await (const message of this.#follow("changes", follows, { subject, resource, action, follow })) {
      if (message.kind === "changes") yield told<{ data: AccessChanges }>(message).data;
      else if (message.kind === "heartbeat") yield { id: message.id, head: told<{ head: number }>(message).head };
    }
  }

  async *#follow(path: string, follows: Follows, query: Query): AsyncGenerator<Message, void, undefined> {
    let after = String(follows.after ?? 0);
    let failed = 0;
    while (!follows.signal?.aborted) {
      const silent = new AbortController();
      const stop = (): void => silent.abort();
      follows.signal?.addEventListener("abort", stop);
      let timer = setTimeout(stop, follows.silence ?? SILENCE);
      const heard = (): void => {
        clearTimeout(timer);
        timer = setTimeout(stop, follows.silence ?? SILENCE);
      };
      try {
        const headers = { Accept: "text/event-stream", "Last-Event-ID": after, ...this.why() };
        const stream = await this.parts.door.stream(this.path(path), query, headers, silent.signal);
        for await (const message of messagesOf(stream, heard)) {
          if (follows.signal?.aborted) return;
          endedBy(message);
          if (message.kind === "end") return;
          failed = 0;
          after = message.id || after;
          yield message;
        }
      } catch (error) {
        if (error instanceof UnexpectedAnswer || (error instanceof Problem && !PASSING.has(error.code))) throw error;
        failed += 1;
      } finally {
        clearTimeout(timer);
        follows.signal?.removeEventListener("abort", stop);
        silent.abort();
      }
      if (failed > 0 && !follows.signal?.aborted) await sleep(waitOf(this.parts.door.retries, Math.min(failed, 16)));
    }
  }
}
