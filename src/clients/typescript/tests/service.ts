// A real service for the tests of a file.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { Client, type ClientOptions } from "../src/index.js";

/** Of the repository; tests run from `out/tests`. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../../../..");
export const PROGRAM = process.env["CASEWARD_PROGRAM"] ?? join(ROOT, "target/debug/caseward");
export const SHARED = process.env["CASEWARD_SHARED"];
export const PYTHON = process.env["PYTHON"] ?? "python3";

export const read = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), "utf8"));

export interface Service {
  url: string;
  token: string;
  socket: string;
  data: string;
  organizations: Record<string, string>;
}

/** Starts one before the tests, with the history of the demo, and ends it behind them. */
export function serving(...more: string[]): { service: Service; client: (options?: Partial<ClientOptions>) => Client } {
  const service = {} as Service;
  let stop = (): void => undefined;
  before(async () => {
    const process_ = spawn(PYTHON, [join(ROOT, "tests/clients/serve.py"), PROGRAM, ...more], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const ended = new Promise<void>((resolve) => process_.on("exit", () => resolve()));
    for await (const line of createInterface({ input: process_.stdout })) {
      Object.assign(service, JSON.parse(line));
      break;
    }
    stop = () => {
      process_.stdin.end();
      return ended as unknown as undefined;
    };
  });
  after(() => stop());
  const client = (options: Partial<ClientOptions> = {}) =>
    new Client({ url: service.url, token: service.token, ...options });
  return { service, client };
}

/** Waits until something holds, for ten seconds at most. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error("it never came");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
