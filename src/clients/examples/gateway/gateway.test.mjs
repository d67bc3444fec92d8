// The gateway passes on what may pass, against a real service: `tests/clients/run examples` starts it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";
import { Client } from "caseward";
import { gateway } from "./gateway.mjs";

const listening = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`)));

test("a request passes where AuthZEN says so, and nowhere else", async () => {
  const base = new Client({ url: process.env.CASEWARD_SERVER, token: process.env.CASEWARD_TOKEN });
  await base.createOrg({ organization: "gateway" });
  const client = base.at("gateway").session();
  const sent = { actor: "user:admin" };
  await client.appointOrgAdmin({ user: "admin" });
  await client.adoptVocabulary(JSON.parse(readFileSync(new URL("vocabulary.json", import.meta.url), "utf8")), sent);
  await client.createDefinition({ definition: "route", access_control: true }, sent);
  await client.openCase({ case: "/orders", definition: "route", creator: "admin" });
  await client.grant({ on: "definition:route", to: "group:staff" }, sent);
  await client.grant({ on: "case:/orders", to: "user:ana", access: "write" }, sent);
  await client.addMember({ group: "staff", member: "user:bob" });

  const behind = createServer((request, response) => {
    request.pipe(response.writeHead(200, { "X-Path": request.url }));
  });
  const door = gateway(client, await listening(behind));
  const url = await listening(door);
  const ask = (method, path, user, body) => fetch(url + path, { method, body, headers: user ? { "X-User": user } : {} });

  const passed = await ask("POST", "/orders/17?x=1", "ana", "three bolts");
  assert.deepEqual([passed.status, passed.headers.get("x-path"), await passed.text()], [200, "/orders/17?x=1", "three bolts"]);
  assert.equal((await ask("GET", "/orders/17", "bob")).status, 200);
  assert.equal((await ask("POST", "/orders/17", "bob", "")).status, 403);
  assert.equal((await ask("GET", "/bills", "ana")).status, 403);
  assert.equal((await ask("PATCH", "/orders/17", "ana", "")).status, 403);
  assert.equal((await ask("GET", "/orders")).status, 401);

  const down = gateway(new Client({ url: "http://127.0.0.1:9", retries: { attempts: 1 } }), url);
  assert.equal((await fetch(`${await listening(down)}/orders`, { headers: { "X-User": "ana" } })).status, 503);
  for (const server of [behind, door, down]) server.closeAllConnections();
  for (const server of [behind, door, down]) server.close();
});
