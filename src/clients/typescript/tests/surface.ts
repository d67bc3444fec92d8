// What the client must take: made from `openapi.json` by `tools/generate.mjs`. It compiles where nothing lacks.

import type { Client, OneQuestion, Sending } from "../src/index.js";

type NamesOf<Asked> = Asked extends unknown ? keyof NonNullable<Asked> : never;
type ArgumentsOf<Method extends keyof Client> = Method extends keyof Client
  ? Client[Method] extends (asked: infer Asked) => unknown
    ? NamesOf<Asked>
    : never
  : never;
/** `true`, or the names that lack. */
type Lacks<Wanted, Taken> = [Exclude<Wanted, Taken>] extends [never] ? true : Exclude<Wanted, Taken>;
type Has<Method extends keyof Client, Wanted> = Lacks<Wanted, ArgumentsOf<Method>>;

export const sending: Lacks<
  "actor" | "causation_id" | "correlation_id" | "expected_version" | "id" | "reason",
  keyof Sending
> = true;
export const question: Lacks<"action" | "as_of" | "at" | "resource" | "subject", keyof OneQuestion> = true;
export const methods: {
  "GET /.well-known/authzen-configuration/orgs/{org}": [keyof Client, Has<"metadata", never>];
  "GET /readyz": [keyof Client, Has<"ready", never>];
  "GET /v1/backups": [keyof Client, Has<"backups", never>];
  "POST /v1/backups": [keyof Client, Has<"backUp", "name">];
  "DELETE /v1/backups/{run}": [keyof Client, Has<"cancelBackup", "run">];
  "GET /v1/backups/{run}": [keyof Client, Has<"backingUp", "run">];
  "GET /v1/orgs": [keyof Client, Has<"orgs", never>];
  "POST /v1/orgs": [keyof Client, Has<"createOrg", "actor" | "organization">];
  "GET /v1/orgs/{org}/access": [
    keyof Client,
    Has<"access", "subject" | "action" | "resource" | "as_of" | "from" | "to" | "at_least" | "limit">,
  ];
  "POST /v1/orgs/{org}/access/v1/evaluation": [keyof Client, Has<"evaluate", never>];
  "POST /v1/orgs/{org}/access/v1/evaluations": [keyof Client, Has<"evaluations", never>];
  "POST /v1/orgs/{org}/access/v1/search/action": [keyof Client, Has<"search", never>];
  "POST /v1/orgs/{org}/access/v1/search/resource": [keyof Client, Has<"search", never>];
  "POST /v1/orgs/{org}/access/v1/search/subject": [keyof Client, Has<"search", never>];
  "GET /v1/orgs/{org}/changes": [keyof Client, Has<"changes", "after" | "follow" | "subject" | "resource" | "action">];
  "POST /v1/orgs/{org}/check": [keyof Client, Has<"check", "as_of" | "at" | "at_least">];
  "POST /v1/orgs/{org}/checks": [keyof Client, Has<"checks", "as_of" | "at" | "at_least">];
  "POST /v1/orgs/{org}/commands": [keyof Client, Has<"submit", never>];
  "GET /v1/orgs/{org}/diff": [keyof Client, Has<"diff", "of" | "from" | "to" | "at_least" | "limit">];
  "GET /v1/orgs/{org}/events": [keyof Client, Has<"events", "after" | "follow">];
  "GET /v1/orgs/{org}/explain": [
    keyof Client,
    Has<"explain", "subject" | "action" | "resource" | "as_of" | "at" | "at_least">,
  ];
  "DELETE /v1/orgs/{org}/generations": [keyof Client, Has<"dropGenerations", never>];
  "GET /v1/orgs/{org}/history": [keyof Client, Has<"history", "of" | "query" | "as_of" | "at_least" | "limit">];
  "GET /v1/orgs/{org}/matrix": [keyof Client, Has<"matrix", "of" | "as_of" | "at" | "at_least">];
  "POST /v1/orgs/{org}/names": [keyof Client, Has<"names", "as_of" | "at" | "at_least" | "of">];
  "GET /v1/orgs/{org}/policy": [keyof Client, Has<"policy", "as_of" | "at_least">];
  "GET /v1/orgs/{org}/proofs/consistency": [keyof Client, Has<"proveConsistency", "older">];
  "GET /v1/orgs/{org}/proofs/decision": [
    keyof Client,
    Has<"proveDecision", "subject" | "action" | "resource" | "as_of" | "at">,
  ];
  "GET /v1/orgs/{org}/proofs/{position}": [keyof Client, Has<"proveEvent", "position">];
  "GET /v1/orgs/{org}/reads": [keyof Client, Has<"reads", "about" | "from" | "to" | "after" | "limit">];
  "DELETE /v1/orgs/{org}/rebuilds": [keyof Client, Has<"dropRebuilds", never>];
  "GET /v1/orgs/{org}/rebuilds": [keyof Client, Has<"rebuilds", never>];
  "POST /v1/orgs/{org}/rebuilds": [keyof Client, Has<"rebuild", "accept" | "projection" | "save_every">];
  "DELETE /v1/orgs/{org}/rebuilds/{run}": [keyof Client, Has<"cancelRebuild", "run">];
  "GET /v1/orgs/{org}/rebuilds/{run}": [keyof Client, Has<"rebuilding", "run">];
  "POST /v1/orgs/{org}/rebuilds/{run}/{step}": [keyof Client, Has<"steerRebuild", "run" | "step">];
  "GET /v1/orgs/{org}/report": [keyof Client, Has<"report", "of" | "as_of" | "from" | "to" | "at_least" | "limit">];
  "GET /v1/orgs/{org}/rights": [keyof Client, Has<"rights", "subject" | "resource" | "as_of" | "at" | "at_least">];
  "GET /v1/orgs/{org}/status": [keyof Client, Has<"status", never>];
  "GET /v1/orgs/{org}/stranded": [keyof Client, Has<"stranded", "definition" | "as_of" | "at" | "at_least" | "limit">];
  "GET /v1/orgs/{org}/timeline": [
    keyof Client,
    Has<"timeline", "resource" | "as_of" | "from" | "to" | "at_least" | "limit">,
  ];
  "GET /v1/orgs/{org}/tree-head": [keyof Client, Has<"treeHead", never>];
  "GET /v1/orgs/{org}/vocabulary": [keyof Client, Has<"vocabulary", "as_of" | "at_least">];
  "GET /v1/orgs/{org}/what": [
    keyof Client,
    Has<"what", "subject" | "action" | "definition" | "as_of" | "at" | "at_least" | "limit">,
  ];
  "GET /v1/orgs/{org}/who": [
    keyof Client,
    Has<"who" | "whoBetween", "action" | "resource" | "from" | "to" | "as_of" | "at" | "at_least" | "limit">,
  ];
  "GET /v1/tokens": [keyof Client, Has<"tokens", never>];
  "POST /v1/tokens": [
    keyof Client,
    Has<"issueToken", "about" | "actor" | "limits" | "may_name" | "name" | "organizations" | "parts" | "valid_until">,
  ];
  "DELETE /v1/tokens/{token}": [keyof Client, Has<"withdrawToken", "token" | "actor">];
  "GET /v1/verification": [keyof Client, Has<"verifications", never>];
  "POST /v1/verification": [keyof Client, Has<"verify", never>];
  "DELETE /v1/verification/{run}": [keyof Client, Has<"cancelVerification", "run">];
  "GET /v1/verification/{run}": [keyof Client, Has<"verifying", "run">];
} = {
  "GET /.well-known/authzen-configuration/orgs/{org}": ["metadata", true],
  "GET /readyz": ["ready", true],
  "GET /v1/backups": ["backups", true],
  "POST /v1/backups": ["backUp", true],
  "DELETE /v1/backups/{run}": ["cancelBackup", true],
  "GET /v1/backups/{run}": ["backingUp", true],
  "GET /v1/orgs": ["orgs", true],
  "POST /v1/orgs": ["createOrg", true],
  "GET /v1/orgs/{org}/access": ["access", true],
  "POST /v1/orgs/{org}/access/v1/evaluation": ["evaluate", true],
  "POST /v1/orgs/{org}/access/v1/evaluations": ["evaluations", true],
  "POST /v1/orgs/{org}/access/v1/search/action": ["search", true],
  "POST /v1/orgs/{org}/access/v1/search/resource": ["search", true],
  "POST /v1/orgs/{org}/access/v1/search/subject": ["search", true],
  "GET /v1/orgs/{org}/changes": ["changes", true],
  "POST /v1/orgs/{org}/check": ["check", true],
  "POST /v1/orgs/{org}/checks": ["checks", true],
  "POST /v1/orgs/{org}/commands": ["submit", true],
  "GET /v1/orgs/{org}/diff": ["diff", true],
  "GET /v1/orgs/{org}/events": ["events", true],
  "GET /v1/orgs/{org}/explain": ["explain", true],
  "DELETE /v1/orgs/{org}/generations": ["dropGenerations", true],
  "GET /v1/orgs/{org}/history": ["history", true],
  "GET /v1/orgs/{org}/matrix": ["matrix", true],
  "POST /v1/orgs/{org}/names": ["names", true],
  "GET /v1/orgs/{org}/policy": ["policy", true],
  "GET /v1/orgs/{org}/proofs/consistency": ["proveConsistency", true],
  "GET /v1/orgs/{org}/proofs/decision": ["proveDecision", true],
  "GET /v1/orgs/{org}/proofs/{position}": ["proveEvent", true],
  "GET /v1/orgs/{org}/reads": ["reads", true],
  "DELETE /v1/orgs/{org}/rebuilds": ["dropRebuilds", true],
  "GET /v1/orgs/{org}/rebuilds": ["rebuilds", true],
  "POST /v1/orgs/{org}/rebuilds": ["rebuild", true],
  "DELETE /v1/orgs/{org}/rebuilds/{run}": ["cancelRebuild", true],
  "GET /v1/orgs/{org}/rebuilds/{run}": ["rebuilding", true],
  "POST /v1/orgs/{org}/rebuilds/{run}/{step}": ["steerRebuild", true],
  "GET /v1/orgs/{org}/report": ["report", true],
  "GET /v1/orgs/{org}/rights": ["rights", true],
  "GET /v1/orgs/{org}/status": ["status", true],
  "GET /v1/orgs/{org}/stranded": ["stranded", true],
  "GET /v1/orgs/{org}/timeline": ["timeline", true],
  "GET /v1/orgs/{org}/tree-head": ["treeHead", true],
  "GET /v1/orgs/{org}/vocabulary": ["vocabulary", true],
  "GET /v1/orgs/{org}/what": ["what", true],
  "GET /v1/orgs/{org}/who": ["who", true],
  "GET /v1/tokens": ["tokens", true],
  "POST /v1/tokens": ["issueToken", true],
  "DELETE /v1/tokens/{token}": ["withdrawToken", true],
  "GET /v1/verification": ["verifications", true],
  "POST /v1/verification": ["verify", true],
  "DELETE /v1/verification/{run}": ["cancelVerification", true],
  "GET /v1/verification/{run}": ["verifying", true],
};

