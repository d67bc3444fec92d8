// Names and reasons that others wrote, a session that ends, a server that comes back: nothing leaves its place.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Store, browser, picture } from "./browser.js";

const NAMES = {
  markup: `<img/src=x/onerror=alert(1)>`,
  attribute: `"'onmouseover=alert(1)//`,
  rightToLeft: "\u05d3\u05d5\u05d3",
  long: "x".repeat(128),
  path: "../../healthz?a=b#c",
  json: "x.json",
};
const REASON = `</q><script>alert("reason")</script>`;

let store;
let served;
let looked;
before(async () => {
  store = new Store();
  const actor = "user:judith";
  const lines = [{ command: { appoint_org_admin: { user: "judith" } } }, { actor, command: { create_definition: { definition: "d" } } }];
  for (const name of Object.values(NAMES)) {
    lines.push({ actor, reason: REASON, command: { open_case: { case: name, definition: "d", creator: "judith" } } });
    lines.push({ actor, reason: REASON, command: { grant: { on: `case:${name}`, to: `user:${name}`, access: "read" } } });
  }
  const file = join(store.folder, "commands.jsonl");
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n") + "\n");
  await store.run("apply", file);
  served = await store.serve();
  looked = await browser();
});
after(async () => { await looked?.close(); await served?.stop(); store?.remove(); });

for (const [kind, name] of Object.entries(NAMES)) {
  test(`a name may hold anything: ${kind}`, async () => {
    const page = await looked.open({ viewport: { width: 390, height: 800 } });
    page.on("dialog", () => looked.faults.push(`${kind}: a script of others ran`));
    const response = await page.goto(`${served.url}/console/default/${encodeURIComponent(`case:${name}`).replace(/\.json$/, "%2Ejson")}`);
    assert.equal(response.status(), 200);
    assert.equal(await page.locator("h1").innerText(), `case:${name}`);
    await picture(page, `hostile-${kind}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${kind} is ${wide} px too wide`);
    assert.match(await page.locator(".events").innerText(), /<script>alert\("reason"\)<\/script>/);
    await page.locator(".who tr", { hasText: `user:${name}` }).locator(".right.read").first().click();
    await page.waitForURL(/explain/);
    assert.match(await page.locator(".verdict .answer").innerText(), /Allowed/);
    assert.deepEqual(looked.faults, []);
  });
}

test("whoever is not known signs in, is led back, and is asked again once the server has come back", async () => {
  const token = (await store.run("token", "issue", "auditor", "--part", "audit")).match(/cw_\S+/)[0];
  const page = await looked.open();
  await page.goto(`${served.url}/console/default/case:${encodeURIComponent("\u05d3\u05d5\u05d3")}?as_of=8`);
  assert.match(page.url(), /sign-in/);
  await page.locator("#token").fill(`${token}x`);
  await page.locator(".sign-in button").click();
  assert.match(await page.locator(".said").innerText(), /not known/);
  await picture(page, "signed-out");
  await page.locator("#token").fill(token);
  await page.locator(".sign-in button").click();
  await page.waitForURL(/as_of=8$/);
  assert.match(await page.locator(".looker").innerText(), /As token:/);
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name === "caseward_session");
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, "Strict");
  assert.ok(!cookie.value.includes(token));
  // A restart forgets sessions, and says nothing else than that.
  const port = new URL(served.url).port;
  await served.stop();
  served = await store.serve("--listen", `127.0.0.1:${port}`).catch(() => store.serve());
  await page.goto(`${served.url}/console/default`);
  assert.match(page.url(), /sign-in/);
  await page.locator("#token").fill(token);
  await page.locator(".sign-in button").click();
  await page.waitForURL(/console\/default$/);
  await page.locator(".looker button").click();
  assert.match(page.url(), /sign-in/);
  await page.goto(`${served.url}/console/default`);
  assert.match(page.url(), /sign-in/);
  assert.deepEqual(looked.faults, []);
});
