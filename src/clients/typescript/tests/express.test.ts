// A guard lets in whoever may, and tells the others no more than they may learn.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import express, { type Request, type RequestHandler } from "express";
import { guarding } from "../src/express.js";
import { Client } from "../src/index.js";
import { serving } from "./service.js";

const { client } = serving();
const org = `guards-${randomUUID().slice(0, 8)}`;

async function prepared(): Promise<Client> {
  await client().createOrg({ organization: org });
  const one = client().at(org);
  const sent = { actor: "user:judith" };
  await one.appointOrgAdmin({ user: "judith" });
  await one.createDefinition({ definition: "d", access_control: true }, sent);
  for (const id of ["1", "2"]) await one.openCase({ case: id, definition: "d", creator: "judith" });
  await one.grant({ on: "case:1", to: "user:ana" }, sent);
  await one.grant({ on: "case:2", to: "user:mike" }, sent);
  await one.restrictCase({ case: "2", entries: [{ to: "user:ana" }] }, sent);
  return one;
}

async function get(guarded: Client, user: string, path: string): Promise<[number, string]> {
  const app = express();
  const guard = guarding(guarded, (request: Request) => request.get("Authorization") ?? "");
  const may = guard("read", (request) => `case:${String(request.params["case"])}`) as RequestHandler;
  app.get("/cases/:case", may, (_request, response) => {
    response.json(response.locals["decision"].rule);
  });
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
    headers: { Authorization: user },
  });
  const text = await answer.text();
  server.closeAllConnections();
  server.close();
  return [answer.status, text.replaceAll(path, "PATH")];
}

test("whoever may is let in, and who may not learns nothing that is hidden", async () => {
  const guarded = await prepared();
  assert.deepEqual(await get(guarded, "user:ana", "/cases/1"), [200, '"case_grant"']);
  assert.equal((await get(guarded, "user:mike", "/cases/1"))[0], 403);
  const absent = await get(guarded, "user:mike", "/nothing/here");
  for (const [user, path] of [
    ["user:mike", "/cases/2"],
    ["user:ana", "/cases/none"],
    ["user:ana", "/cases/%20"],
  ] as const)
    assert.deepEqual(await get(guarded, user, path), absent);
});

test("where nothing is decided nobody is let in", async () => {
  const down = new Client({ url: "http://127.0.0.1:9", retries: { attempts: 1 } });
  assert.equal((await get(down, "user:ana", "/cases/1"))[0], 503);
});
