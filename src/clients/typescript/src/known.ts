// What a cache of decisions knows, and until when.
//
// INVARIANT: nothing is answered that was not so at most `staleness` milliseconds ago. What is known is as of the last
// heartbeat at which nothing was left to tell, or as of the moment that the last message tells of: by the clock
// of the service, which its answers show, so that a feed that is behind does not count as one that is not. An answer is kept
// only where the feed has told nothing behind it, so one that a change has overtaken on its way here is not kept; and what is
// known of a pair never goes back. Absent on purpose: the feed (`cache`).

import type { AccessChanges, Action, AskAgain, Decision } from "./forms.js";

/** What had happened, and what time it was. Instants of the service are in UTC, but not all of one length. */
interface Place {
  position: number;
  at: string;
}

interface Held {
  user: string;
  resource: string;
  rights: ReadonlySet<Action>;
  place: Place;
}

/** Microseconds since 1970, so that instants of any length compare. */
function microseconds(at: string): number {
  const fraction = /\.(\d+)/.exec(at)?.[1] ?? "";
  return Date.parse(at.replace(/\.\d+/, "")) * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

function isBefore(one: Place, other: Place): boolean {
  if (one.position !== other.position) return one.position < other.position;
  return microseconds(one.at) < microseconds(other.at);
}

export class Known {
  readonly #staleness: number;
  readonly #entries: number;
  readonly #clock: () => number;
  /** In the order in which they were last asked for. */
  readonly #held = new Map<string, Held>();
  #told: Place = { position: 0, at: "1970-01-01T00:00:00Z" };
  #trueAt: number | undefined;
  #offset: number | undefined;

  constructor(staleness: number, entries: number, clock: () => number = () => performance.now()) {
    this.#staleness = staleness;
    this.#entries = entries;
    this.#clock = clock;
  }

  /** Up to which position the feed has told. */
  get position(): number {
    return this.#told.position;
  }

  /** By the clock that ages are measured with; to be read before the service is asked. */
  now(): number {
    return this.#clock();
  }

  /** What is known to be held, while that is recent enough. */
  rights(user: string, resource: string): ReadonlySet<Action> | undefined {
    if (this.#trueAt === undefined || this.#clock() - this.#trueAt > this.#staleness) return undefined;
    const key = keyOf(user, resource);
    const found = this.#held.get(key);
    if (found === undefined) return undefined;
    this.#held.delete(key);
    this.#held.set(key, found);
    return found.rights;
  }

  /** The feed starts behind this answer. */
  begin(decision: Decision, asked: number): void {
    this.#told = { position: decision.position, at: decision.at };
    this.#trueAt = asked;
  }

  /** Takes an answer of the service, unless the feed has told of something behind it. */
  keep(user: string, resource: string, decision: Decision): void {
    const place = { position: decision.position, at: decision.at };
    const offset = microseconds(decision.at) / 1000 - this.#clock();
    this.#offset = Math.max(offset, this.#offset ?? offset);
    if (this.#trueAt === undefined || isBefore(place, this.#told)) return;
    this.#held.delete(keyOf(user, resource));
    this.#held.set(keyOf(user, resource), { user, resource, rights: new Set(decision.rights), place });
    for (const key of this.#held.keys()) {
      if (this.#held.size <= this.#entries) break;
      this.#held.delete(key);
    }
  }

  /** Takes a heartbeat. One also comes where the feed goes over a long stretch that tells nothing: then it is behind. */
  heard(heartbeat: { id: string; head: number }): void {
    if (this.#trueAt !== undefined && Number.parseInt(heartbeat.id, 10) >= heartbeat.head) this.#trueAt = this.#clock();
  }

  /** The feed ended for good: nothing is known any more. */
  lost(): void {
    this.#trueAt = undefined;
    this.#held.clear();
  }

  /** Takes what the feed told. */
  changed(changes: AccessChanges): void {
    this.#told = changes.to;
    for (const one of [...changes.gained, ...changes.lost, ...changes.changed, ...(changes.named ?? [])]) {
      const held = this.#held.get(keyOf(one.subject, one.resource));
      if (held === undefined || !isBefore(held.place, changes.to)) continue;
      held.rights = new Set(one.after);
      held.place = changes.to;
    }
    for (const everyone of changes.everyone ?? []) this.#drop((held) => held.resource === everyone.resource);
    for (const again of changes.ask_again ?? []) this.#drop(meantBy(again));
    this.#trueAsOf(changes.to.at);
  }

  /** Ages what is known by how long ago that was for the service. */
  #trueAsOf(at: string): void {
    if (this.#trueAt === undefined || this.#offset === undefined) return;
    const now = this.#clock();
    const behind = Math.max(0, now + this.#offset - microseconds(at) / 1000);
    this.#trueAt = Math.max(this.#trueAt, now - behind);
  }

  #drop(meant: (held: Held) => boolean): void {
    for (const [key, held] of this.#held) if (meant(held)) this.#held.delete(key);
  }
}

function meantBy(again: AskAgain): (held: Held) => boolean {
  if (again === "everything") return () => true;
  if ("subject" in again) return (held) => held.user === again.subject;
  return (held) => held.resource === again.resource;
}

/** Ids hold no control characters. */
function keyOf(user: string, resource: string): string {
  return `${user}\n${resource}`;
}
