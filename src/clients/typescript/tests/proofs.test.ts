// What the program proves is found to hold, and what it finds broken is found broken.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { NotProved } from "../src/index.js";
import { treeHead, verify } from "../src/proofs.js";
import { envelope } from "../src/stored.js";
import { PROGRAM, PYTHON, ROOT, serving } from "./service.js";

type Json = unknown;
interface Vector {
  name: string;
  bundle: Json;
  keys: string[];
  holds: boolean;
}

const { service, client } = serving();
const made = execFileSync(PYTHON, [`${ROOT}/tests/clients/vectors.py`, PROGRAM], {
  maxBuffer: 1 << 28,
  encoding: "utf8",
});
const vectors = JSON.parse(made) as Vector[];

async function holds(bundle: Json, keys: string[]): Promise<boolean> {
  try {
    await verify(bundle, keys);
    return true;
  } catch (error) {
    if (error instanceof NotProved) return false;
    throw error;
  }
}

test("what the program finds of a proof is found here", async () => {
  assert.ok(vectors.filter((one) => one.holds).length >= 9);
  for (const one of vectors) assert.equal(await holds(one.bundle, one.keys), one.holds, one.name);
});

/** Of every member, and of the first of every list. */
function paths(value: Json, at: string[] = []): string[][] {
  const found = at.length > 0 ? [at] : [];
  const entries = Array.isArray(value)
    ? Object.entries(value).slice(0, 1)
    : value !== null && typeof value === "object"
      ? Object.entries(value)
      : [];
  return [...found, ...entries.flatMap(([name, one]) => paths(one, [...at, name]))];
}

function replaced(value: Json, [name, ...rest]: string[], junk: Json): Json {
  if (name === undefined) return junk;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, Json>;
  copy[name] = replaced(copy[name], rest, junk);
  return copy;
}

test("nothing in a bundle is believed for its type", async () => {
  for (const vector of vectors.filter((one) => one.holds))
    for (const path of paths(vector.bundle)) {
      if (path.slice(0, 3).join("/") === "proves/decision/answer") continue;
      for (const junk of [null, 7, -1, 1.5, "", "x", "\ud800", [], {}, true]) {
        if (!(await holds(replaced(vector.bundle, path, junk), vector.keys))) continue;
        // What is stated is told as it is stated.
        assert.ok(
          path.slice(0, 3).join("/") === "proves/decision/question" || junk === path.at(-1),
          `${vector.name} ${path} ${String(junk)}`,
        );
      }
    }
});

test("what the service proves holds, and says what it is about", async () => {
  const key = execFileSync(PROGRAM, ["--data", service.data, "key", "show"], { encoding: "utf8" });
  const event = await verify(await client().proveEvent({ position: 328 }), [key]);
  assert.ok(event.proved === "event");
  const [only] = event.events;
  assert.deepEqual(
    [only?.position, only?.actor, only?.commandId, only?.via],
    [328, "user:elif", "demo-330", undefined],
  );
  assert.equal(only?.time, BigInt(Date.parse("2025-11-03T09:00:00Z")) * 1000n);
  const asked = { subject: "user:mike", action: "read", resource: "case:4711", as_of: 168 } as const;
  const decision = await verify(await client().proveDecision(asked), [key]);
  assert.ok(decision.proved === "decision" && decision.question["resource"] === "case:4711");
  assert.ok((decision.streams["case:4711"] ?? 0) > 0);
  const older = await client().treeHead();
  await client().addMember({ group: "proofs", member: "user:ana" });
  const grown = await verify(await client().proveConsistency({ older }), [key]);
  assert.ok(grown.proved === "consistency" && grown.older.size < grown.head.size);
  assert.deepEqual(await treeHead(older, [key]), grown.older);
  const added = await verify(await client().proveEvent({ position: grown.head.size }), [key]);
  assert.ok(added.proved === "event" && added.events[0]?.via?.startsWith("token:"));
});

test("bytes that are no event are told", () => {
  const large = Array<number>(8).fill(0xff);
  for (const bytes of [
    [],
    [3],
    [1, 1],
    [1, ...Array<number>(12).fill(0xff)],
    [2, 5, 97],
    [2, 2, 0xff, 0xff],
    [1, ...large, 1],
  ])
    assert.throws(() => envelope(Uint8Array.from(bytes)), NotProved);
});
