// The client of Caseward: who may, who could, why, and since which event.

export type { Asks, OneQuestion } from "./asking.js";
export type { Entity } from "./authzen.js";
export type { AsOf, Instant, When } from "./base.js";
export { Client, type ClientOptions } from "./client.js";
export type * as commands from "./commands.js";
export type { Command } from "./commands.js";
export type { Token } from "./door.js";
export {
  CasewardError,
  Forbidden,
  NotProved,
  Problem,
  Refused,
  Unavailable,
  UnexpectedAnswer,
  UnknownCaller,
  Unreachable,
} from "./errors.js";
export type { Commit, Follows, Heartbeat, Only } from "./following.js";
export type * as forms from "./forms.js";
export type { ChangeOfKind } from "./listing.js";
export type { Bundle, Read } from "./operating.js";
export { Pages } from "./pages.js";
export { newId, type Retries, type Sending, type Submitted } from "./sending.js";
