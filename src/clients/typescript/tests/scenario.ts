// Goes through the common scenarios: `tests/clients/README.md` says how a step is read.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type Client, Forbidden, Pages, Problem, Refused, UnknownCaller } from "../src/index.js";

type Json = unknown;
type Members = Record<string, Json>;

export interface Step {
  call: string;
  with?: Members;
  sent?: Members;
  as?: string;
  because?: string;
  take?: number;
  expect?: Json;
  expect_first?: Json;
  expect_items?: Json;
  expect_count?: number;
  lacks?: Record<string, string>;
  fails?: { code: string; status?: number; kind?: keyof typeof KINDS; hint?: boolean; facts?: Json };
  until?: Json;
  wait_for?: Json;
  keep?: Record<string, string>;
}

export interface Scenario {
  name: string;
  org: string;
  session?: boolean;
  create?: boolean;
  steps: Step[];
}

const KINDS = { refused: Refused, forbidden: Forbidden, unknown_caller: UnknownCaller, problem: Problem };
const lower = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
const isObject = (value: Json): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Asserts that an answer has what is wanted of it. */
export function has(found: Json, wanted: Json, at = "answer"): void {
  if (isObject(wanted)) {
    assert.ok(isObject(found), `${at}: ${JSON.stringify(found)}`);
    for (const [name, one] of Object.entries(wanted)) has(found[name], one, `${at}.${name}`);
  } else if (Array.isArray(wanted)) {
    assert.ok(Array.isArray(found) && found.length === wanted.length, `${at}: ${JSON.stringify(found)}`);
    for (const [index, one] of wanted.entries()) has(found[index], one, `${at}[${index}]`);
  } else assert.deepEqual(found, wanted, `${at}: ${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`);
}

function fits(found: Json, wanted: Json): boolean {
  try {
    has(found, wanted);
    return true;
  } catch {
    return false;
  }
}

const pick = (value: Json, path: string): Json =>
  path === "" ? value : path.split(".").reduce<Json>((one, part) => (one as Members)[part], value);

/** One scenario. `open` gives a client for a token. */
export class Runner {
  readonly #open: (token?: string) => Client;
  readonly #scenario: Scenario;
  readonly #kept: Record<string, Json> = { unique: `b-${randomUUID().slice(0, 8)}` };
  #client: Client;
  #org: string;

  constructor(open: (token?: string) => Client, scenario: Scenario) {
    this.#open = open;
    this.#scenario = scenario;
    this.#org = scenario.org;
    this.#client = open();
  }

  async run(): Promise<void> {
    const { org, create = true, session, steps } = this.#scenario;
    if (org !== "default" && create) {
      this.#org = `${org}-${randomUUID().slice(0, 8)}`;
      await this.#client.createOrg({ organization: this.#org });
    }
    this.#kept["org"] = this.#org;
    this.#client = this.#client.at(this.#org);
    if (session) this.#client = this.#client.session();
    for (const [number, step] of steps.entries()) {
      try {
        await this.#step(this.#filled(step) as Step);
      } catch (cause) {
        throw new Error(`step ${number}, ${step.call}: ${(cause as Error).message}`, { cause });
      }
    }
  }

  #filled(value: Json): Json {
    if (Array.isArray(value)) return value.map((one) => this.#filled(one));
    if (isObject(value))
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.#filled(one)]));
    if (typeof value !== "string") return value;
    if (value.startsWith("$")) return this.#kept[value.slice(1)];
    return value.replace("$org", this.#org);
  }

  async #call(step: Step): Promise<Json> {
    let client = step.as === undefined ? this.#client : this.#open(step.as).at(this.#org);
    if (step.because !== undefined) client = client.because(step.because);
    const methods = client as unknown as Record<string, (asked?: Json, sent?: Json) => Json>;
    const made = await methods[lower(step.call)]?.(step.with, step.sent);
    if (!isObject(made) || made instanceof Pages || !(Symbol.asyncIterator in made)) return made;
    const items: Json[] = [];
    for await (const item of made as unknown as AsyncIterable<Json>) {
      items.push(item);
      if (items.length === step.take) break;
    }
    return items;
  }

  async #step(step: Step): Promise<void> {
    if (step.fails) return this.#fails(step);
    const deadline = Date.now() + 20_000;
    for (;;) {
      const answer = await this.#call(step);
      if (answer instanceof Pages) {
        await this.#pages(answer, step);
        if (step.wait_for === undefined) return;
        if ((await answer.all()).some((one) => fits(one, step.wait_for))) return;
      } else if (step.until === undefined || fits(answer, step.until)) return this.#look(step, answer);
      assert.ok(Date.now() < deadline, `it never came: ${JSON.stringify(answer)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  #look(step: Step, found: Json): void {
    if (step.expect !== undefined) has(found, step.expect);
    if (step.expect_items !== undefined) has(found, step.expect_items);
    for (const [index, name] of Object.entries(step.lacks ?? {}))
      assert.ok(!((pick(found, `events.${index}.data`) as Members)[name] !== undefined), name);
    for (const [name, path] of Object.entries(step.keep ?? {})) this.#kept[name] = pick(found, path);
  }

  async #pages(answer: Pages<unknown, unknown>, step: Step): Promise<void> {
    if (step.expect_first !== undefined) has(await answer.first(), step.expect_first);
    if (step.expect_count !== undefined) assert.equal((await answer.all()).length, step.expect_count);
  }

  async #fails(step: Step): Promise<void> {
    const { code, status, kind, hint, facts = {} } = step.fails as NonNullable<Step["fails"]>;
    let problem: unknown;
    try {
      const answer = await this.#call(step);
      if (answer instanceof Pages) await answer.all();
    } catch (error) {
      problem = error;
    }
    if (!(problem instanceof Problem)) throw new Error(`it did not fail as it should: ${String(problem)}`);
    assert.equal(problem.code, code, problem.message);
    if (status !== undefined) assert.equal(problem.status, status);
    if (kind !== undefined) assert.equal(problem.constructor, KINDS[kind]);
    if (hint) assert.ok(problem.hint);
    has(problem.facts, facts);
  }
}
