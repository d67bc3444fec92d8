//! What is presented: a token that counts, or nothing that anybody could tell apart.

use super::{Desk, id, told};
use crate::http::Connection;
use serde_json::json;

/// The id of one token with the secret of another, and the sum that belongs there.
fn with_secret_of(one: &str, other: &str) -> String {
    let secret = other.split('_').nth(2).expect("it holds a secret");
    let begun = format!("cw_{}_{secret}", id(one));
    let mut sum = flate2::Crc::new();
    sum.update(begun.as_bytes());
    format!("{begun}_{:08x}", sum.sum())
}

#[test]
fn whoever_is_not_known_is_told_the_same_whatever_was_presented() {
    let desk = Desk::open();
    let (ended, withdrawn) = (
        desk.token("ended", &["operate"], json!({"valid_until": "2026-03-01T13:00:00Z"})),
        desk.token("withdrawn", &["operate"], json!({})),
    );
    let good = desk.token("good", &["operate"], json!({}));
    desk.withdraw(&withdrawn);
    desk.at("2026-03-01T13:00:00Z");
    let ask =
        |headers: &[(&str, &str)]| Connection::to(desk.address()).ask("GET", "/v1/orgs/default/status", headers, "");
    let nothing = ask(&[]);
    assert_eq!((nothing.status, nothing.code().as_str()), (401, "unknown_caller"));
    assert_eq!(nothing.header("www-authenticate"), Some("Bearer"));
    let nothing = told(nothing);
    let elsewhere = Desk::open().token("elsewhere", &["operate"], json!({}));
    let presented = [
        format!("Bearer {ended}"),
        format!("Bearer {withdrawn}"),
        format!("Bearer {elsewhere}"),
        format!("Bearer {}", with_secret_of(&good, &elsewhere)),
        format!("Bearer {}", &good[..good.len() - 1]),
        format!("Basic {good}"),
        good.clone(),
        "Bearer".to_owned(),
    ];
    for one in &presented {
        assert_eq!(told(ask(&[("authorization", one)])), nothing, "{one}");
    }
    let good = format!("Bearer {good}");
    assert_eq!(told(ask(&[("authorization", &good), ("authorization", &good)])), nothing, "one token is presented");
    assert_eq!(ask(&[("authorization", &good.replace("Bearer", "bearer"))]).status, 200);
    assert_eq!(desk.refused().unknown, presented.len() as u64 + 2);
}

#[test]
fn loopback_is_open_until_the_first_token_and_the_socket_stays_so() {
    let desk = Desk::open();
    let status = |mut connection: Connection| connection.ask("GET", "/v1/orgs/default/status", &[], "").status;
    assert_eq!((status(Connection::to(desk.address())), status(desk.socket())), (200, 200));
    let token = desk.token("first", &["check"], json!({}));
    assert_eq!((status(Connection::to(desk.address())), status(desk.socket())), (401, 200));
    desk.withdraw(&token);
    assert_eq!((status(Connection::to(desk.address())), status(desk.socket())), (401, 200), "it stays shut");
    let presented = desk.socket().ask("GET", "/v1/orgs/default/status", &[("authorization", "Bearer cw_x")], "");
    assert_eq!(presented.status, 401, "what is presented counts, on the socket too");
}

#[test]
fn a_token_has_no_more_under_way_than_it_was_issued_for_and_others_have_room() {
    let desk = Desk::open();
    let limited = desk.token("limited", &["audit"], json!({"limits": {"streams": 1}}));
    let other = desk.token("other", &["audit"], json!({}));
    let follow = |token: &str| {
        let mut connection = Connection::to(desk.address());
        let head =
            format!("GET /v1/orgs/default/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
        connection.send(head.as_bytes());
        let (status, _) = connection.head().expect("it answers");
        (status, connection)
    };
    let first = follow(&limited);
    let second = follow(&limited);
    assert_eq!((first.0, second.0, follow(&other).0), (200, 429, 200));
}
