// Server-sent events, as both feeds have them.

import { problemOf, Unavailable } from "./errors.js";

/** One message of a stream. */
export interface Message {
  id: string;
  kind: string;
  data: string;
}

/** Messages as they come, in pieces of any size. `heard` is called for each piece. */
export async function* messagesOf(
  stream: ReadableStream<Uint8Array>,
  heard: () => void,
): AsyncGenerator<Message, void, undefined> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let message: Message = { id: "", kind: "message", data: "" };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line !== "") {
          take(message, line);
          continue;
        }
        if (message.data !== "") yield message;
        message = { id: "", kind: "message", data: "" };
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function take(message: Message, line: string): void {
  const at = line.indexOf(":");
  const name = at < 0 ? line : line.slice(0, at);
  const value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
  if (name === "id") message.id = value;
  else if (name === "event") message.kind = value;
  else if (name === "data") message.data = message.data === "" ? value : `${message.data}\n${value}`;
}

/** Throws what a stream says when the service ends it. */
export function endedBy(message: Message): void {
  if (message.kind === "failed") {
    const told = JSON.parse(message.data) as Record<string, unknown>;
    throw problemOf(Number(told["status"] ?? 503), told);
  }
  if (message.kind === "stopping") throw new Unavailable("stopping", "the service is stopping", 503);
}
