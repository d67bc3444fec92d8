// The client does what the common scenarios say, against the real program; they use the whole interface.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Client } from "../src/index.js";
import { Runner, type Scenario } from "./scenario.js";
import { ROOT, read, serving } from "./service.js";
import { commands, methods, notOurs } from "./surface.js";

const { scenarios } = read("tests/clients/scenarios.json") as { scenarios: Scenario[] };
const described = read("tests/goldens/openapi.json") as { paths: Record<string, Record<string, unknown>> };
const { service } = serving();
const seen = new Set<string>();
const noted: typeof fetch = (input, init) => {
  seen.add(`${init?.method ?? "GET"} ${new URL(String(input)).pathname}`);
  return fetch(input, init);
};

for (const scenario of scenarios)
  test(scenario.name, () => {
    const open = (token?: string) => new Client({ url: service.url, token: token ?? service.token, fetch: noted });
    return new Runner(open, scenario).run();
  });

test("the scenarios use every operation and every command", () => {
  const operations = Object.entries(described.paths).flatMap(([path, verbs]) =>
    Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path}`),
  );
  assert.deepEqual(new Set([...Object.keys(methods), ...notOurs]), new Set(operations));
  const lacks = operations.filter((name) => {
    const pattern = new RegExp(`^${name.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
    return !notOurs.includes(name) && ![...seen].some((one) => pattern.test(one));
  });
  assert.deepEqual(lacks, []);
  const called = new Set(scenarios.flatMap((one) => one.steps.map((step) => step.call)));
  const lower = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  const calledHere = new Set([...called].map(lower));
  assert.deepEqual(
    commands.filter((name) => !calledHere.has(name)),
    [],
  );
});

test("what is generated does not lag", () => {
  execFileSync("node", ["tools/generate.mjs", "--check"], { cwd: `${ROOT}/src/clients/typescript` });
});
