//! The document, put together.

use super::operations::{self, Answer, JSON, Operation, Sent, UNCHANGED};
use crate::service::routes::{self, Problems};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const SCHEMAS: &str = include_str!("schemas.json");
const PARAMETERS: &str = include_str!("parameters.json");
const HEADERS: &str = include_str!("headers.json");

/// What each status means.
const WORDS: &[(u16, &str)] = &[
    (200, "The answer."),
    (202, "It was started, or told so; `Location` says where it is."),
    (304, "It is still what the client has."),
    (400, "The request cannot be understood."),
    (401, "The caller is not known."),
    (403, "The caller may not, or the actor may not."),
    (404, "It is not there, or not for this caller."),
    (408, "The body did not come in time."),
    (409, "It contradicts what is there."),
    (413, "It is more than a limit."),
    (415, "The body is of another kind."),
    (422, "The rules refuse it."),
    (429, "The caller has as much under way as it may."),
    (503, "Not now; `Retry-After` says when to try again."),
];

fn words(status: u16) -> &'static str {
    let found = WORDS.iter().find(|(known, _)| *known == status);
    found.expect("the table has every status that is documented").1
}

/// All of it.
pub(super) fn document() -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let routes = routes::all();
    for operation in operations::all() {
        let of = |route: &&routes::Route| route.path == operation.path && route.method.as_str() == operation.method;
        let route = routes.iter().find(of).expect("a test compares both tables");
        paths.entry(operation.path).or_default().insert(operation.method.to_lowercase(), described(&operation, route));
    }
    let parse = |text: &str| serde_json::from_str::<Value>(text).expect("a test reads it");
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Caseward",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "An event-sourced permission engine for case management: who may, who could, why, and since which event.",
            "description": "Every answer names the position that it was given at. `as_of` and `at` ask about the past, `at_least` waits for what was just written. \
                Whatever is not an answer is a problem with a `code` (/problems).",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": parse(SCHEMAS),
            "parameters": parse(PARAMETERS),
            "headers": headers(),
            "responses": responses(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "A token (`caseward token issue`), or a JWT of an issuer that was agreed."}},
        },
    })
}

fn described(operation: &Operation, route: &routes::Route) -> Value {
    let Operation { method, path, summary, parameters, body, headers: _, answers, problems } = operation;
    let parts: Vec<&str> = route.parts.0.iter().map(|part| part.name()).collect();
    let in_path = path.split('/').filter_map(|step| step.strip_prefix('{')?.strip_suffix('}'));
    let named = in_path.chain(parameters.iter().copied());
    let named: Vec<Value> = named.map(|name| json!({"$ref": format!("#/components/parameters/{name}")})).collect();
    let mut told: BTreeMap<String, Value> = BTreeMap::new();
    answers.iter().for_each(|answer| tell(&mut told, answer));
    for (status, told) in &mut told {
        told["headers"] = told_beside(status, operation);
    }
    let in_words = route.problems == Problems::Text;
    for status in refusals(operation, !parts.is_empty()).chain(problems.iter().copied()) {
        let name = if in_words { format!("{status}text") } else { status.to_string() };
        let problem = json!({"$ref": format!("#/components/responses/{name}")});
        told.entry(status.to_string()).or_insert(problem);
    }
    let mut described = json!({
        "operationId": id(method, path),
        "summary": summary,
        "parameters": named,
        "responses": told,
        "x-caseward-parts": parts,
    });
    if !parts.is_empty() {
        described["security"] = json!([{"token": []}]);
    }
    if let Some(body) = body {
        described["requestBody"] = request(body);
    }
    described
}

/// Statuses that follow from what an operation is.
fn refusals(operation: &Operation, asks_who_calls: bool) -> impl Iterator<Item = u16> {
    let guarded: &[u16] = if asks_who_calls { &[400, 401, 403, 429, 503] } else { &[] };
    let has_name: &[u16] = if asks_who_calls && operation.path.contains('{') { &[404] } else { &[] };
    let has_body: &[u16] = if operation.body.is_some() { &[408, 413] } else { &[] };
    guarded.iter().chain(has_name).chain(has_body).copied()
}

/// The headers of an answer that say something.
fn told_beside(status: &str, operation: &Operation) -> Value {
    let is_kept = operation.answers.iter().any(|answer| answer.status == UNCHANGED);
    let own: &[&str] = if status == UNCHANGED.to_string() { &[] } else { operation.headers };
    let kept: &[&str] = if is_kept { &["etag"] } else { &[] };
    named_headers([&["cache", "request"][..], kept, own].concat())
}

fn named_headers(names: impl IntoIterator<Item = &'static str>) -> Value {
    let known: Value = serde_json::from_str(HEADERS).expect("a test reads it");
    let named = names.into_iter().map(|name| {
        let header = known[name]["name"].as_str().expect("a test compares both tables");
        (header.to_owned(), json!({"$ref": format!("#/components/headers/{name}")}))
    });
    Value::Object(named.collect())
}

/// All of them, without their names, which stand where they are used.
fn headers() -> Value {
    let mut all: Value = serde_json::from_str(HEADERS).expect("a test reads it");
    for header in all.as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
        header.as_object_mut().map(|header| header.remove("name"));
    }
    all
}

fn tell(told: &mut BTreeMap<String, Value>, answer: &Answer) {
    let Answer { status, kind, schema } = answer;
    let told = told.entry(status.to_string()).or_insert_with(|| json!({"description": words(*status)}));
    if kind.is_empty() {
        return;
    }
    let schema = schema.map_or_else(|| json!({}), reference);
    let content = &mut told["content"][*kind];
    match content.get("schema").cloned() {
        // One status, one kind, two forms.
        Some(first) => *content = json!({"schema": {"anyOf": [first, schema]}}),
        None => *content = json!({"schema": schema}),
    }
}

fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

fn request(Sent { schemas, line, is_required }: &Sent) -> Value {
    let whole = match schemas {
        [one] => reference(one),
        several => json!({"anyOf": several.iter().map(|one| reference(one)).collect::<Vec<_>>()}),
    };
    let mut content = json!({JSON: {"schema": whole}});
    if let Some(line) = line {
        content["application/x-ndjson"] = json!({"schema": reference(line)});
    }
    json!({"required": is_required, "content": content})
}

/// Problems, as JSON and in words, by status.
fn responses() -> Value {
    let mut all = Map::new();
    for (status, words) in WORDS.iter().filter(|(status, _)| *status >= 400) {
        let own: &[&str] = match status {
            401 => &["known_by"],
            429 | 503 => &["retry"],
            _ => &[],
        };
        let headers = named_headers([&["cache", "request"][..], own].concat());
        let json = json!({"application/problem+json": {"schema": reference("Problem")}});
        all.insert(status.to_string(), json!({"description": words, "headers": headers, "content": json}));
        let text = json!({"text/plain; charset=utf-8": {"schema": {"type": "string"}}});
        all.insert(format!("{status}text"), json!({"description": words, "headers": headers, "content": text}));
    }
    all.into()
}

/// Such as `get_v1_orgs_org_who`.
fn id(method: &str, path: &str) -> String {
    let words = path.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(method.to_lowercase()).chain(words.map(str::to_owned)).collect::<Vec<_>>().join("_")
}
