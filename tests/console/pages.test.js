// Every page, light, dark and in print, at three widths: axe-core finds nothing, nothing runs over the side, nothing is said on
// the browser's console, nothing is asked of another host. Pictures of all of them are kept.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import axe from "axe-core";
import { browser, demo, picture } from "./browser.js";

const PAGES = {
  "home": "/console/default",
  "home-then": "/console/default?as_of=2024-03-14T12:00:00Z",
  "case-now": "/console/default/case:4711",
  "case-sealed": "/console/default/case:4711?as_of=169",
  "case-compared": "/console/default/case:4711?as_of=169&vs=168",
  "explain-denied": "/console/default/case:4711/explain/user:mike/write?as_of=169",
  "explain-allowed": "/console/default/case:4711/explain/user:ana/read?as_of=2024-01-30T00:00:00Z",
  "between": "/console/default/case:4711/between/read?from=2024-03-01T00:00:00Z&to=2024-04-15T00:00:00Z",
  "user": "/console/default/user:bruno?as_of=2024-09-01T00:00:00Z",
  "group": "/console/default/group:unit-economic",
  "definition": "/console/default/definition:fraud",
  "organization": "/console/default/organization",
  "events": "/console/default/case:4711/events?q=type:access_granted",
  "event": "/console/default/events/169",
  "search": "/console/default/search?q=unit",
  "not-there": "/console/default/case:4712345",
  "above-the-head": "/console/default/case:4711?as_of=99999",
  "no-moment": "/console/default/case:4711?as_of=soonish",
  "sign-in": "/console/_/sign-in",
};
const WIDTHS = [390, 1280, 2560];
const AXE = new Set(["light 390", "light 1280", "dark 1280"]);

let served;
let looked;
before(async () => { served = await demo(); looked = await browser(); });
after(async () => { await looked?.close(); await served?.stop(); });

for (const [name, path] of Object.entries(PAGES)) {
  test(`${name} can be read by everybody, at every width, light, dark and in print`, async () => {
    for (const colorScheme of ["light", "dark"]) {
      for (const width of WIDTHS) {
        const page = await looked.open({ colorScheme, viewport: { width, height: 900 } });
        await page.goto(served.url + path);
        await picture(page, `${name}-${colorScheme}-${width}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wide <= 0, `${name} at ${width} is ${wide} px too wide`);
        // What is drawn once only in other colours or wider is not read again.
        if (!AXE.has(`${colorScheme} ${width}`)) { await page.context().close(); continue; }
        // What the policy forbids to a page it allows to a debugger.
        await page.evaluate(axe.source);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
          runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        }));
        const told = violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)} ${node.failureSummary.slice(0, 300)}`));
        assert.deepEqual(told, [], `${name} ${colorScheme} ${width}`);
        await page.context().close();
      }
    }
    const page = await looked.open({ viewport: { width: 794, height: 1123 } });
    await page.goto(served.url + path);
    await page.emulateMedia({ media: "print" });
    await picture(page, `${name}-print`);
    await page.context().close();
    assert.deepEqual(looked.faults, []);
  });
}

test("nothing moves once a page is drawn", async () => {
  const page = await looked.open({ viewport: { width: 1280, height: 900 } });
  await page.addInitScript(() => {
    globalThis.moved = 0;
    new PerformanceObserver((list) => { for (const one of list.getEntries()) globalThis.moved += one.value; })
      .observe({ type: "layout-shift", buffered: true });
  });
  for (const path of ["", "/case:4711", "/case:4711?as_of=169&vs=168"]) {
    await page.goto(`${served.url}/console/default${path}`);
    await page.waitForTimeout(300);
    const moved = await page.evaluate(() => globalThis.moved);
    assert.ok(moved < 0.02, `${path}: ${moved}`);
  }
});
