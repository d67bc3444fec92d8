//! The description of the interface: it says what is served, and every answer has the form that it says.

mod form;

use crate::served::Served as Service;
use caseward::events::Command;
use caseward::service::served;
use form::Forms;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens")
}

fn document() -> Value {
    let served = Service::empty();
    let answered = served.get("/openapi.json");
    assert_eq!(answered.status, 200);
    answered.json()
}

fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = document["paths"].as_object().expect("there are paths");
    paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("there are methods");
        methods.iter().map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
    })
}

#[test]
fn the_description_is_the_golden_file() {
    let text = format!("{}\n", serde_json::to_string_pretty(&document()).expect("it is JSON"));
    let golden = goldens().join("openapi.json");
    if std::env::var_os("CASEWARD_BLESS").is_some_and(|value| value == "1") {
        fs::write(&golden, &text).expect("it can be written");
    }
    assert!(text == fs::read_to_string(&golden).unwrap_or_default(), "CASEWARD_BLESS=1 writes what is so now");
}

#[test]
fn it_names_the_paths_the_methods_and_the_parts_that_are_served_and_no_others() {
    let document = document();
    let described: BTreeMap<String, &Value> =
        operations(&document).map(|(name, operation)| (name, &operation["x-caseward-parts"])).collect();
    let served = served();
    let name = |one: &caseward::service::Served| format!("{} {}", one.method, one.path);
    assert_eq!(described.keys().cloned().collect::<BTreeSet<_>>(), served.iter().map(name).collect());
    for one in &served {
        let parts: Vec<&str> = one.parts.iter().map(|part| part.name()).collect();
        assert_eq!(*described[&name(one)], json!(parts), "{}", name(one));
    }
}

