// Time under one's hand: the handle dragged, steps, keys, the way back, and all of it without a script.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, demo } from "./browser.js";

let served;
let looked;
before(async () => { served = await demo(); looked = await browser(); });
after(async () => { await looked?.close(); await served?.stop(); });

const at = (page) => new URL(page.url()).searchParams.get("as_of");
const readers = (page) => page.locator(".who th[scope=row] .ref").allTextContents();
const SEALED = ["user:bruno", "user:carla", "user:farid", "user:judith", "user:kessler", "user:mike"];

test("the handle is dragged to the day of the sealing, and names leave", async () => {
  const page = await looked.open({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${served.url}/console/default/case:4711`);
  const strip = await page.locator(".strip").boundingBox();
  const stops = JSON.parse(await page.locator(".strip").getAttribute("data-stops"));
  const [, share] = stops.find(([position]) => position === 169);
  await page.mouse.move(strip.x + strip.width - 3, strip.y + 20);
  await page.mouse.down();
  await page.mouse.move(strip.x + strip.width * 0.7, strip.y + 20, { steps: 6 });
  await page.mouse.move(strip.x + strip.width * share, strip.y + 20, { steps: 6 });
  await page.mouse.up();
  await page.waitForURL(/as_of=169/);
  assert.deepEqual(await readers(page), SEALED);
  assert.match(await page.locator(".banner").innerText(), /As of 14 March 2024, 10:30 CET \(position 169\)/);
  await page.goBack();
  await page.waitForFunction(() => !document.documentElement.classList.contains("past"));
  assert.equal(at(page), null);
  await page.goForward();
  await page.waitForFunction(() => document.documentElement.classList.contains("past"));
  assert.deepEqual(await readers(page), SEALED);
  assert.deepEqual(looked.faults, []);
});

test("keys do all of it", async () => {
  const page = await looked.open({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${served.url}/console/default/case:4711?as_of=169`);
  await page.keyboard.press("[");
  await page.waitForURL(/as_of=(?!169)\d+/);
  const before = Number(at(page));
  assert.ok(before < 169, `${before}`);
  await page.keyboard.press("]");
  await page.waitForURL(/as_of=169/);
  await page.keyboard.press("n");
  await page.waitForFunction(() => !location.search.includes("as_of"));
  assert.equal(await page.locator(".banner").count(), 0);
  await page.locator(".slider").focus();
  await page.keyboard.press("ArrowLeft");
  await page.waitForURL(/as_of=\d+/);
  assert.equal(await page.locator(".slider").evaluate((one) => one === document.activeElement), true);
  await page.keyboard.press("?");
  assert.equal(await page.locator("#keys").evaluate((one) => one.open), true);
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("case:4711");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/console\/default\/case:4711/);
  assert.equal(at(page), (await page.locator(".strip").getAttribute("data-at")), "a search stays in its moment");
});

test("a letter in a field is a letter", async () => {
  const page = await looked.open();
  await page.goto(`${served.url}/console/default/case:4711?as_of=169`);
  await page.locator("#q").fill("");
  await page.locator("#q").press("n");
  assert.equal(await page.locator("#q").inputValue(), "n");
  assert.equal(at(page), "169");
});

test("without a script every state is a link or a form", async () => {
  const page = await looked.open({ javaScriptEnabled: false, viewport: { width: 1280, height: 900 } });
  await page.goto(`${served.url}/`);
  assert.match(page.url(), /\/console\/default$/);
  await page.locator("#q").fill("4711");
  await page.locator("#q").press("Enter");
  assert.match(page.url(), /\/console\/default\/case:4711$/);
  await page.locator(".moments input[name=as_of]").fill("2024-03-14 12:00");
  await page.locator(".moments button").click();
  assert.equal(at(page), "2024-03-14T12:00:00Z");
  assert.deepEqual(await readers(page), SEALED);
  await page.locator(".steps a[rel=prev]").click();
  assert.equal(at(page), "169");
  await page.locator(".who tr", { hasText: "user:mike" }).locator(".right.read").click();
  assert.match(page.url(), /\/case:4711\/explain\/user:mike\/read\?as_of=169$/);
  await page.locator(".banner .back").click();
  assert.equal(at(page), null);
});

test("two tabs stand at two moments", async () => {
  const [one, other] = [await looked.open(), await looked.open()];
  await one.goto(`${served.url}/console/default/case:4711?as_of=169`);
  await other.goto(`${served.url}/console/default/case:4711?as_of=168`);
  await one.reload();
  assert.deepEqual(await readers(one), SEALED);
  assert.notDeepEqual(await readers(other), SEALED);
});

test("a click on a bar of the timeline explains it", async () => {
  const page = await looked.open({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${served.url}/console/default/case:4711`);
  await page.locator(".chart .line", { has: page.locator(".of", { hasText: "user:kessler" }) }).locator("svg a").first().click();
  await page.waitForURL(/explain\/user:kessler\/read/);
  assert.match(await page.locator(".verdict .answer").innerText(), /Allowed/);
});
