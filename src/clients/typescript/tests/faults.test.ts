// What goes wrong on the way: what is tried again, what is not, and what is told.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import {
  CasewardError,
  Client,
  type ClientOptions,
  Forbidden,
  newId,
  Problem,
  Refused,
  Unavailable,
  UnexpectedAnswer,
  UnknownCaller,
  Unreachable,
} from "../src/index.js";
import { fetchBy } from "../src/node.js";
import { PROGRAM, serving } from "./service.js";

const { service, client: real } = serving();
const ACCEPTED = { status: "accepted", position: 7, events: [], warnings: [] };
const DECISION = {
  decision: true,
  rights: ["read"],
  rule: "case_grant",
  position: 9,
  at: "2026-03-01T00:00:00Z",
  disclose: true,
  reasons: [],
  set_aside: [],
};
const ASKED = { subject: "user:ana", action: "read", resource: "case:1" } as const;

type Answer = Response | Error | (() => Response | Promise<Response>);
interface Sent {
  url: URL;
  headers: Headers;
  body: Record<string, unknown>;
}

const ok = (value: unknown) => () => Response.json(value);
const busy =
  (code = "busy", status = 503, headers: Record<string, string> = {}) =>
  () =>
    Response.json(
      { type: `/problems#${code}`, title: code, status, code, detail: "not now", hint: "later", limit: 3 },
      { status, headers },
    );
const cut = new TypeError("fetch failed", { cause: new Error("cut off") });

function client(answers: Answer[], sent: Sent[] = [], options: Partial<ClientOptions> = {}): Client {
  const send: typeof fetch = async (input, init) => {
    const body = typeof init?.body === "string" ? JSON.parse(init.body) : {};
    sent.push({ url: new URL(String(input)), headers: new Headers(init?.headers), body });
    const answer = answers.shift();
    if (answer === undefined || answer instanceof Error) throw answer;
    return typeof answer === "function" ? answer() : answer;
  };
  const retries = { attempts: 3, firstWait: 1, longestWait: 2 };
  return new Client({ url: "http://caseward.test/", fetch: send, retries, ...options });
}

test("a command is sent again under the id that it had", async () => {
  for (const first of [
    cut,
    busy("in_doubt"),
    busy("busy", 429, { "Retry-After": "0" }),
    busy("stopping", 503, { "Retry-After": "soon" }),
  ]) {
    const sent: Sent[] = [];
    const accepted = await client([first, ok(ACCEPTED)], sent).grant({ on: "case:1", to: "user:ana" });
    assert.equal(accepted.position, 7);
    assert.deepEqual(sent[0]?.body, sent[1]?.body);
    assert.ok(sent[0]?.body["id"]);
  }
});

test("what would make something new is sent again only where it was not begun with", async () => {
  await assert.rejects(client([cut]).createOrg({ organization: "acme" }), Unreachable);
  await assert.rejects(client([busy("timeout")]).createOrg({ organization: "acme" }), Unavailable);
  assert.equal((await client([busy(), ok(ACCEPTED)]).createOrg({ organization: "acme" })).position, 7);
});

test("it ends after so many attempts and says why", async () => {
  await assert.rejects(client([cut, cut, cut]).check(ASKED), {
    name: "Unreachable",
    message: "http://caseward.test does not answer: cut off",
  });
  const behind = busy("behind");
  await assert.rejects(client([behind, behind, behind]).check(ASKED), (error: unknown) => {
    assert.ok(error instanceof Unavailable && error instanceof CasewardError);
    assert.deepEqual([error.code, error.status, error.hint, error.facts], ["behind", 503, "later", { limit: 3 }]);
    assert.equal(error.message, "not now (behind)\nhint: later");
    return true;
  });
  await assert.rejects(client([busy("damaged")]).check(ASKED), Unavailable);
});

test("what is no problem of ours is told as well as can be", async () => {
  const rows: Array<[Response, typeof Problem, string]> = [
    [new Response("<html>", { status: 502 }), Problem, "fault"],
    [new Response("", { status: 418 }), Problem, "status_418"],
    [new Response("no subject", { status: 400 }), Refused, "invalid"],
    [Response.json(["no", "problem"], { status: 401 }), UnknownCaller, "unknown_caller"],
  ];
  for (const [answer, kind, code] of rows)
    await assert.rejects(
      client([answer.clone(), answer.clone(), answer]).status(),
      (error: unknown) => error instanceof kind && error.code === code,
    );
});

