// Makes what follows from the description of the interface: `src/forms.ts` and `src/commands.ts`.
//
//     node tools/generate.mjs            writes the files
//     node tools/generate.mjs --check    says which of them lag, and ends with 1 where one does

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = dirname(dirname(fileURLToPath(import.meta.url)));
const DESCRIPTION = join(PACKAGE, "../../../tests/goldens/openapi.json");
const document = JSON.parse(readFileSync(DESCRIPTION, "utf8"));
const forms = document.components.schemas;

/** `restrict_case` is `RestrictCase`. */
const camel = (name) =>
  name
    .split("_")
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
/** `restrict_case` is `restrictCase`. */
const lower = (name) => camel(name).replace(/^./, (letter) => letter.toLowerCase());
const nameOf = (reference) => reference.split("/").at(-1);
const comment = (form, indent = "") =>
  form.description ? `${indent}/** ${form.description.replaceAll("*/", "* /")} */\n` : "";
const key = (name) => (/^[a-z_][a-z0-9_]*$/i.test(name) ? name : JSON.stringify(name));

/** All forms that a client sends or is answered, sorted. */
function reached() {
  const open = [document.paths, document.components.parameters];
  const found = new Set();
  for (const name of ["CloudEvent", "Problem", "Command"]) open.push({ $ref: `#/components/schemas/${name}` });
  while (open.length > 0) {
    const one = open.pop();
    if (Array.isArray(one)) open.push(...one);
    else if (one !== null && typeof one === "object") {
      if (one.$ref?.startsWith("#/components/schemas/") && !found.has(nameOf(one.$ref))) {
        found.add(nameOf(one.$ref));
        open.push(forms[nameOf(one.$ref)]);
      }
      open.push(...Object.values(one));
    }
  }
  return [...found].filter((name) => !["Command", "Commands", "Submission", "CommandAnswers"].includes(name)).sort();
}

/** The type of a value, as it is written in TypeScript. */
function typeOf(form, indent = "", prefix = "") {
  if (form.$ref) return prefix + nameOf(form.$ref);
  if ("const" in form) return JSON.stringify(form.const);
  if (form.enum) return form.enum.map((one) => JSON.stringify(one)).join(" | ");
  const several =
    form.anyOf ?? form.oneOf ?? (Array.isArray(form.type) ? form.type.map((type) => ({ type })) : undefined);
  if (several) return [...new Set(several.map((one) => typeOf(one, indent, prefix)))].join(" | ");
  if (form.type === "array") return `Array<${typeOf(form.items, indent, prefix)}>`;
  if (form.type === "object") return objectType(form, indent, prefix);
  return (
    { string: "string", integer: "number", number: "number", boolean: "boolean", null: "null" }[form.type] ?? "unknown"
  );
}

function objectType(form, indent, prefix) {
  const more = form.additionalProperties;
  if (!form.properties || Object.keys(form.properties).length === 0)
    return `Record<string, ${more && typeof more === "object" ? typeOf(more, indent, prefix) : "unknown"}>`;
  return `{\n${members(form, `${indent}  `, prefix)}${indent}}`;
}

function members(form, indent, prefix = "") {
  const required = form.required ?? [];
  let written = "";
  for (const [name, inner] of Object.entries(form.properties)) {
    const mark = required.includes(name) ? "" : "?";
    written += `${comment(inner, indent)}${indent}${key(name)}${mark}: ${typeOf(inner, indent, prefix)};\n`;
  }
  if (form.additionalProperties === true)
    written += `${indent}/** What stands beside these. */\n${indent}[fact: string]: unknown;\n`;
  return written;
}

function formsModule() {
  let written = `// What the service answers, and the words that it takes: made from \`openapi.json\` by \`tools/generate.mjs\`.
//
// Instants are texts as RFC 3339 has them, in UTC; positions are numbers. What a later release adds is there at run time.

`;
  for (const name of reached()) {
    const form = forms[name];
    written += comment(form);
    if (form.type === "object" && form.properties) written += `export interface ${name} {\n${members(form, "  ")}}\n\n`;
    else written += `export type ${name} = ${typeOf(form)};\n\n`;
  }
  return written;
}

const commands = forms.Command.properties;
/** `adopt_vocabulary` has the vocabulary itself as its fields. */
const fieldsOf = (form) => (form.$ref ? { ...forms[nameOf(form.$ref)], description: form.description } : form);