#[test]
fn every_status_of_the_matrix_of_callers_is_described() {
    let document = document();
    let described: BTreeMap<String, &Value> =
        operations(&document).map(|(name, operation)| (name, &operation["responses"])).collect();
    let matrix = fs::read_to_string(goldens().join("callers.txt")).expect("there is a matrix");
    for row in matrix.lines().skip(1) {
        let mut words = row.split_whitespace();
        let name = format!("{} {}", words.next().expect("a method"), words.next().expect("a path"));
        for status in words {
            assert!(described[&name].get(status).is_some(), "{name} answers {status}, which is not described");
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_has_its_own_id() {
    let document = document();
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(path) = fields.get("$ref").and_then(Value::as_str) {
                    let pointer = path.strip_prefix('#').expect("it leads into the document");
                    assert!(document.pointer(pointer).is_some(), "{path}");
                }
                open.extend(fields.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    let ids: Vec<&Value> = operations(&document).map(|(_, operation)| &operation["operationId"]).collect();
    let different: BTreeSet<String> = ids.iter().map(ToString::to_string).collect();
    assert_eq!(different.len(), ids.len());
}

/// Headers that every answer over HTTP may have, and that say nothing of this service.
const OF_HTTP: [&str; 9] = [
    "content-type",
    "content-length",
    "content-security-policy",
    "x-content-type-options",
    "x-accel-buffering",
    "transfer-encoding",
    "connection",
    "date",
    "allow",
];

#[test]
fn every_header_that_an_answer_has_is_described_and_every_one_that_is_described_was_seen() {
    let served = Service::holding("demo");
    let document = served.get("/openapi.json").json();
    let mut seen = BTreeSet::new();
    let mut look = |method: &str, path: &str, query: &str, body: &str, headers: &[(&str, &str)]| {
        let headers = [&[("x-request-id", "a-1")][..], headers].concat();
        let asked = path.replace("{org}", "default") + query;
        let answer = served.connect().ask(method, &asked, &headers, body);
        let mut told = &document["paths"][path][method.to_lowercase()]["responses"][answer.status.to_string()];
        if let Some(named) = told["$ref"].as_str() {
            told = document.pointer(&named[1..]).expect("it leads somewhere");
        }
        let described: BTreeSet<String> = told["headers"]
            .as_object()
            .into_iter()
            .flat_map(|all| all.keys())
            .map(|name| name.to_lowercase())
            .collect();
        for (name, _) in answer.headers.iter().filter(|(name, _)| !OF_HTTP.contains(&name.as_str())) {
            assert!(described.contains(name), "{method} {asked} {}: `{name}` is not described", answer.status);
            seen.insert(name.clone());
        }
        answer
    };
    let question = r#"{"subject":"user:mike","action":"read","resource":"case:4711","as_of":168}"#;
    let kept = look("POST", "/v1/orgs/{org}/check", "", question, &[]);
    let tag = kept.header("etag").expect("it is settled").to_owned();
    assert_eq!(look("POST", "/v1/orgs/{org}/check", "", question, &[("if-none-match", &tag)]).status, 304);
    let command = r#"{"command":{"add_member":{"group":"g","member":"user:a"}}}"#;
    look("POST", "/v1/orgs/{org}/commands", "", command, &[]);
    for (path, query) in [
        ("/v1/orgs", ""),
        ("/v1/orgs/{org}/rights", "?subject=user:mike&resource=case:4711"),
        ("/v1/orgs/{org}/who", "?action=read&resource=case:4711&as_of=168"),
        ("/v1/orgs/{org}/what", "?subject=user:mike&action=read"),
        ("/v1/orgs/{org}/access", "?subject=user:mike&action=read&resource=case:4711&to=328"),
        ("/v1/orgs/{org}/timeline", "?resource=case:4711&to=328"),
        ("/v1/orgs/{org}/diff", "?of=case:4711&from=100&to=300"),
        ("/v1/orgs/{org}/stranded", "?as_of=300"),
        ("/v1/orgs/{org}/matrix", "?of=definition:fraud"),
        ("/v1/orgs/{org}/report", "?of=case:4711&to=2190-01-01T00:00:00Z"),
        ("/v1/orgs/{org}/report", "?of=case:4711&as_of=300&to=300"),
        ("/v1/orgs/{org}/policy", "?as_of=300"),
        ("/v1/orgs/{org}/vocabulary", ""),
        ("/v1/orgs/{org}/tree-head", ""),
        ("/v1/orgs/{org}/status", ""),
        ("/v1/orgs/{org}/history", "?of=case:4711&at_least=999999"),
        ("/v1/orgs/{org}/history", "?off=case:4711"),
        ("/readyz", ""),
    ] {
        look("GET", path, query, "", &[]);
    }
    look("POST", "/v1/orgs/{org}/rebuilds", "", "", &[]);
    look("GET", "/v1/orgs", "", "", &[("authorization", "Bearer cw_nobody")]);
    let named = document["components"]["headers"].as_object().expect("headers").len();
    // The log of decisions is not kept here.
    assert_eq!(seen.len(), named - 1, "{seen:?}");
}

#[test]
fn what_is_not_known_is_refused_with_what_was_perhaps_meant() {
    let served = Service::holding("demo");
    for (method, path, body, meant) in [
        ("GET", "/v1/orgs/default/who?action=read&resource=case:4711&as_off=3", "", "did you mean `as_of`?"),
        ("GET", "/v1/orgs/default/report?of=case:4711&limt=3", "", "did you mean `limit`?"),
        ("GET", "/v1/orgs?x=1", "", "takes no parameters"),
        ("POST", "/v1/orgs/default/rebuilds", r#"{"projektion":"policy"}"#, "did you mean `projection`?"),
        ("POST", "/v1/orgs", r#"{"organisation":"north"}"#, "did you mean `organization`?"),
        (
            "POST",
            "/v1/tokens",
            r#"{"name":"a","parts":["check"],"organisations":["*"]}"#,
            "did you mean `organizations`?",
        ),
    ] {
        let answer = served.connect().ask(method, path, &[], body);
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid"), "{path}: {answer:?}");
        assert!(answer.json()["hint"].as_str().is_some_and(|hint| hint.contains(meant)), "{path}: {answer:?}");
    }
}

/// Each file has examples of one type, which has a form of the same name.
#[test]
fn every_golden_answer_has_the_form_that_is_described() {
    let document = document();
    let forms = Forms::of(&document);
    for file in fs::read_dir(goldens().join("vocabulary")).expect("there are golden files") {
        let file = file.expect("it can be listed").path();
        let stem = file.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let name: String = stem.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        let examples: Value = serde_json::from_slice(&fs::read(&file).expect("it can be read")).expect("it is JSON");
        for example in examples.as_array().expect("examples") {
            forms.judge(&name, example).unwrap_or_else(|why| panic!("{name}: {why}\n{example}"));
        }
    }
}

#[test]
fn an_answer_that_is_not_of_its_form_is_found() {
    let document = document();
    let forms = Forms::of(&document);
    let decision = json!({
        "decision": true, "rights": ["read"], "rule": "case_grant", "position": 1, "at": "2026-03-01T00:00:00Z",
        "disclose": true, "reasons": [], "set_aside": [],
    });
    assert_eq!(forms.judge("Decision", &decision), Ok(()));
    for (pointer, wrong) in
        [("decision", json!("yes")), ("rights", json!(["fly"])), ("position", json!(-1)), ("more", json!(1))]
    {
        let mut broken = decision.clone();
        broken[pointer] = wrong;
        assert!(forms.judge("Decision", &broken).is_err(), "{broken}");
    }
    let mut lacks = decision.clone();
    lacks.as_object_mut().expect("an object").remove("rule");
    assert!(forms.judge("Decision", &lacks).is_err());
}

/// A command that is understood has the form of its name: those of all fixtures.
#[test]
fn every_command_of_the_fixtures_that_is_understood_has_the_form_that_is_described() {
    let document = document();
    let forms = Forms::of(&document);
    let named = &document["components"]["schemas"]["Command"]["properties"];
    let named: BTreeSet<&str> = named.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(named, Command::NAMES.iter().copied().collect());
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("replay-fixtures");
    let mut judged = 0;
    for fixture in fs::read_dir(fixtures).expect("there are fixtures") {
        for file in fs::read_dir(fixture.expect("it can be listed").path()).into_iter().flatten() {
            let text = fs::read_to_string(file.expect("it can be listed").path()).unwrap_or_default();
            for line in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
                let command = &line["command"];
                if !command.is_object() || Command::parse(command.clone()).is_err() {
                    continue;
                }
                forms.judge("Command", command).unwrap_or_else(|why| panic!("{why}\n{command}"));
                judged += 1;
            }
        }
    }
    assert!(judged > 500, "{judged}");
}

/// What no golden file has: tokens as they are told, listed and withdrawn, and the answer to a batch.
#[test]
fn tokens_and_batches_are_answered_in_the_forms_that_are_described() {
    let served = Service::empty();
    let document = served.get("/openapi.json").json();
    let forms = Forms::of(&document);
    let described = |method: &str, path: &str| {
        let schema = &document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"];
        let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        name.unwrap_or_else(|| panic!("{method} {path} has a form of its own")).to_owned()
    };
    let token = r#"{"name":"app","organizations":["*"],"parts":["admin","directory"]}"#;
    let issued = served.post("/v1/tokens", token).json();
    forms.judge(&described("post", "/v1/tokens"), &issued).expect("issued");
    let bearer = format!("Bearer {}", issued["token"].as_str().expect("its secret"));
    let ask = |method: &str, path: &str, body: &str| {
        let answer = served.connect().ask(method, path, &[("authorization", &bearer)], body);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    };
    let batch = r#"{"commands":[{"command":{"add_member":{"group":"g","member":"user:a"}}},null]}"#;
    let answers = ask("POST", "/v1/orgs/default/commands", batch);
    assert_eq!(answers["answers"].as_array().map(Vec::len), Some(2), "{answers}");
    forms.judge("CommandAnswers", &answers).expect("answers to a batch");
    let listed = ask("GET", "/v1/tokens", "");
    assert!(listed["tokens"][0]["last_used"].is_string(), "{listed}");
    forms.judge(&described("get", "/v1/tokens"), &listed).expect("listed");
    let withdrawn = ask("DELETE", &format!("/v1/tokens/{}", issued["id"].as_str().expect("its id")), "");
    forms.judge(&described("delete", "/v1/tokens/{token}"), &withdrawn).expect("withdrawn");
}

#[test]
fn the_page_to_read_has_every_operation_and_every_form_and_takes_nothing_from_elsewhere() {
    let served = Service::empty();
    let page = served.get("/openapi");
    let text: &str = &page.body;
    let document = served.get("/openapi.json").json();
    for (name, operation) in operations(&document) {
        let id = operation["operationId"].as_str().expect("an id");
        assert!(text.contains(&format!("<details id=\"{id}\">")), "{name}");
    }
    for form in document["components"]["schemas"].as_object().expect("forms").keys() {
        assert!(text.contains(&format!("<section id=\"{form}\">")), "{form}");
    }
    assert!(!text.contains("<script") && !text.contains("http://") && !text.contains("https://"), "it stands alone");
    let policy = page.header("content-security-policy").expect("it has a policy");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
}
