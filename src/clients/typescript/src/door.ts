// The way to the service: an address, a token, and how often something is tried.
//
// INVARIANT: what may not be done twice is sent a second time only where the service said that it did not begin with it.

import { problemIn, UnexpectedAnswer, Unreachable } from "./errors.js";
import { PASSING, type Retries, waitOf } from "./sending.js";

/** What a parameter may be; what is `undefined` is left out. */
export type Query = Record<string, string | number | boolean | undefined>;

/** A token (`cw_…`, a JWT), or what gives one: a JWT ends soon, so it is asked for with every request. */
export type Token = string | (() => string | Promise<string>);

/** What is asked of the service. */
export interface Asked {
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
  /** Sending it twice does not do what sending it once does. */
  once?: boolean;
}

export class Door {
  readonly #base: string;
  readonly #token: Token | undefined;
  readonly #fetch: typeof fetch;
  readonly #timeout: number;
  readonly retries: Retries;

  constructor(base: string, token: Token | undefined, send: typeof fetch, timeout: number, retries: Retries) {
    this.#base = base.replace(/\/+$/, "");
    this.#token = token;
    this.#fetch = send;
    this.#timeout = timeout;
    this.retries = retries;
  }

  /** The answer as JSON. */
  async ask<Form>(method: string, path: string, asked: Asked = {}): Promise<Form> {
    const text = await this.text(method, path, asked);
    try {
      return JSON.parse(text) as Form;
    } catch (cause) {
      throw new UnexpectedAnswer(`${method} ${path} was answered by what is not JSON`, { cause });
    }
  }

  /** The answer as it came. */
  async text(method: string, path: string, asked: Asked = {}): Promise<string> {
    const address = this.#address(path, asked.query);
    const body = asked.body === undefined ? null : JSON.stringify(asked.body);
    for (let attempt = 1; ; attempt++) {
      const last = attempt >= this.retries.attempts;
      let response: Response;
      let text: string;
      try {
        const headers = await this.#headers(asked.headers, body !== null);
        response = await this.#fetch(address, { method, headers, body, signal: AbortSignal.timeout(this.#timeout) });
        text = await response.text();
      } catch (cause) {
        if (last || asked.once) throw new Unreachable(`${this.#base} does not answer: ${said(cause)}`, { cause });
        await sleep(waitOf(this.retries, attempt - 1));
        continue;
      }
      if (response.ok) return text;
      const problem = problemIn(response.status, text);
      const passing = asked.once ? problem.code === "busy" : PASSING.has(problem.code);
      if (!passing || last) throw problem;
      const asks = Number(response.headers.get("Retry-After") ?? 0) * 1000;
      await sleep(waitOf(this.retries, attempt - 1, Number.isFinite(asks) ? asks : 0));
    }
  }

  /** A stream as it comes. Tried once: who follows knows where to go on. */
  async stream(
    path: string,
    query: Query,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    const sent = { headers: await this.#headers(headers, false), signal };
    const response = await this.#fetch(this.#address(path, query), sent);
    if (!response.ok) throw problemIn(response.status, await response.text());
    if (response.body === null) throw new UnexpectedAnswer(`GET ${path} was answered by nothing`);
    return response.body;
  }

  #address(path: string, query: Query | undefined): string {
    if (query === undefined) return this.#base + path;
    const said = new URLSearchParams();
    for (const [name, one] of Object.entries(query)) if (one !== undefined) said.append(name, String(one));
    const text = said.toString();
    return text === "" ? this.#base + path : `${this.#base}${path}?${text}`;
  }

  async #headers(more: Record<string, string> | undefined, json: boolean): Promise<Record<string, string>> {
    const headers: Record<string, string> = json ? { "Content-Type": "application/json", ...more } : { ...more };
    const token = typeof this.#token === "function" ? await this.#token() : this.#token;
    if (token !== undefined) headers["Authorization"] = `Bearer ${token}`;
    return headers;
  }
}

function said(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}

/** So many milliseconds. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
