// What every part of the client has: the door, the organization, and the position that a session carries.

import { Commands } from "./commands.js";
import type { Asked, Door, Query } from "./door.js";

/** The highest position that was told: later questions of a session wait for it. */
export interface Carried {
  position: number;
}

/** What a client is made of; its sessions share the door. */
export interface Parts {
  door: Door;
  org: string;
  purpose: string | undefined;
  carried: Carried | undefined;
}

/** As of which position, or instant (RFC 3339). */
export type AsOf = number | string;

/** An instant, as RFC 3339 has it. */
export type Instant = string;

/** When something is asked about, and from which position on. */
export interface When {
  /** As of a position, or an instant; left out, the head. */
  as_of?: AsOf;
  /** The instant that windows are compared with; left out, that of `as_of`. */
  at?: Instant;
  /** Waits until the head is at this position. */
  at_least?: number;
}

/** A part of a path. */
export function segment(name: string | number): string {
  return encodeURIComponent(name);
}

export abstract class Base extends Commands {
  /** @internal */
  protected readonly parts: Parts;

  constructor(parts: Parts) {
    super();
    this.parts = parts;
  }

  protected path(rest: string): string {
    return `/v1/orgs/${segment(this.parts.org)}/${rest}`;
  }

  /** Headers carry bytes: those of UTF-8, one letter each. */
  protected why(): Record<string, string> {
    const { purpose } = this.parts;
    return purpose === undefined ? {} : { "X-Purpose": String.fromCharCode(...new TextEncoder().encode(purpose)) };
  }

  protected atLeast(asked?: number): number | undefined {
    const least = Math.max(this.parts.carried?.position ?? 0, asked ?? 0);
    return least === 0 ? undefined : least;
  }

  protected saw(position: number): void {
    const { carried } = this.parts;
    if (carried !== undefined) carried.position = Math.max(carried.position, position);
  }

  protected get<Form>(rest: string, query: Query): Promise<Form> {
    return this.parts.door.ask<Form>("GET", this.path(rest), { query, headers: this.why() });
  }

  protected post<Form>(rest: string, asked: Asked): Promise<Form> {
    return this.parts.door.ask<Form>("POST", this.path(rest), asked);
  }
}
