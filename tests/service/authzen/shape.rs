//! What a request may look like: only a wrong shape is an error, told as text.

use super::{JSON, answer, ask, serving};
use crate::served::Served;

const ASKED: &str =
    r#"{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"record","id":"record-1"}}"#;

#[test]
fn a_decision_is_nothing_but_itself_byte_for_byte_whatever_else_is_sent() {
    let served = serving("certification");
    let tenant = "/v1/orgs/default/access/v1/evaluation";
    assert_eq!(served.connect().ask("POST", tenant, &JSON, ASKED).body, r#"{"decision":true}"#);
    for body in [
        ASKED.to_owned(),
        // The order of members says nothing, nor do members that are not known, nor a context in no form that we know.
        r#"{"context":{"time":"1985-10-26T01:22-07:00","caseward":null},"resource":{"id":"record-1","properties":{},"type":"record","x":1},
            "y":[2],"action":{"properties":null,"name":"read"},"subject":{"id":"alice","z":{},"type":"user"}}"#
            .to_owned(),
    ] {
        assert_eq!(answer(&served, "evaluation", &body), r#"{"decision":true}"#, "{body}");
    }
    let kind = [("content-type", "application/json; charset=utf-8")];
    assert_eq!(served.connect().ask("POST", "/access/v1/evaluation", &kind, ASKED).status, 200);
}

#[test]
fn what_has_a_wrong_shape_is_400_in_text_and_echoes_the_id_of_the_request() {
    let served = serving("certification");
    let without = |what: &str| ASKED.replace(what, "\"other\"");
    for body in [
        "",
        "{",
        "[]",
        "7",
        &without("\"subject\""),
        &without("\"action\""),
        &without("\"resource\""),
        &without("\"type\""),
        &without("\"id\""),
        &without("\"name\""),
        &ASKED.replace(r#"{"type":"user","id":"alice"}"#, r#""alice""#),
        &ASKED.replace(r#""read""#, "123"),
        &ASKED.replace(r#""alice""#, r#""alice","properties":[]"#),
        &ASKED.replace(r#"{"subject""#, r#"{"context":"x","subject""#),
        // Under our own key a slip would change what is asked.
        &ASKED.replace(r#"{"subject""#, r#"{"context":{"caseward":{"asof":3}},"subject""#),
        &ASKED.replace(r#"{"subject""#, r#"{"context":{"caseward":[3]},"subject""#),
        &ASKED.replace(r#"{"subject""#, r#"{"context":{"caseward":{"as_of":"soon"}},"subject""#),
        &ASKED.replace(r#"{"subject""#, r#"{"context":{"caseward":{"as_of":99999}},"subject""#),
    ] {
        let headers = [JSON[0], ("x-request-id", "r-7")];
        let response = served.connect().ask("POST", "/access/v1/evaluation", &headers, body);
        assert_eq!((response.status, response.header("x-request-id")), (400, Some("r-7")), "{body}: {response:?}");
        assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8"), "{body}");
        assert!(response.body.ends_with('\n') && !response.body.starts_with('{'), "{body}: {response:?}");
    }
    for kind in ["text/plain", "application/x-ndjson"] {
        let response = served.connect().ask("POST", "/access/v1/evaluation", &[("content-type", kind)], ASKED);
        assert_eq!(response.status, 400, "{kind}");
    }
    for (method, path, status) in [
        ("GET", "/access/v1/evaluation", 405),
        ("POST", "/v1/orgs/other/access/v1/evaluation", 404),
        ("GET", "/.well-known/authzen-configuration", 404),
    ] {
        let response = served.connect().ask(method, path, &JSON, ASKED);
        let told = (response.status, response.header("content-type"));
        assert_eq!(told, (status, Some("text/plain; charset=utf-8")), "{path}");
    }
}

#[test]
fn what_the_vocabulary_does_not_map_is_denied_or_an_empty_search_and_never_an_error() {
    let served = serving("certification");
    for (what, with) in [
        (r#""type":"user""#, r#""type":"group""#),
        (r#""alice""#, r#""nobody""#),
        (r#""alice""#, r#""""#),
        (r#""read""#, r#""share""#),
        (r#""type":"record""#, r#""type":"case""#),
        ("record-1", "record-99"),
        ("record-1", "not\\u0000an id"),
    ] {
        let body = ASKED.replace(what, with);
        assert_eq!(answer(&served, "evaluation", &body), r#"{"decision":false}"#, "{body}");
    }
    for (path, body) in [
        ("search/subject", ASKED.replace(r#""type":"user""#, r#""type":"group""#)),
        ("search/subject", ASKED.replace(r#""read""#, r#""share""#)),
        ("search/subject", ASKED.replace("record-1", "record-99")),
        ("search/resource", ASKED.replace(r#""type":"record""#, r#""type":"case""#)),
        ("search/resource", ASKED.replace(r#""alice""#, r#""nobody""#)),
        ("search/action", ASKED.replace(r#""alice""#, r#""nobody""#)),
        ("search/action", ASKED.replace("record-1", "record-99")),
    ] {
        assert_eq!(answer(&served, path, &body), r#"{"results":[]}"#, "{path} {body}");
    }
}

#[test]
fn a_case_of_another_definition_is_none_of_the_type() {
    let served = serving("certification");
    served.accepted(
        r#"{"actor":"system:seed","command":{"create_definition":{"definition":"memo","access_control":false}}}"#,
    );
    served.accepted(
        r#"{"actor":"system:seed","command":{"open_case":{"case":"memo-1","definition":"memo","creator":"alice"}}}"#,
    );
    assert_eq!(answer(&served, "evaluation", &ASKED.replace("record-1", "memo-1")), r#"{"decision":false}"#);
    let found = answer(&served, "search/resource", ASKED);
    assert_eq!(found, r#"{"results":[{"type":"record","id":"record-1"}]}"#);
}

#[test]
fn entities_are_told_by_type_and_id_in_that_order_and_actions_in_that_of_the_vocabulary() {
    let served = serving("certification");
    assert_eq!(
        answer(&served, "search/subject", ASKED),
        r#"{"results":[{"type":"user","id":"alice"},{"type":"user","id":"bob"}]}"#,
        "the id that is sent is ignored"
    );
    let archived =
        ASKED.replace("record-1\"", "record-2\",\"properties\":{\"status\":\"archived\"}").replace("alice", "bob");
    // Each name once, by the entry that fits; rights that are no words of the type are not told.
    assert_eq!(answer(&served, "search/action", &archived), r#"{"results":[{"name":"read"},{"name":"write"}]}"#);
    assert_eq!(answer(&served, "search/action", ASKED), r#"{"results":[{"name":"read"},{"name":"write"}]}"#);
}

#[test]
fn each_organization_has_its_own_words_and_the_path_names_it() {
    let served = serving("certification");
    assert_eq!(served.post("/v1/orgs", r#"{"organization":"north"}"#).status, 200);
    for command in [
        r#"{"adopt_vocabulary":{"subjects":{"user":{"as":"user"}},"resources":{"record":{"fixed":"definition:d"}},"actions":{"record":[{"name":"read","is":"register"}]}}}"#,
        r#"{"create_definition":{"definition":"d","access_control":false}}"#,
    ] {
        let sent = served.post("/v1/orgs/north/commands", &format!(r#"{{"command":{command}}}"#));
        assert_eq!(sent.status, 200, "{sent:?}");
    }
    let asked = ASKED.replace("record-1", "anything");
    let north =
        |path: &str| served.connect().ask("POST", &format!("/v1/orgs/north/access/v1/{path}"), &JSON, &asked).body;
    assert_eq!(
        (north("evaluation").as_str(), north("search/resource").as_str()),
        (r#"{"decision":true}"#, r#"{"results":[]}"#)
    );
    assert_eq!(answer(&served, "evaluation", &asked), r#"{"decision":false}"#);
}

#[test]
fn without_a_vocabulary_our_own_words_count() {
    let served = Served::holding("demo");
    let asked = |of: &str| {
        format!(
            r#"{{"subject":{{"type":"user","id":"mike"}},"action":{{"name":"read"}},"resource":{{"type":"case","id":"{of}"}}}}"#
        )
    };
    for case in ["4711", "0815"] {
        let own = format!(r#"{{"subject":"user:mike","action":"read","resource":"case:{case}"}}"#);
        let decision = served.post("/v1/orgs/default/check", &own).json()["decision"].clone();
        assert_eq!(answer(&served, "evaluation", &asked(case)), format!(r#"{{"decision":{decision}}}"#));
    }
    let rights = served.get("/v1/orgs/default/rights?subject=user:mike&resource=case:4711").json()["rights"].clone();
    let found: Vec<_> = rights.as_array().expect("a list").iter().map(|name| format!(r#"{{"name":{name}}}"#)).collect();
    assert_eq!(answer(&served, "search/action", &asked("4711")), format!(r#"{{"results":[{}]}}"#, found.join(",")));
    assert_eq!(ask(&served, "evaluation", &asked("4711").replace("read", "fly")).body, r#"{"decision":false}"#);
}
