// A cache answers what the service would, and nothing that is older than its bound.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { beforeEach, test } from "node:test";
import { Cache } from "../src/cache.js";
import { type Client, Forbidden, type forms, Refused, UnknownCaller } from "../src/index.js";
import { Known } from "../src/known.js";
import { eventually, serving } from "./service.js";

const { client } = serving();
const NOON = "2026-03-01T12:00:00Z";
const at = (seconds: number) => new Date(Date.parse(NOON) + seconds * 1000).toISOString();

function decision(position: number, rights: forms.Action[], when = NOON): forms.Decision {
  return {
    at: when,
    decision: rights.length > 0,
    disclose: true,
    position,
    reasons: [],
    rights,
    rule: "case_grant",
    set_aside: [],
  };
}

function changes(position: number, when = NOON, members: Partial<forms.AccessChanges> = {}): forms.AccessChanges {
  const place = { position, at: when };
  return { id: String(position), from: place, to: place, gained: [], lost: [], changed: [], ...members };
}

const change = (subject: string, resource: string, after: forms.Action[]): forms.Change => ({
  subject,
  resource,
  before: [],
  after,
  events: [],
  causes: [],
});
const held = (known: Known, user: string, resource: string) =>
  known.rights(user, resource) && [...(known.rights(user, resource) ?? [])];

let now = 0;
let known: Known;
beforeEach(() => {
  now = 100_000;
  known = new Known(20_000, 3, () => now);
  known.begin(decision(5, ["read"]), known.now());
  known.keep("user:ana", "case:1", decision(5, ["read"]));
});

test("it knows nothing before the feed, and nothing after it", () => {
  const fresh = new Known(20_000, 3);
  fresh.keep("user:ana", "case:1", decision(5, ["read"]));
  fresh.heard({ id: "5", head: 5 });
  assert.equal(held(fresh, "user:ana", "case:1"), undefined);
  assert.deepEqual(held(known, "user:ana", "case:1"), ["read"]);
  known.lost();
  known.changed(changes(6));
  assert.equal(held(known, "user:ana", "case:1"), undefined);
});

test("silence ends what is known, and a heartbeat goes on with it", () => {
  now += 20_000;
  assert.deepEqual(held(known, "user:ana", "case:1"), ["read"]);
  now += 1;
  assert.equal(held(known, "user:ana", "case:1"), undefined);
  known.heard({ id: "4@2026-03-01T11:00:00Z", head: 5 });
  assert.equal(held(known, "user:ana", "case:1"), undefined, "the feed is behind");
  known.heard({ id: "5", head: 5 });
  assert.deepEqual(held(known, "user:ana", "case:1"), ["read"]);
});

test("a feed that is behind ages what it tells", () => {
  now += 30_000;
  known.keep("user:bob", "case:1", decision(9, ["read"], at(30)));
  known.changed(changes(6, at(9)));
  assert.equal(held(known, "user:bob", "case:1"), undefined, "21 seconds behind");
  known.changed(changes(7, at(11)));
  assert.deepEqual(held(known, "user:bob", "case:1"), ["read"], "19 seconds behind");
});

test("changes are taken, but none that an answer has overtaken", () => {
  known.keep("user:bob", "case:1", decision(8, ["read"]));
  known.changed(
    changes(6, NOON, { lost: [change("user:ana", "case:1", [])], gained: [change("user:bob", "case:1", ["write"])] }),
  );
  assert.deepEqual(held(known, "user:ana", "case:1"), []);
  assert.deepEqual(held(known, "user:bob", "case:1"), ["read"], "what is known never goes back");
  assert.equal(known.position, 6);
});

test("an answer that a change has overtaken is not kept", () => {
  known.changed(changes(7, "2026-03-01T12:00:00.5Z"));
  known.keep("user:bob", "case:1", decision(6, ["read"], at(9)));
  assert.equal(held(known, "user:bob", "case:1"), undefined);
  known.keep("user:bob", "case:1", decision(7, ["read"], "2026-03-01T12:00:00.499999Z"));
  assert.equal(held(known, "user:bob", "case:1"), undefined);
  known.keep("user:bob", "case:1", decision(7, ["read"], "2026-03-01T12:00:00.500001Z"));
  assert.deepEqual(held(known, "user:bob", "case:1"), ["read"]);
});

test("what is too much to tell is forgotten", () => {
  const rows: Array<[Partial<forms.AccessChanges>, string]> = [
    [{ everyone: [{ resource: "case:1", before: [], after: ["read"], causes: [] }] }, "case:2 of user:ana"],
    [{ ask_again: [{ resource: "case:1" }] }, "case:2 of user:ana"],
    [{ ask_again: [{ subject: "user:ana" }] }, "case:1 of user:bob"],
    [{ ask_again: ["everything"] }, ""],
    [{ named: [change("user:zed", "case:1", [])] }, "case:1 of user:ana case:2 of user:ana case:1 of user:bob"],
  ];
  for (const [told, left] of rows) {
    for (const [user, resource] of [
      ["user:ana", "case:1"],
      ["user:ana", "case:2"],
      ["user:bob", "case:1"],
    ] as const)
      known.keep(user, resource, decision(9, ["read"]));
    known.changed(changes(8, NOON, told));
    const found = ["user:ana", "user:bob"].flatMap((user) =>
      ["case:1", "case:2"].filter((one) => known.rights(user, one)).map((one) => `${one} of ${user}`),
    );
    assert.equal(found.join(" "), left);
  }
});

