// A program that serves, and a browser that looks at it. Every page that is opened is watched: no word on the browser's console,
// no request to another host.

import { spawn } from "node:child_process";
import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const ROOT = resolve(import.meta.dirname, "../..");
export const PROGRAM = process.env.CASEWARD_BIN ?? join(ROOT, "target/debug/caseward");
export const PICTURES = process.env.CASEWARD_PICTURES ?? join(ROOT, "target/console");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

mkdirSync(PICTURES, { recursive: true });

/** Settings of whoever runs the tests are not theirs. */
export function environment() {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("CASEWARD_"));
  return { ...Object.fromEntries(own), NO_COLOR: "1" };
}

/** Starts a program, and waits for the line that names its address. */
async function started(args) {
  const child = spawn(PROGRAM, args, { env: environment(), stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  const url = await new Promise((found, failed) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        const address = line.match(/https?:\/\/127\.0\.0\.1:\d+/);
        if (address) found(address[0]);
      });
    }
    child.on("exit", (status) => failed(new Error(`it ended with ${status}: ${said.join("\n")}`)));
  });
  const stop = () => new Promise((ended) => { child.removeAllListeners("exit"); child.on("exit", ended); child.kill("SIGTERM"); });
  return { url, said, stop };
}

/** The tour. */
export const demo = () => started(["demo", "--serve", "--listen", "127.0.0.1:0"]);

/** A store of its own; what a run of the program printed. */
export class Store {
  constructor() { this.folder = mkdtempSync(join(tmpdir(), "caseward-console-")); }
  run(...args) {
    return new Promise((done, failed) => {
      const child = spawn(PROGRAM, ["--data", join(this.folder, "data"), ...args], { env: environment() });
      let printed = "";
      child.stdout.on("data", (piece) => { printed += piece; });
      child.stderr.on("data", (piece) => { printed += piece; });
      child.on("exit", (status) => status === 0 ? done(printed) : failed(new Error(`${args.join(" ")}: ${status}: ${printed}`)));
    });
  }
  serve(...args) { return started(["--data", join(this.folder, "data"), "serve", "--listen", "127.0.0.1:0", ...args]); }
  remove() { rmSync(this.folder, { recursive: true, force: true }); }
}

/** A browser; all that went wrong in it is in `faults`. */
export async function browser() {
  const running = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const faults = [];
  const open = async (settings = {}) => {
    const context = await running.newContext({ timezoneId: "Europe/Amsterdam", locale: "en-GB", ...settings });
    const page = await context.newPage();
    page.on("console", (message) => {
      // A status that a test asks for is no fault of the page.
      if (!message.text().startsWith("Failed to load resource")) faults.push(`${page.url()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => faults.push(`${page.url()}: ${error}`));
    page.on("request", (request) => {
      const { hostname, protocol } = new URL(request.url());
      if (hostname !== "127.0.0.1" && protocol !== "data:") faults.push(`${page.url()} asks ${request.url()}`);
    });
    return page;
  };
  return { open, faults, close: () => running.close() };
}

/** A picture for people to look at. */
export const picture = (page, name) => page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
