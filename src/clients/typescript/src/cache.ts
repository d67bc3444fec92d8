// Decisions that are kept here, and kept right by the feed of changes.
//
// **How old an answer may be**: at most `staleness` milliseconds (20,000), and what the last message took on its way. In
// practice a change is told within milliseconds; the bound is for a connection that is cut without a word, and for a feed that
// cannot keep up. A heartbeat comes every 15 seconds. A decision that must not be late is a question to the service.
//
// Only yes and no are kept, since reasons and `disclose` may change without a change of rights. Links are asked about every
// time, since the feed does not tell of them; so is whoever asks while there is no feed. It takes a token with the part `audit`.

import type { Asks } from "./asking.js";
import type { Client } from "./client.js";
import { Known } from "./known.js";

export interface CacheOptions {
  /** Milliseconds. */
  staleness?: number;
  /** So many pairs of a user and a resource. */
  entries?: number;
}

export class Cache {
  readonly #client: Client;
  readonly #known: Known;
  readonly #stop = new AbortController();
  #followed = false;
  /** Why the feed has ended for good, such as a token that was withdrawn. Every question goes to the service then. */
  failure: unknown;

  constructor(client: Client, { staleness = 20_000, entries = 100_000 }: CacheOptions = {}) {
    this.#client = client;
    this.#known = new Known(staleness, entries);
  }

  /** Whether somebody may do something: from here where it is known, else from the service. */
  async allows(asked: Asks): Promise<boolean> {
    const held = this.#known.rights(asked.subject, asked.resource);
    if (held !== undefined) return held.has(asked.action);
    const now = this.#known.now();
    const decision = await this.#client.check(asked);
    if (asked.subject.startsWith("user:") && !this.#stop.signal.aborted) {
      if (!this.#followed) {
        this.#followed = true;
        this.#known.begin(decision, now);
        void this.#follow(decision.position);
      }
      this.#known.keep(asked.subject, asked.resource, decision);
    }
    return decision.decision;
  }

  /** Up to which position the feed has told. */
  get position(): number {
    return this.#known.position;
  }

  async #follow(after: number): Promise<void> {
    try {
      for await (const told of this.#client.changesAndHeartbeats({ after, signal: this.#stop.signal })) {
        if ("gained" in told) this.#known.changed(told);
        else this.#known.heard(told);
      }
    } catch (error) {
      this.failure = error;
    } finally {
      this.#known.lost();
    }
  }

  /** Follows no more; every question goes to the service from then on. */
  close(): void {
    this.#stop.abort();
    this.#known.lost();
  }
}
