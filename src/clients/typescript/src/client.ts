// The client.

import type { Parts } from "./base.js";
import { Door, type Token } from "./door.js";
import { Operating } from "./operating.js";
import { RETRIES, type Retries } from "./sending.js";

export interface ClientOptions {
  /** `https://caseward.internal:7557`; in a page, `""` is where it came from. */
  url: string;
  /** A token, or what gives one when it is asked. */
  token?: Token;
  /** Which organization; `default`, where nothing is said. */
  org?: string;
  /** Milliseconds for one attempt; 30,000. */
  timeout?: number;
  /** How often, and how patiently. */
  retries?: Partial<Retries>;
  /** Another `fetch`: `caseward/node` has one for a Unix socket and for certificates of one's own. */
  fetch?: typeof fetch;
}

/** A connection to a service, and one organization of it. Every method takes its arguments by name, as the service has them. */
export class Client extends Operating {
  constructor(options: ClientOptions | Parts) {
    super("door" in options ? options : partsOf(options));
  }

  /** The same client, which from here on sees what it wrote: every question waits for the last position it was told. */
  session(): Client {
    return new Client({ ...this.parts, carried: { position: 0 } });
  }

  /** The same client, about another organization; a session starts anew there. */
  at(org: string): Client {
    return new Client({ ...this.parts, org, carried: this.parts.carried && { position: 0 } });
  }

  /** The same client, whose questions are kept in the log of reads with this purpose. */
  because(purpose: string): Client {
    return new Client({ ...this.parts, purpose });
  }
}

function partsOf(options: ClientOptions): Parts {
  const {
    url,
    token,
    org = "default",
    timeout = 30_000,
    retries,
    fetch: send = globalThis.fetch.bind(globalThis),
  } = options;
  // In a page the empty address is where it came from.
  if (url !== "" && !/^https?:\/\//.test(url))
    throw new TypeError(`\`${url}\` is no address of a service: begin it with http:// or https://`);
  const door = new Door(url, token, send, timeout, { ...RETRIES, ...retries });
  return { door, org, purpose: undefined, carried: undefined };
}
