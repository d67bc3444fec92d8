// A middleware for Express that checks, and answers 403, or 404 where a case is to be shown as absent.
//
//     const guard = guarding(client, (request) => `user:${request.session.user}`);
//     app.get("/cases/:case", guard("read", (request) => `case:${request.params.case}`), page);
//
// INVARIANT: who may not see that something is there gets what they would get were it not there; where nothing could be
// decided, nobody is let in (503).

import type { Client } from "./client.js";
import { Refused } from "./errors.js";
import type { Action, Decision } from "./forms.js";

/** What of a request of Express is needed here. */
export interface GuardedResponse {
  locals: Record<string, unknown>;
  status(code: number): { end(): unknown };
}

/** Says that the next handler may go on: with an error, that of errors. With `route`, those of this route are passed over. */
export type Next = (error?: unknown) => void;

/** Makes middlewares; the decision is in `response.locals.decision`. */
export function guarding<Request>(client: Client, subject: (request: Request) => string | Promise<string>) {
  return (action: Action, resource: (request: Request) => string) =>
    async (request: Request, response: GuardedResponse, next: Next): Promise<void> => {
      let decision: Decision;
      try {
        decision = await client.check({ subject: await subject(request), action, resource: resource(request) });
      } catch (error) {
        const absent = error instanceof Refused && (error.code === "invalid" || error.code === "not_found");
        // What cannot be asked about is not there: the rest of Express says so, as of every other page.
        if (absent) next("route");
        else response.status(503).end();
        return;
      }
      if (decision.decision) {
        response.locals["decision"] = decision;
        next();
      } else if (decision.disclose) response.status(403).end();
      else next("route");
    };
}
