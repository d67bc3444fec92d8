// A gateway that asks before it passes a request on: through AuthZEN, so any engine that speaks it would do.
//
//     CASEWARD_SERVER=http://127.0.0.1:7557 CASEWARD_TOKEN=cw_… UPSTREAM=http://127.0.0.1:9000 node gateway.mjs
//
// A route is a resource of type `route`, and the method is the action. Who somebody is comes from `X-User`, which in earnest
// is a session's. Where nothing is decided nobody passes.

import { createServer, request as send } from "node:http";
import { pathToFileURL } from "node:url";
import { Client } from "caseward";

const HOPS = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer"]);

/** The first two parts of a path: `/orders/17/lines` is the route `/orders`. */
const routeOf = (url) => `/${new URL(url, "http://gateway").pathname.split("/")[1] ?? ""}`;

/** Makes the gateway. */
export function gateway(client, upstream) {
  return createServer(async (request, response) => {
    const user = request.headers["x-user"];
    if (typeof user !== "string") return response.writeHead(401).end();
    try {
      const { decision } = await client.evaluate({
        subject: { type: "identity", id: user },
        action: { name: request.method },
        resource: { type: "route", id: routeOf(request.url) },
      });
      if (!decision) return response.writeHead(403).end();
    } catch {
      return response.writeHead(503).end();
    }
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !HOPS.has(name)));
    const passed = send(new URL(request.url, upstream), { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    passed.on("error", () => response.headersSent ? response.destroy() : response.writeHead(502).end());
    request.pipe(passed);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const client = new Client({ url: process.env.CASEWARD_SERVER, token: process.env.CASEWARD_TOKEN });
  const server = gateway(client, process.env.UPSTREAM).listen(Number(process.env.PORT ?? 8080), () => {
    process.stderr.write(`gateway at port ${server.address().port}\n`);
  });
}