test("an address begins as one", () => {
  assert.throws(() => new Client({ url: "localhost:7557" }), /begin it with/);
  assert.ok(new Client({ url: "" }));
});

test("what is no JSON is an unexpected answer", async () => {
  await assert.rejects(client([new Response("<html>")]).check(ASKED), UnexpectedAnswer);
});

test("a session waits for the last position that it was told", async () => {
  const sent: Sent[] = [];
  const rights = ok({ rights: [], position: 9 });
  const session = client(
    [ok(ACCEPTED), ok(DECISION), rights, rights, ok({ decision: true }), ok({ answers: [ACCEPTED] }), rights],
    sent,
  ).session();
  await session.revoke({ on: "case:1", to: "user:ana" });
  assert.ok(await session.allows(ASKED));
  await session.rights({ subject: "user:ana", resource: "case:1", at_least: 3 });
  await session.at("acme").rights({ subject: "user:ana", resource: "case:1" });
  await session.evaluate({ subject: {}, action: {}, resource: {}, context: { ip: "::1" } });
  await session.submit([{ revoke: { on: "case:1", to: "user:ana" } }]);
  assert.deepEqual(
    sent.slice(0, 4).map((one) => one.url.searchParams.get("at_least")),
    [null, "7", "9", null],
  );
  assert.equal(sent[3]?.url.pathname, "/v1/orgs/acme/rights");
  assert.deepEqual(sent[4]?.body["context"], { ip: "::1", caseward: { at_least: 9 } });
});

test("a batch has an id for each, and answers in order", async () => {
  const sent: Sent[] = [];
  const refused = { status: "refused", code: "cycle", message: "it would contain itself" };
  const batch = [
    { grant: { on: "case:1", to: "user:ana" } },
    { command: { add_member: { group: "g", member: "group:g" } }, id: "mine", reason: "why" },
  ];
  const answers = await client([ok({ answers: [ACCEPTED, refused] })], sent).submit(batch, { atomic: true });
  assert.deepEqual(answers, [ACCEPTED, refused]);
  const commands = sent[0]?.body["commands"] as Array<Record<string, unknown>>;
  assert.equal(sent[0]?.body["atomic"], true);
  assert.match(String(commands[0]?.["id"]), /^[0-9a-f-]{36}$/);
  assert.deepEqual(commands[1], batch[1]);
});

test("any number is sent in parts, and no part before the one before it is answered", async () => {
  await real().createOrg({ organization: "parts" });
  const one = real().at("parts").session();
  let taken = 0;
  function* members() {
    for (; taken < 25; taken++) yield { add_member: { group: "g", member: `user:u${taken}` } };
  }
  const positions: number[] = [];
  for await (const answer of one.submitAll(members(), { size: 10 })) {
    if (positions.length === 0) assert.equal(taken, 9);
    if (answer.status === "accepted") positions.push((answer as { position: number }).position);
  }
  assert.deepEqual(
    positions,
    Array.from({ length: 25 }, (_, at) => at + 1),
  );
  const asked = Array.from({ length: 25 }, () => ({
    ...ASKED,
    resource: "organization",
    action: "administer" as const,
  }));
  let decided = 0;
  for await (const answer of one.checkAll(asked, { size: 10 })) if ("decision" in answer) decided += 1;
  assert.equal(decided, 25);
  await assert.rejects(one.checkAll(asked, { size: 0 }).next(), RangeError);
});

test("a token may be asked for with every request", async () => {
  const sent: Sent[] = [];
  const tokens = ["one", "two"];
  const one = client([ok(DECISION), ok(DECISION)], sent, { token: () => tokens.shift() ?? "" });
  await one.check(ASKED);
  await one.check(ASKED);
  assert.deepEqual(
    sent.map((request) => request.headers.get("Authorization")),
    ["Bearer one", "Bearer two"],
  );
});

test("ids are UUIDs of version 7, and sort by when they were made", () => {
  const made = Array.from({ length: 1000 }, newId);
  assert.equal(new Set(made).size, 1000);
  for (const id of made) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok((made[0] ?? "").slice(0, 13) <= (made.at(-1) ?? "").slice(0, 13));
  assert.ok(Math.abs(Number.parseInt(newId().replaceAll("-", "").slice(0, 12), 16) - Date.now()) < 1000);
});

