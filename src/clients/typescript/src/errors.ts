// What can go wrong, and how to tell one from the other.
//
// `Refused`: the rules say no. `UnknownCaller`, `Forbidden`: the token. `Unavailable`: not now; it was tried again already.
// `Unreachable`: nobody answers. Every one that the service told has its `code`.

import type { Code } from "./forms.js";

/** Any of them. */
export class CasewardError extends Error {
  override name = "CasewardError";
}

/** No answer came, however often it was tried. A command may have been stored: send it again under the same id. */
export class Unreachable extends CasewardError {
  override name = "Unreachable";
}

/** What came is not what the description of the interface says: another release, or something in between. */
export class UnexpectedAnswer extends CasewardError {
  override name = "UnexpectedAnswer";
}

/** A proof does not hold; the text says what of it. */
export class NotProved extends CasewardError {
  override name = "NotProved";
}

/** What the service said instead of an answer. */
export class Problem extends CasewardError {
  override name = "Problem";
  /** As on the page of codes, such as `no_such_grant`. */
  readonly code: string;
  /** What cannot be done, and why not. */
  readonly detail: string;
  /** Of HTTP. */
  readonly status: number;
  /** What to do next, where there is something to do. */
  readonly hint: string | undefined;
  /** What it rests on, such as `held_on` or `head`. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: string, detail: string, status: number, hint?: string, facts: Record<string, unknown> = {}) {
    super(`${detail} (${code})${hint ? `\nhint: ${hint}` : ""}`);
    this.code = code;
    this.detail = detail;
    this.status = status;
    this.hint = hint;
    this.facts = facts;
  }
}

/** The rules say no, and nothing was stored. */
export class Refused extends Problem {
  override name = "Refused";
}

/** The token is unknown, has ended or was withdrawn. */
export class UnknownCaller extends Problem {
  override name = "UnknownCaller";
}

/** The token does not allow this. */
export class Forbidden extends Problem {
  override name = "Forbidden";
}

/** The service cannot answer now, nor could it when it was asked again. */
export class Unavailable extends Problem {
  override name = "Unavailable";
}

// A record, so that the compiler says which code it lacks.
const OF_RULES: Record<Code, true> = {
  id_reused: true,
  invalid: true,
  invalid_window: true,
  time_goes_back: true,
  time_ahead: true,
  version_conflict: true,
  not_authorized: true,
  not_found: true,
  exists: true,
  not_restricted: true,
  already_granted: true,
  no_such_grant: true,
  restriction_disabled: true,
  already_restricted: true,
  blocked: true,
  already_member: true,
  not_a_member: true,
  cycle: true,
  last_org_admin: true,
  contradictory: true,
  already_there: true,
  not_there: true,
  restricted_unlisted: true,
  sharing_disabled: true,
  already_walled: true,
  no_such_wall: true,
  break_glass_off: true,
  too_long: true,
  wall: true,
  case_restricted: true,
  too_large: true,
  batch_refused: true,
};

const BY_STATUS: Record<number, typeof Problem> = {
  401: UnknownCaller,
  403: Forbidden,
  408: Unavailable,
  429: Unavailable,
  503: Unavailable,
};

/** What the service told, as what to throw. */
export function problemOf(status: number, told: Record<string, unknown>): Problem {
  const { type: _type, title: _title, status: _status, code, detail, message, hint, ...facts } = told;
  const name = String(code);
  const Kind = Object.hasOwn(OF_RULES, name) ? Refused : (BY_STATUS[status] ?? Problem);
  return new Kind(name, String(detail ?? message ?? name), status, typeof hint === "string" ? hint : undefined, facts);
}

const CODES: Record<number, string> = {
  400: "invalid",
  401: "unknown_caller",
  403: "forbidden",
  404: "not_found",
  429: "busy",
  502: "fault",
  504: "timeout",
};

/** What is thrown for an answer that is none. AuthZEN says it as text, a proxy in whatever way. */
export function problemIn(status: number, body: string): Problem {
  let told: unknown;
  try {
    told = JSON.parse(body);
  } catch {
    told = undefined;
  }
  if (typeof told === "object" && told !== null && "code" in told)
    return problemOf(status, told as Record<string, unknown>);
  const detail = body.trim().slice(0, 500) || `the service answered ${status}`;
  return problemOf(status, { code: CODES[status] ?? `status_${status}`, detail });
}
