// A check by the client, and the same by bare fetch, in turns over one service: medians, and how many times as long.
//
//     node tools/bench.mjs URL TOKEN

import { Client } from "../dist/index.js";

const [ROUNDS, EACH, MOST] = [12, 200, 1.5];
const [url, token] = process.argv.slice(2);
const asked = { subject: "user:elif", action: "read", resource: "case:4711" };
const client = new Client({ url, token });

async function bare() {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const answer = await fetch(`${url}/v1/orgs/default/check`, { method: "POST", headers, body: JSON.stringify(asked) });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return JSON.parse(await answer.text()).decision;
}

const byClient = async () => (await client.check(asked)).decision;

const median = (numbers) => numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)];

/** Microseconds that one takes, the median of many. */
async function took(call) {
  const times = [];
  for (let at = 0; at < EACH; at++) {
    const begun = performance.now();
    await call();
    times.push((performance.now() - begun) * 1000);
  }
  return median(times);
}

if ((await bare()) !== (await byClient())) throw new Error("they do not agree");
const rows = [];
for (let round = 0; round < ROUNDS; round++) rows.push([await took(bare), await took(byClient)]);
const [floor, ours] = [0, 1].map((column) => median(rows.map((row) => row[column])));
const ratio = median(rows.map(([one, other]) => other / one));
console.log(
  `TypeScript: bare fetch ${floor.toFixed(0)} us, the client ${ours.toFixed(0)} us: ${ratio.toFixed(2)} times as long (at most ${MOST})`,
);
process.exit(ratio > MOST ? 1 : 0);
