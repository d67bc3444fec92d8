//! Callers who are known by a certificate.

use super::{Authority, ask, comes, connect, desk, over_tls};
use crate::callers::told;
use serde_json::json;

const CALLERS: &str = r#"
    [[certificate]]
    dns = "desk.internal"
    name = "desk"
    parts = ["directory", "audit"]
    organizations = ["default"]

    [[certificate]]
    dns = "portal.internal"
    name = "portal"
    parts = ["check"]
    organizations = ["default"]
    about = "user:ana"
"#;

const STATUS: &str = "/v1/orgs/default/rights?subject=user:ana&resource=organization";

#[test]
fn a_certificate_that_the_file_names_is_a_caller_and_no_other_is() {
    let authority = Authority::new();
    let desk = desk(&authority, CALLERS);
    let own = authority.signs("desk.internal");
    let mut connection = over_tls(desk.address(), authority.client(Some(&own)));
    let command = r#"{"command":{"add_member":{"group":"g","member":"user:ana"}}}"#;
    let sent = connection.ask("POST", "/v1/orgs/default/commands", &[], command);
    assert_eq!(sent.status, 200, "{sent:?}");
    let event = desk.events().pop().expect("it was stored");
    assert_eq!(event.actor.to_string(), "system:desk");
    assert_eq!(event.via.map(|via| via.to_string()).as_deref(), Some("certificate:dns:desk.internal"));
    let other = r#"{"actor":"user:ben","command":{"add_member":{"group":"g","member":"user:ben"}}}"#;
    let refused = connection.ask("POST", "/v1/orgs/default/commands", &[], other);
    assert_eq!((refused.status, refused.code().as_str()), (403, "actor_not_allowed"));
    assert_eq!(connection.ask("GET", "/v1/orgs/north/status", &[], "").status, 404, "it is not its own");
    // Not even this machine is let in unknown.
    let nothing = told(ask(&desk, authority.client(None), STATUS, None));
    assert_eq!(nothing.0, 401);
    let unnamed = authority.signs("other.internal");
    assert_eq!(told(ask(&desk, authority.client(Some(&unnamed)), STATUS, None)), nothing);
    let mut stranger = Authority::new().signs("desk.internal");
    let refused = connect(desk.address(), authority.client(Some(&stranger)))
        .and_then(|(mut client, mut stream)| client.complete_io(&mut stream));
    assert!(refused.is_err(), "another has signed it");
    stranger.certificate.push_str(&authority.pem());
    assert!(
        connect(desk.address(), authority.client(Some(&stranger)))
            .and_then(|(mut client, mut stream)| client.complete_io(&mut stream))
            .is_err(),
        "who signed it is not who stands behind it"
    );
}

#[test]
fn a_token_that_is_presented_counts_alone_whatever_certificate_it_comes_with() {
    let authority = Authority::new();
    let desk = desk(&authority, CALLERS);
    let own = authority.signs("desk.internal");
    let token = desk.token("weak", &["operate"], json!({}));
    let with = |token: Option<&str>| ask(&desk, authority.client(Some(&own)), STATUS, token).status;
    assert_eq!((with(None), with(Some(&token)), with(Some("cw_nothing"))), (200, 403, 401));
}

#[test]
fn a_caller_about_one_user_asks_about_nobody_else() {
    let authority = Authority::new();
    let desk = desk(&authority, CALLERS);
    let own = authority.signs("portal.internal");
    let ask = |subject: &str, path: &str| {
        let question = json!({"subject": subject, "action": "read", "resource": "case:1"}).to_string();
        over_tls(desk.address(), authority.client(Some(&own))).ask("POST", path, &[], &question).status
    };
    assert_eq!(ask("user:ana", "/v1/orgs/default/check"), 200);
    assert_eq!(ask("user:ben", "/v1/orgs/default/check"), 403);
    assert_eq!(ask("user:ana", "/access/v1/evaluation"), 403, "a path that does not look whom it is about");
}

#[test]
fn who_is_taken_out_of_the_file_is_shut_out_of_what_is_open_too() {
    let authority = Authority::new();
    let desk = desk(&authority, CALLERS);
    let own = authority.signs("desk.internal");
    let mut feed = over_tls(desk.address(), authority.client(Some(&own)));
    feed.send(b"GET /v1/orgs/default/events HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!(feed.head().expect("it answers").0, 200);
    let mut open = over_tls(desk.address(), authority.client(Some(&own)));
    assert_eq!(open.ask("GET", STATUS, &[], "").status, 200);
    authority.write("callers.toml", "this is no TOML");
    authority.write("callers.toml", &CALLERS.replace("\"directory\", \"audit\"", "\"directory\""));
    let mut last = String::new();
    while let Some(piece) = feed.chunk() {
        last = String::from_utf8(piece).expect("it is text");
    }
    assert!(last.starts_with("event: failed\n") && last.contains("unknown_caller"), "{last}");
    assert_eq!(open.ask("GET", STATUS, &[], "").status, 403, "it has that part no longer");
    authority.write("callers.toml", "");
    comes("the file without it", || open.ask("GET", STATUS, &[], "").status == 401);
}