function commandsModule() {
  let written = `// What can be asked for: made from \`openapi.json\` by \`tools/generate.mjs\`.

import type * as forms from "./forms.js";
import type { Sending } from "./sending.js";

/** A command: one key, its name; below it its fields. */
export type Command =
${Object.keys(commands)
  .map((name) => `  | { ${name}: ${camel(name)} }`)
  .join("\n")};

`;
  for (const [name, form] of Object.entries(commands)) {
    const fields = fieldsOf(form);
    written += `${comment(fields)}export interface ${camel(name)} {\n${members(fields, "  ", "forms.")}}\n\n`;
  }
  written += `/** Every command by its name. \`sent\` says in whose name and why. */
export abstract class Commands {
  /** Sends a command: it is accepted, or \`Refused\` is thrown. */
  abstract do(command: Command, sent?: Sending): Promise<forms.Accepted>;

`;
  for (const [name, form] of Object.entries(commands)) {
    written += `${comment(fieldsOf(form), "  ")}  ${lower(name)}(fields: ${camel(name)}, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ ${name}: fields }, sent);
  }

`;
  }
  return `${written}}\n`;
}

/** The method of each operation; commands have one each. */
const METHODS = {
  "GET /.well-known/authzen-configuration/orgs/{org}": "metadata",
  "GET /readyz": "ready",
  "GET /v1/backups": "backups",
  "POST /v1/backups": "backUp",
  "DELETE /v1/backups/{run}": "cancelBackup",
  "GET /v1/backups/{run}": "backingUp",
  "GET /v1/orgs": "orgs",
  "POST /v1/orgs": "createOrg",
  "GET /v1/orgs/{org}/access": "access",
  "POST /v1/orgs/{org}/access/v1/evaluation": "evaluate",
  "POST /v1/orgs/{org}/access/v1/evaluations": "evaluations",
  "POST /v1/orgs/{org}/access/v1/search/action": "search",
  "POST /v1/orgs/{org}/access/v1/search/resource": "search",
  "POST /v1/orgs/{org}/access/v1/search/subject": "search",
  "GET /v1/orgs/{org}/changes": "changes",
  "POST /v1/orgs/{org}/check": "check",
  "POST /v1/orgs/{org}/checks": "checks",
  "POST /v1/orgs/{org}/commands": "submit",
  "GET /v1/orgs/{org}/diff": "diff",
  "GET /v1/orgs/{org}/events": "events",
  "GET /v1/orgs/{org}/explain": "explain",
  "DELETE /v1/orgs/{org}/generations": "dropGenerations",
  "GET /v1/orgs/{org}/history": "history",
  "POST /v1/orgs/{org}/names": "names",
  "GET /v1/orgs/{org}/proofs/consistency": "proveConsistency",
  "GET /v1/orgs/{org}/proofs/decision": "proveDecision",
  "GET /v1/orgs/{org}/proofs/{position}": "proveEvent",
  "GET /v1/orgs/{org}/reads": "reads",
  "DELETE /v1/orgs/{org}/rebuilds": "dropRebuilds",
  "GET /v1/orgs/{org}/rebuilds": "rebuilds",
  "POST /v1/orgs/{org}/rebuilds": "rebuild",
  "DELETE /v1/orgs/{org}/rebuilds/{run}": "cancelRebuild",
  "GET /v1/orgs/{org}/rebuilds/{run}": "rebuilding",
  "POST /v1/orgs/{org}/rebuilds/{run}/{step}": "steerRebuild",
  "GET /v1/orgs/{org}/matrix": "matrix",
  "GET /v1/orgs/{org}/policy": "policy",
  "GET /v1/orgs/{org}/report": "report",
  "GET /v1/orgs/{org}/rights": "rights",
  "GET /v1/orgs/{org}/stranded": "stranded",
  "GET /v1/orgs/{org}/vocabulary": "vocabulary",
  "GET /v1/orgs/{org}/status": "status",
  "GET /v1/orgs/{org}/timeline": "timeline",
  "GET /v1/orgs/{org}/tree-head": "treeHead",
  "GET /v1/orgs/{org}/what": "what",
  "GET /v1/orgs/{org}/who": "who",
  "GET /v1/tokens": "tokens",
  "POST /v1/tokens": "issueToken",
  "DELETE /v1/tokens/{token}": "withdrawToken",
  "GET /v1/verification": "verifications",
  "POST /v1/verification": "verify",
  "DELETE /v1/verification/{run}": "cancelVerification",
  "GET /v1/verification/{run}": "verifying",
};