export const commands: Array<keyof Client> = [
  "activateGroup",
  "addItem",
  "addMember",
  "addPerson",
  "adoptPolicy",
  "adoptVocabulary",
  "appointOrgAdmin",
  "assignActivity",
  "assignProfile",
  "attach",
  "breakGlass",
  "checkInItem",
  "checkOutItem",
  "completeCase",
  "configureProfile",
  "createDefinition",
  "deactivateGroup",
  "delegate",
  "detach",
  "disableUser",
  "dismissOrgAdmin",
  "enableUser",
  "endDelegation",
  "erase",
  "grant",
  "liftRestriction",
  "lowerWall",
  "offboard",
  "openCase",
  "placeInWorkspace",
  "raiseWall",
  "releaseActivity",
  "removeItem",
  "removeMember",
  "removePerson",
  "reopenCase",
  "replaceKey",
  "restrictCase",
  "revoke",
  "revokeLink",
  "setAccessControl",
  "setFormAccess",
  "setLabel",
  "setSharing",
  "shareCase",
  "updateGrant",
];
export const notOurs = [
  "GET /healthz",
  "GET /metrics",
  "GET /openapi",
  "GET /openapi.json",
  "GET /problems",
  "POST /v1/verbs",
  "GET /.well-known/authzen-configuration",
  "POST /access/v1/evaluation",
  "POST /access/v1/evaluations",
  "POST /access/v1/search/subject",
  "POST /access/v1/search/resource",
  "POST /access/v1/search/action",
];
