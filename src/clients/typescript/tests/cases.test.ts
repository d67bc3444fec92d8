// The shared cases, through HTTP: each has an organization of its own, with what it says is given.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Client, Command, forms } from "../src/index.js";
import { Pages, Refused } from "../src/index.js";
import { has } from "./scenario.js";
import { SHARED, serving } from "./service.js";

type Members = Record<string, unknown>;

interface Case {
  id: string;
  title: string;
  do?: { command: Record<string, Members>; time?: string } & Members;
  ask?: Members & { verb?: string };
  expect?: unknown;
  expect_code?: string;
  rule?: string;
  answer?: Members;
}

const file = `${SHARED}/spec/cases.jsonl`;
const cases: Case[] = SHARED
  ? readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Case)
  : [];

/** What is expected, and the whole answer. */
async function asked(
  client: Client,
  { verb = "check", ...ask }: NonNullable<Case["ask"]>,
): Promise<[unknown, Members]> {
  const methods = client as unknown as Record<string, (asked: Members) => unknown>;
  const made = await methods[verb]?.(ask);
  if (!(made instanceof Pages)) {
    const answer = made as Members;
    return [verb === "check" ? answer["decision"] : answer["rights"], answer];
  }
  const first = (await made.first()) as Members;
  if (verb !== "access") return [first[verb === "who" ? "subjects" : "resources"], first];
  const intervals = (await made.all()) as forms.Interval[];
  return [intervals.map(({ from, until, rule }) => ({ from, until, rule })), first];
}

/** The own organization of the cases is `default`. */
function done(
  client: Client,
  org: string,
  { command, time: _, ...sent }: NonNullable<Case["do"]>,
): Promise<forms.Accepted> {
  const [name, fields] = Object.entries(command)[0] as [string, Members];
  const own = fields["organization"] === "default" ? { organization: org } : {};
  return client.do({ [name]: { ...fields, ...own } } as unknown as Command, sent);
}

if (cases.length === 0) test("the shared cases", { skip: "SKIPPED: CASEWARD_SHARED is not set" }, () => undefined);
else {
  const { service, client } = serving(file);
  for (const one of cases) {
    // A command that is sent is given now; what an import says of times before or after cannot be said of it.
    const skip =
      one.expect_code === "time_goes_back" || one.expect_code === "time_ahead" ? "of an import alone" : false;
    test(`${one.id} ${one.title}`, { skip }, async () => {
      const org = service.organizations[one.id] as string;
      const at = client().at(org).session();
      const refused = (error: unknown) => error instanceof Refused && error.code === one.expect_code;
      if (one.do && one.expect_code) await assert.rejects(done(at, org, one.do), refused);
      else if (one.do) {
        const wanted = one.expect as { events: number; warnings?: string[] };
        const accepted = await done(at, org, one.do);
        assert.equal(accepted.events.length, wanted.events);
        if (wanted.warnings)
          assert.deepEqual(
            accepted.warnings.map((warning) => warning.code),
            wanted.warnings,
          );
      } else if (one.expect_code && one.ask) await assert.rejects(asked(at, one.ask), refused);
      if (one.ask && "expect" in one) {
        const [found, answer] = await asked(at, one.ask);
        assert.deepEqual(found, one.expect);
        has(answer, { ...(one.rule ? { rule: one.rule } : {}), ...one.answer });
      }
    });
  }
}
