// The operator's: organizations, tokens, runs of the whole store, the state, who asked; tree heads and proofs.

import type { Asks } from "./asking.js";
import { Authzen } from "./authzen.js";
import { type Instant, segment, type When } from "./base.js";
import type {
  Accepted,
  Gone,
  IssuedToken,
  NewBackup,
  NewOrganization,
  NewRebuild,
  NewToken,
  Organizations,
  Ready,
  RunAnswer,
  Runs,
  Status,
  TokenStatus,
  Tokens,
} from "./forms.js";
import { Pages } from "./pages.js";

/** A proof as it is handed out; `caseward/proofs` checks it. */
export type Bundle = Record<string, unknown>;

/** An entry of the log of reads. */
export type Read = Record<string, unknown>;

/** A page of them. */
export interface ReadsPage {
  reads: Read[];
  next?: number | null;
}

/** Which run. */
export interface OfRun {
  run: number;
}

export abstract class Operating extends Authzen {
  /** Whether the store serves, and whether it takes commands. */
  ready(): Promise<Ready> {
    return this.parts.door.ask("GET", "/readyz");
  }

  /** The state of the organization. */
  status(): Promise<Status> {
    return this.get("status", {});
  }

  /** The organizations of the caller. */
  async orgs(): Promise<Status[]> {
    return (await this.parts.door.ask<Organizations>("GET", "/v1/orgs")).organizations;
  }

  /** Creates an organization. */
  createOrg(body: NewOrganization): Promise<Accepted> {
    return this.parts.door.ask("POST", "/v1/orgs", { body, once: true });
  }

  /** The tokens that the caller may know of. */
  async tokens(): Promise<TokenStatus[]> {
    return (await this.parts.door.ask<Tokens>("GET", "/v1/tokens")).tokens;
  }

  /** Issues a token; its `token` is told this once. */
  issueToken(body: NewToken): Promise<IssuedToken> {
    return this.parts.door.ask("POST", "/v1/tokens", { body, once: true });
  }

  /** Withdraws the token of this id, with the next request. */
  withdrawToken(asked: { token: string; actor?: string }): Promise<Accepted> {
    return this.parts.door.ask("DELETE", `/v1/tokens/${segment(asked.token)}`, { query: { actor: asked.actor } });
  }

  /** Who asked about whom, oldest first. */
  reads(
    asked: { about?: string; from?: Instant; to?: Instant; after?: number; limit?: number } = {},
  ): Pages<ReadsPage, Read> {
    const ask = (after: string | undefined): Promise<ReadsPage> =>
      this.get("reads", { ...asked, after: after ?? asked.after });
    return new Pages(
      ask,
      (page) => page.reads,
      (page) => page.next,
    );
  }

  #run(method: string, path: string, body?: unknown): Promise<RunAnswer> {
    return this.parts.door.ask(method, path, { body, once: method === "POST" });
  }

  /** Starts making the views anew; `rebuilding` tells how far it is. */
  rebuild(body: NewRebuild = {}): Promise<RunAnswer> {
    return this.#run("POST", this.path("rebuilds"), body);
  }

  /** The last of them. */
  rebuilds(): Promise<Runs> {
    return this.get("rebuilds", {});
  }

  /** How far one is, or how it ended. */
  rebuilding({ run }: OfRun): Promise<RunAnswer> {
    return this.#run("GET", this.path(`rebuilds/${segment(run)}`));
  }

  /** Pauses, resumes or stops it. */
  steerRebuild({ run, step }: OfRun & { step: "pause" | "resume" | "stop" }): Promise<RunAnswer> {
    return this.parts.door.ask("POST", this.path(`rebuilds/${segment(run)}/${segment(step)}`));
  }

  /** Ends it, with nothing kept. */
  cancelRebuild({ run }: OfRun): Promise<RunAnswer> {
    return this.#run("DELETE", this.path(`rebuilds/${segment(run)}`));
  }

  /** Removes what unfinished ones have left. */
  dropRebuilds(): Promise<Gone> {
    return this.parts.door.ask("DELETE", this.path("rebuilds"));
  }

  /** Removes generations of views that serve no more. */
  dropGenerations(): Promise<Gone> {
    return this.parts.door.ask("DELETE", this.path("generations"));
  }

  /** Starts a backup, below the directory that the service has for them. */
  backUp(body: NewBackup = {}): Promise<RunAnswer> {
    return this.#run("POST", "/v1/backups", body);
  }

  /** The last of them, and what lies there. */
  backups(): Promise<Runs> {
    return this.parts.door.ask("GET", "/v1/backups");
  }

  /** How far one is, or how it ended. */
  backingUp({ run }: OfRun): Promise<RunAnswer> {
    return this.#run("GET", `/v1/backups/${segment(run)}`);
  }

  /** Ends it. */
  cancelBackup({ run }: OfRun): Promise<RunAnswer> {
    return this.#run("DELETE", `/v1/backups/${segment(run)}`);
  }

  /** Starts reading the whole store again. */
  verify(): Promise<RunAnswer> {
    return this.#run("POST", "/v1/verification");
  }

  /** The last of them. */
  verifications(): Promise<Runs> {
    return this.parts.door.ask("GET", "/v1/verification");
  }

  /** How far one is, or what was found. */
  verifying({ run }: OfRun): Promise<RunAnswer> {
    return this.#run("GET", `/v1/verification/${segment(run)}`);
  }

  /** Ends it. */
  cancelVerification({ run }: OfRun): Promise<RunAnswer> {
    return this.#run("DELETE", `/v1/verification/${segment(run)}`);
  }

  /** The newest signed tree head, a note as C2SP writes it. */
  treeHead(): Promise<string> {
    return this.parts.door.text("GET", this.path("tree-head"), { headers: this.why() });
  }

  /** That an event is in the log. */
  proveEvent({ position }: { position: number }): Promise<Bundle> {
    return this.get(`proofs/${segment(position)}`, {});
  }

  /** That a decision follows from the log. */
  proveDecision(asked: Asks & Omit<When, "at_least">): Promise<Bundle> {
    return this.get("proofs/decision", { ...asked });
  }

  /** That the log grew out of that of an older tree head. */
  proveConsistency({ older }: { older: string }): Promise<Bundle> {
    return this.get("proofs/consistency", { from: older });
  }
}