test("it keeps so many, and forgets what was not asked for longest", () => {
  for (const id of [2, 3]) known.keep("user:ana", `case:${id}`, decision(5, ["read"]));
  known.rights("user:ana", "case:1");
  known.keep("user:ana", "case:4", decision(5, ["read"]));
  assert.deepEqual(
    [1, 2, 3, 4].map((id) => known.rights("user:ana", `case:${id}`) === undefined),
    [false, true, false, false],
  );
});

async function organization(): Promise<Client> {
  const org = `cache-${randomUUID().slice(0, 8)}`;
  await client().createOrg({ organization: org });
  const one = client().at(org);
  await one.appointOrgAdmin({ user: "judith" });
  await one.createDefinition({ definition: "d", access_control: true }, { actor: "user:judith" });
  for (const id of ["0", "1", "2"]) await one.openCase({ case: id, definition: "d", creator: "judith" });
  return one;
}

test("it comes to what the service says after every command", async () => {
  const one = await organization();
  const cache = new Cache(one);
  const sent = { actor: "user:judith" };
  let seed = 7;
  const draw = <Item>(items: Item[]): Item => {
    seed = (seed * 48271) % 2147483647;
    return items[seed % items.length] as Item;
  };
  const users = ["user:ana", "user:bob", "user:judith"];
  const cases = ["case:0", "case:1", "case:2"];
  for (let round = 0; round < 50; round++) {
    const on = draw([...cases, "definition:d"]);
    const to = draw([...users, "group:g"]);
    const valid_until = new Date(Date.now() + draw([50, 60_000])).toISOString();
    const kinds = [
      () =>
        one.grant(
          {
            on,
            to,
            access: draw(["read", "write"] as const as unknown as forms.Access[]),
            on_existing: "update",
            valid_until,
          },
          sent,
        ),
      () => one.revoke({ on, to }, sent),
      () => one.addMember({ group: "g", member: draw(users) }),
      () => one.removeMember({ group: "g", member: draw(users) }),
      () => one.raiseWall({ on, against: to }, sent),
      () => one.lowerWall({ on, against: to }, sent),
      () => one.setAccessControl({ definition: "d", enabled: draw([true, true, false]) }, sent),
    ];
    try {
      await draw(kinds)();
    } catch (error) {
      if (error instanceof Refused) continue;
      throw error;
    }
    for (const subject of users)
      for (const resource of cases) {
        const asked = { subject, action: "read", resource } as const;
        await eventually(async () => (await cache.allows(asked)) === (await one.allows(asked)));
      }
  }
  cache.close();
});

test("what is known is not asked again, links are, and a cache that was closed asks", async () => {
  const one = await organization();
  let asked = 0;
  const counting = Object.assign(Object.create(one) as Client, {
    check: (question: Parameters<Client["check"]>[0]) => {
      asked += 1;
      return one.check(question);
    },
  });
  Object.assign(counting, { changesAndHeartbeats: one.changesAndHeartbeats.bind(one) });
  const cache = new Cache(counting);
  const judith = { subject: "user:judith", resource: "case:1" } as const;
  assert.ok(await cache.allows({ ...judith, action: "read" }));
  assert.ok(await cache.allows({ ...judith, action: "write" }));
  assert.ok(!(await cache.allows({ ...judith, action: "register" }).catch(() => false)));
  assert.equal(asked, 1);
  for (let round = 0; round < 2; round++)
    assert.ok(!(await cache.allows({ ...judith, subject: "link:x8", action: "read" })));
  assert.equal(asked, 3);
  cache.close();
  assert.ok(await cache.allows({ ...judith, action: "read" }));
  assert.equal(asked, 4);
});

test("a token that is withdrawn, or may not follow, ends the cache and not the answers", async () => {
  const asked = { subject: "user:david", action: "read", resource: "case:4711" } as const;
  const issued = await client().issueToken({ name: "cache", parts: ["audit"], organizations: ["default"] });
  const cache = new Cache(client({ token: issued.token }));
  await cache.allows(asked);
  await client().withdrawToken({ token: issued.id });
  await eventually(() => cache.failure !== undefined);
  assert.ok(cache.failure instanceof UnknownCaller);
  await assert.rejects(cache.allows(asked), UnknownCaller);
  const desk = await client().issueToken({ name: "desk", parts: ["check"], organizations: ["default"] });
  const other = new Cache(client({ token: desk.token }));
  const answered = await other.allows(asked);
  await eventually(() => other.failure instanceof Forbidden);
  assert.equal(await other.allows(asked), answered);
  assert.equal(other.position > 0, true);
});
