// The OpenID AuthZEN Authorization API 1.0, about this client's organization.

import { segment, type When } from "./base.js";
import { Following } from "./following.js";
import type { AuthzenDecision, AuthzenMetadata } from "./forms.js";

/** A subject, a resource, an action or a context, as the standard has them. */
export type Entity = Record<string, unknown>;

/** What evaluations share. */
export interface Shared {
  subject?: Entity;
  action?: Entity;
  resource?: Entity;
  context?: Entity;
}

interface Found {
  results: Entity[];
  page?: { next_token?: string };
}

export abstract class Authzen extends Following {
  /** One decision. `as_of`, `at`, `at_least` and `explain` go into `context.caseward`. */
  evaluate(
    asked: Required<Omit<Shared, "context">> & { context?: Entity; explain?: boolean } & When,
  ): Promise<AuthzenDecision> {
    const { as_of, at, at_least, explain, ...shared } = asked;
    return this.#post("evaluation", this.#body(shared, { as_of, at, at_least, explain }));
  }

  /** Many, up to the one that decides all; what they share stands beside them. */
  async evaluations(
    asked: Shared & {
      evaluations: Shared[];
      semantic?: "execute_all" | "deny_on_first_deny" | "permit_on_first_permit";
    },
  ): Promise<AuthzenDecision[]> {
    const { semantic, evaluations, ...shared } = asked;
    const options = semantic === undefined ? {} : { options: { evaluations_semantic: semantic } };
    const body = { ...this.#body(shared, {}), ...options, evaluations };
    const told = await this.#post<{ evaluations?: AuthzenDecision[] } & AuthzenDecision>("evaluations", body);
    return told.evaluations ?? [told];
  }

  /** Who may, on what, or which actions: page by page, all of one position. */
  async *search(
    asked: Shared & { kind: "subject" | "resource" | "action"; limit?: number },
  ): AsyncGenerator<Entity, void, undefined> {
    const { kind, limit, ...shared } = asked;
    let page: Entity = limit === undefined ? {} : { limit };
    for (;;) {
      const found = await this.#post<Found>(`search/${kind}`, { ...this.#body(shared, {}), page });
      yield* found.results;
      const token = found.page?.next_token;
      if (!token) return;
      page = { ...page, token };
    }
  }

  /** Where the endpoints are, as the service is known by `--public-url`. */
  metadata(): Promise<AuthzenMetadata> {
    return this.parts.door.ask("GET", `/.well-known/authzen-configuration/orgs/${segment(this.parts.org)}`);
  }

  #post<Form>(path: string, body: unknown): Promise<Form> {
    return this.post(`access/v1/${path}`, { body });
  }

  #body(
    shared: Shared,
    asked: { [Name in keyof When]?: When[Name] | undefined } & { explain?: boolean | undefined },
  ): Entity {
    const { explain, as_of, at } = asked;
    const said = Object.entries({ as_of, at, at_least: this.atLeast(asked.at_least), explain });
    const ours = said.filter(([, one]) => one !== undefined);
    if (ours.length === 0) return { ...shared };
    return { ...shared, context: { ...shared.context, caseward: Object.fromEntries(ours) } };
  }
}
