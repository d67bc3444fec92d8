//! Where the subject is to find a case absent, a caller who may ask for decisions alone is told what it is told of a case that
//! never was: the same bytes.

use crate::callers::{Desk, told};
use crate::http::Connection;
use serde_json::{Value, json};

/// A desk with case `sealed`, on which nobody holds anything, and `open`, which ana reads.
fn desk() -> Desk {
    let desk = Desk::open();
    desk.apply("default", &[json!({"command": {"appoint_org_admin": {"user": "judith"}}})]);
    let by_judith = |command: Value| json!({"actor": "user:judith", "command": command});
    desk.apply(
        "default",
        &[
            json!({"create_definition": {"definition": "d", "access_control": true}}),
            json!({"set_sharing": {"definition": "d", "enabled": true}}),
            json!({"open_case": {"case": "sealed", "definition": "d", "creator": "maker"}}),
            json!({"open_case": {"case": "open", "definition": "d", "creator": "maker"}}),
            json!({"grant": {"on": "definition:d", "to": "user:ana", "access": "read"}}),
            json!({"share_case": {"case": "sealed", "link": "x8"}}),
            json!({"disable_user": {"user": "gone"}}),
            json!({"restrict_case": {"case": "sealed", "entries": []}}),
        ]
        .map(by_judith),
    );
    desk
}

/// A body with the name of a case instead of another.
fn about(body: &str, case: &str) -> String {
    body.replace("CASE", case)
}

#[test]
fn a_case_that_is_to_be_shown_as_absent_reads_as_one_that_never_was() {
    let desk = desk();
    let (check, audit) = (desk.token("pep", &["check"], json!({})), desk.token("auditor", &["audit"], json!({})));
    let ask = |token: &str, path: &str, headers: &[(&str, &str)], body: &str, case: &str| {
        let authorization = format!("Bearer {token}");
        let headers = [headers, &[("authorization", authorization.as_str())]].concat();
        told(Connection::to(desk.address()).ask("POST", path, &headers, &about(body, case)))
    };
    let json = [("content-type", "application/json")];
    let lines = [("content-type", "application/x-ndjson")];
    let mut bodies = 0;
    for subject in ["user:ana", "user:gone", "user:nobody", "link:x8"] {
        let question = json!({"subject": subject, "action": "read", "resource": "case:CASE", "as_of": 9}).to_string();
        let many = format!(r#"{{"questions":[{question}]}}"#);
        let mut asked = vec![
            ("/v1/orgs/default/check", &json, question.clone()),
            ("/v1/orgs/default/checks", &json, many),
            ("/v1/orgs/default/checks", &lines, question),
        ];
        if let Some(id) = subject.strip_prefix("user:") {
            let one = json!({
                "subject": {"type": "user", "id": id}, "action": {"name": "read"},
                "resource": {"type": "case", "id": "CASE"}, "context": {"caseward": {"explain": true, "as_of": 9}},
            });
            let mut many = one.clone();
            many["evaluations"] = json!([{}]);
            asked.push(("/access/v1/evaluation", &json, one.to_string()));
            asked.push(("/access/v1/evaluations", &json, many.to_string()));
        }
        for (path, headers, body) in asked {
            let sealed = ask(&check, path, headers, &body, "sealed");
            assert_eq!(sealed, ask(&check, path, headers, &body, "never"), "{subject} {path}");
            assert_eq!(sealed.0, 200, "{sealed:?}");
            assert!(sealed.2.contains(r#""rule":"not_found""#), "{sealed:?}");
            // Whoever may ask for reasons is told them.
            let whole = ask(&audit, path, headers, &body, "sealed");
            assert!(!whole.2.contains("not_found") && whole.2.contains(r#""disclose":false"#), "{whole:?}");
            bodies += 1;
        }
    }
    assert_eq!(bodies, 3 * 5 + 3);
    // What may be disclosed is told whole.
    let open = json!({"subject": "user:nobody", "action": "read", "resource": "case:open"}).to_string();
    let open = ask(&check, "/v1/orgs/default/check", &json, &open, "").2;
    assert!(open.contains(r#""rule":"no_grant""#) && open.contains(r#""disclose":true"#), "{open}");
}

#[test]
fn so_it_is_where_a_type_stands_for_the_cases_of_one_definition() {
    let desk = desk();
    let vocabulary = json!({
        "subjects": {"user": {"as": "user"}},
        "resources": {"record": {"as": "case", "definition": "d"}},
        "actions": {"record": [{"name": "view", "is": "read"}]},
    });
    desk.apply("default", &[json!({"actor": "user:judith", "command": {"adopt_vocabulary": vocabulary}})]);
    let (check, audit) = (desk.token("pep", &["check"], json!({})), desk.token("auditor", &["audit"], json!({})));
    let ask = |token: &str, case: &str| {
        let body = json!({
            "subject": {"type": "user", "id": "ana"}, "action": {"name": "view"},
            "resource": {"type": "record", "id": case}, "context": {"caseward": {"explain": true}},
        });
        let headers = [("content-type", "application/json"), ("authorization", &format!("Bearer {token}"))];
        let body =
            Connection::to(desk.address()).ask("POST", "/access/v1/evaluation", &headers, &body.to_string()).body;
        body.replace(case, "CASE")
    };
    let sealed = ask(&check, "sealed");
    assert_eq!(sealed, ask(&check, "never"));
    assert!(sealed.contains("not_mapped"), "{sealed}");
    assert!(ask(&audit, "sealed").contains(r#""rule":"restricted""#), "{}", ask(&audit, "sealed"));
    assert!(ask(&check, "open").contains(r#""decision":true"#));
}