const commit = (position: number) =>
  `id: ${position}\nevent: commit\ndata: [{"data":\ndata: {"position":${position}}}]\n\n`;
const feed =
  (...parts: string[]) =>
  () =>
    new Response(new Blob(parts).stream());

test("a feed goes on behind what it told, whatever cut it off", async () => {
  const sent: Sent[] = [];
  const answers: Answer[] = [
    feed(": a comment\nretry\n\n", commit(4), 'event: heartbeat\ndata: {"head":4}\n\n'),
    cut,
    busy(),
    feed(commit(5), 'event: stopping\ndata: {"after":5}\n\n'),
    feed(commit(6), 'event: failed\ndata: {"status":401,"code":"unknown_caller","detail":"withdrawn"}\n\n'),
  ];
  const told: string[] = [];
  const following = async () => {
    for await (const one of client(answers, sent).events({ after: 3 })) told.push(one.id);
  };
  await assert.rejects(following(), UnknownCaller);
  assert.deepEqual(told, ["4", "5", "6"]);
  assert.deepEqual(
    sent.map((request) => request.headers.get("Last-Event-ID")),
    ["3", "4", "4", "4", "5"],
  );
});

test("a feed that may not be followed says so at once, and so does one of nothing", async () => {
  await assert.rejects(
    client([busy("forbidden", 403)])
      .changes()
      .next(),
    Forbidden,
  );
  await assert.rejects(
    client([new Response(null)])
      .events()
      .next(),
    UnexpectedAnswer,
  );
});

test("silence is no sign of life: the connection is made anew", async () => {
  let connections = 0;
  const server = createServer((_, answer) => {
    connections += 1;
    answer.writeHead(200, { "Content-Type": "text/event-stream" });
    answer.flushHeaders();
    if (connections > 1) answer.write(commit(1));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for await (const one of new Client({ url, retries: { firstWait: 1 } }).events({ silence: 200 })) {
    assert.equal(one.id, "1");
    break;
  }
  assert.equal(connections, 2);
  server.closeAllConnections();
  server.close();
});

test("a feed ends when it is told to", async () => {
  const stop = new AbortController();
  let told = 0;
  for await (const _ of real().changes({ after: 320, signal: stop.signal })) {
    told += 1;
    stop.abort();
  }
  assert.equal(told, 1);
});

test("the socket in the data directory takes no token", async () => {
  const one = new Client({ url: "http://caseward", fetch: fetchBy({ socketPath: service.socket }) });
  assert.ok((await one.ready()).serves);
  await assert.rejects(one.check({ ...ASKED, resource: "case" }), Refused);
  for await (const told of one.events({ after: 327 })) {
    assert.equal(told.id, "328");
    break;
  }
  await assert.rejects(
    new Client({
      url: "http://caseward",
      fetch: fetchBy({ socketPath: "/nowhere" }),
      retries: { attempts: 1 },
    }).ready(),
    Unreachable,
  );
});

test("a certificate of one's own is checked", async () => {
  const work = mkdtempSync(join(tmpdir(), "cw-"));
  const [cert, key] = [join(work, "cert.pem"), join(work, "key.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
  execFileSync(
    "openssl",
    ["req", "-x509", ...curve, "-nodes", "-days", "2", ...subject, "-keyout", key, "-out", cert],
    { stdio: "ignore" },
  );
  const files = ["--tls-cert", cert, "--tls-key", key];
  const served = spawn(PROGRAM, ["--data", join(work, "d"), "serve", "--listen", "127.0.0.1:0", ...files], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let port = "";
  for await (const line of createInterface({ input: served.stderr })) {
    port = /https:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? "";
    if (port) break;
  }
  const url = `https://localhost:${port}`;
  const retries = { attempts: 1 };
  assert.ok((await new Client({ url, fetch: fetchBy({ ca: readFileSync(cert) }), retries }).ready()).serves);
  await assert.rejects(new Client({ url, retries }).ready(), Unreachable);
  served.kill();
  await new Promise((resolve) => served.once("exit", resolve));
  rmSync(work, { recursive: true });
});
