// A `fetch` for Node over a Unix socket, or with certificates of one's own, by `node:http` and `node:https` alone.

import { request as plain } from "node:http";
import { request as secured } from "node:https";
import { Readable } from "node:stream";
import type { ReadableStream as NodeStream } from "node:stream/web";

export interface Connecting {
  /** The path of `SOCKET` in the data directory. */
  socketPath?: string;
  /** Who signs the certificate of the service (PEM), where the system does not know them. */
  ca?: string | Buffer;
  /** A certificate to be known by (PEM). */
  cert?: string | Buffer;
  /** Its key (PEM). */
  key?: string | Buffer;
}

/** To be given to a client as `fetch`. */
export function fetchBy(connecting: Connecting): typeof fetch {
  return (input, init = {}) =>
    new Promise((resolve, reject) => {
      const url = new URL(String(input));
      const send = url.protocol === "https:" ? secured : plain;
      const options = {
        method: init.method ?? "GET",
        headers: Object.fromEntries(new Headers(init.headers)),
        ...(init.signal ? { signal: init.signal } : {}),
        ...connecting,
      };
      const request = send(url, options, (answer) => {
        const headers = new Headers();
        for (const [name, value] of Object.entries(answer.headersDistinct))
          for (const one of value ?? []) headers.append(name, one);
        const status = answer.statusCode ?? 500;
        const empty = status === 204 || status === 304;
        const body = empty ? null : (Readable.toWeb(answer) as NodeStream<Uint8Array> as unknown as ReadableStream);
        resolve(new Response(body, { status, headers }));
      });
      request.on("error", reject);
      request.end(typeof init.body === "string" ? init.body : undefined);
    });
}