/** Pages for people, what monitors ask, what the program asks itself, and paths that have a twin that names the organization. */
const NOT_OURS = [
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

/** Said otherwise: by the client, by pages, by feeds, by `because`, and by what goes with a command. */
const ELSEWHERE = ["org", "Last-Event-ID", "X-Purpose", "X-Request-ID", "Idempotency-Key"];
const PAGED = ["who", "what", "access", "timeline", "diff", "history", "stranded"];
const BODIES = [
  "POST /v1/tokens",
  "POST /v1/orgs",
  "POST /v1/backups",
  "POST /v1/orgs/{org}/rebuilds",
  "POST /v1/orgs/{org}/names",
];

/** Types that do not fit where a method lacks an argument: a parameter, or a member of a body. */
function surfaceModule() {
  const component = (form, kind) => (form.$ref ? document.components[kind][nameOf(form.$ref)] : form);
  const rows = [];
  for (const [path, methods] of Object.entries(document.paths))
    for (const [verb, operation] of Object.entries(methods)) {
      const name = `${verb.toUpperCase()} ${path}`;
      if (NOT_OURS.includes(name)) continue;
      const method = METHODS[name];
      if (method === undefined) throw new Error(`${name} has no method: give it one, here and in the client`);
      let wanted = (operation.parameters ?? []).map((one) => component(one, "parameters").name);
      if (BODIES.includes(name)) {
        const form = operation.requestBody.content["application/json"].schema;
        wanted.push(...Object.keys(component(form, "schemas").properties));
      }
      wanted = wanted.filter((one) => !ELSEWHERE.includes(one) && !(one === "after" && PAGED.includes(method)));
      if (method === "proveConsistency") wanted = ["older"];
      const names = wanted.map((one) => JSON.stringify(one)).join(" | ") || "never";
      rows.push([
        name,
        method,
        method === "who" ? `Has<"who" | "whoBetween", ${names}>` : `Has<"${method}", ${names}>`,
      ]);
    }
  const question = Object.keys(forms.Question.properties).filter((one) => !["id", "expect", "rule"].includes(one));
  const sent = Object.keys(forms.Submission.properties).filter((one) => !["command", "time"].includes(one));
  const union = (names) => names.map((one) => JSON.stringify(one)).join(" | ");
  return `// What the client must take: made from \`openapi.json\` by \`tools/generate.mjs\`. It compiles where nothing lacks.

import type { Client, OneQuestion, Sending } from "../src/index.js";

type NamesOf<Asked> = Asked extends unknown ? keyof NonNullable<Asked> : never;
type ArgumentsOf<Method extends keyof Client> = Method extends keyof Client
  ? Client[Method] extends (asked: infer Asked) => unknown ? NamesOf<Asked> : never
  : never;
/** \`true\`, or the names that lack. */
type Lacks<Wanted, Taken> = [Exclude<Wanted, Taken>] extends [never] ? true : Exclude<Wanted, Taken>;
type Has<Method extends keyof Client, Wanted> = Lacks<Wanted, ArgumentsOf<Method>>;

export const sending: Lacks<${union(sent)}, keyof Sending> = true;
export const question: Lacks<${union(question)}, keyof OneQuestion> = true;
export const methods: {
${rows.map(([name, , kind]) => `  ${JSON.stringify(name)}: [keyof Client, ${kind}];`).join("\n")}
} = {
${rows.map(([name, method]) => `  ${JSON.stringify(name)}: ["${method}", true],`).join("\n")}
};

export const commands: Array<keyof Client> = [${Object.keys(commands)
    .map((name) => `"${lower(name)}"`)
    .join(", ")}];
export const notOurs = ${JSON.stringify(NOT_OURS)};
`;
}

const biome = join(PACKAGE, "node_modules/.bin/biome");
const formatted = (text, name) =>
  execFileSync(biome, ["format", `--stdin-file-path=${name}`], { input: text, cwd: PACKAGE, encoding: "utf8" });

let lags = 0;
for (const [name, text] of [
  ["src/forms.ts", formsModule()],
  ["src/commands.ts", commandsModule()],
  ["tests/surface.ts", surfaceModule()],
]) {
  const path = join(PACKAGE, name);
  const made = formatted(text, name);
  if (existsSync(path) && readFileSync(path, "utf8") === made) continue;
  if (process.argv[2] === "--check") {
    lags = 1;
    console.error(`${name} lags behind the description\nhint: node tools/generate.mjs`);
  } else {
    writeFileSync(path, made);
    console.log(`wrote ${name}`);
  }
}
process.exit(lags);
