//! The feed of effective access: who gained and lost what, over HTTP, whatever happens to either end.

use crate::callers::Desk;
use crate::feed::{Message, Stream, follow_on, message};
use crate::http::Connection;
use crate::served::Served;
use caseward::service::Limits;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const CHANGES: &str = "/v1/orgs/default/changes";

/// What a stream tells up to the message of an id.
fn up_to(stream: &mut Stream, last: &str) -> Vec<Message> {
    let mut told = Vec::new();
    while told.last().is_none_or(|(id, _, _): &Message| id != last) {
        told.push(message(stream).expect("there is more"));
    }
    told
}

/// Everything that is told of a store, behind which two commands are sent.
fn all_of(served: &Served) -> Vec<Message> {
    served.accepted(r#"{"id":"last","command":{"add_member":{"group":"force","member":"user:new"}}}"#);
    served.accepted(r#"{"id":"very-last","actor":"user:judith","command":{"appoint_org_admin":{"user":"very-last"}}}"#);
    let mut stream = follow_on(served.connect(), CHANGES, "");
    let mut told = Vec::new();
    while !told.last().is_some_and(|(_, _, data): &Message| data.to_string().contains("user:very-last")) {
        told.push(message(&mut stream).expect("there is more"));
    }
    told
}

#[test]
fn who_gained_and_lost_what_is_told_in_order_and_goes_on_behind_every_id_also_after_a_kill() {
    let served = Served::holding("demo");
    let told = all_of(&served);
    assert!(told.len() > 100, "{}", told.len());
    for (id, kind, data) in &told {
        assert_eq!(kind, "changes");
        assert_eq!(data["id"], format!("default/{id}"));
        assert_eq!((&data["type"], &data["data"]["id"]), (&json!("caseward.access_changed"), &json!(id)));
        assert_eq!(data["time"], data["data"]["to"]["at"]);
    }
    assert!(told.iter().any(|(id, _, _)| id.contains('@')), "a window ended");
    let again_from = |served: &Served, index: usize| {
        let mut stream = follow_on(served.connect(), CHANGES, &format!("last-event-id: {}\r\n", told[index].0));
        assert_eq!(message(&mut stream).as_ref(), told.get(index + 1), "behind {}", told[index].0);
    };
    (0..told.len() - 1).for_each(|index| again_from(&served, index));
    let middle = told.len() / 2;
    let mut stream = follow_on(served.connect(), &format!("{CHANGES}?after={}", told[middle].0), "");
    assert_eq!(up_to(&mut stream, &told[middle + 5].0), told[middle + 1..middle + 6]);
    served.signal("-KILL");
    let (_, _, folder) = served.ended();
    let served = Served::over(folder);
    let mut stream = follow_on(served.connect(), CHANGES, &format!("last-event-id: {}\r\n", told[middle + 5].0));
    let last = told.last().expect("there is one").0.as_str();
    assert_eq!(up_to(&mut stream, last), told[middle + 6..]);
    (0..told.len() - 1).step_by(7).for_each(|index| again_from(&served, index));
}

#[test]
fn a_filter_leaves_what_was_asked_for_and_what_cannot_be_asked_is_refused() {
    let served = Served::holding("demo");
    let told = all_of(&served);
    let path = format!("{CHANGES}?resource=case:4711&action=read");
    let mut stream = follow_on(served.connect(), &path, "");
    let has = |actions: &Value| actions.as_array().expect("a list").contains(&json!("read"));
    let is_meant =
        |change: &&Value| change["resource"] == "case:4711" && has(&change["before"]) != has(&change["after"]);
    let mut compared = 0;
    for (id, _, data) in &told {
        let of = |list: &str, data: &Value| data["data"][list].as_array().cloned().unwrap_or_default();
        let meant = |list: &str| of(list, data).iter().filter(is_meant).cloned().collect::<Vec<_>>();
        let [gained, lost, changed] = ["gained", "lost", "changed"].map(meant);
        if gained.len() + lost.len() + changed.len() > 0 {
            let (filtered_id, _, filtered) = message(&mut stream).expect("it is told");
            assert_eq!(filtered_id, *id);
            let filtered = ["gained", "lost", "changed"].map(|list| of(list, &filtered));
            assert_eq!(filtered, [gained, lost, changed], "{id}");
            compared += 1;
        }
    }
    assert!(compared > 3, "{compared}");
    for wrong in [
        "?after=100000",
        "?after=1@2020-01-01T00:00:00Z",
        "?subject=link:x",
        "?action=fly",
        "?of=case:1",
        "?resource=organization&action=restrict",
        "?after=x",
    ] {
        let refused = served.get(&format!("{CHANGES}{wrong}"));
        assert_eq!((refused.status, refused.code().as_str()), (400, "invalid"), "{wrong}");
    }
    let refused = served.connect().ask("GET", CHANGES, &[("last-event-id", "x")], "");
    assert_eq!((refused.status, refused.code().as_str()), (400, "invalid"));
}

fn desk(change: impl Fn(&mut Limits)) -> Desk {
    let mut limits = Limits::default();
    change(&mut limits);
    Desk::within(limits)
}

#[test]
fn an_end_of_a_window_is_told_once_now_has_passed_it_and_a_heartbeat_says_where_the_feed_stands() {
    let desk = desk(|limits| limits.heartbeat = Duration::from_millis(20));
    desk.apply(
        "default",
        &[
            json!({"command": {"appoint_org_admin": {"user": "oa"}}}),
            json!({"actor": "user:oa", "command": {"create_definition": {"definition": "d", "access_control": true}}}),
            json!({"actor": "user:oa", "command": {"open_case": {"case": "1", "definition": "d", "creator": "oa"}}}),
            json!({"actor": "user:oa", "command": {"grant": {"on": "case:1", "to": "user:ben", "access": "read",
               "valid_until": "2026-03-01T13:00:00Z"}}}),
            json!({"command": {"add_member": {"group": "g", "member": "user:cleo"}}}),
        ],
    );
    let mut stream = follow_on(Connection::to(desk.address()), &format!("{CHANGES}?after=3"), "");
    let (id, kind, data) = message(&mut stream).expect("the grant");
    assert_eq!(
        (id.as_str(), kind.as_str(), &data["data"]["gained"][0]["subject"]),
        ("4", "changes", &json!("user:ben"))
    );
    let heartbeat = message(&mut stream).expect("a heartbeat");
    assert_eq!(heartbeat, ("5".to_owned(), "heartbeat".to_owned(), json!({"head": 5})), "nothing changed at 5");
    desk.at("2026-03-01T13:00:00Z");
    let told = std::iter::from_fn(|| message(&mut stream)).find(|(_, kind, _)| kind != "heartbeat");
    let (id, _, data) = told.expect("the end of the window");
    assert_eq!(id, "5@2026-03-01T13:00:00Z");
    let lost = json!([{"subject": "user:ben", "resource": "case:1", "before": ["read"], "after": [], "events": [4],
                       "causes": [{"position": 4, "time": "2026-03-01T13:00:00Z", "window": "ends"}]}]);
    assert_eq!(data["data"]["lost"], lost);
    let next = message(&mut stream).expect("a heartbeat");
    assert_eq!(next, ("5@2026-03-01T13:00:00Z".to_owned(), "heartbeat".to_owned(), json!({"head": 5})), "once");
}

#[test]
fn a_client_that_reads_nothing_is_let_go_and_goes_on_where_it_was() {
    let desk = desk(|limits| limits.write_time = Duration::from_millis(300));
    let member = |number: usize| json!({"command": {"add_member": {"group": "g", "member": format!("user:{number}")}}});
    let members = json!({"atomic": true, "commands": (0..2_000).map(member).collect::<Vec<_>>()});
    let opened = |number: usize| {
        json!({"actor": "user:oa", "command": {"open_case": {"case": format!("{number}"), "definition": "d",
               "creator": "oa"}}})
    };
    // Every user holds everything on each case of a definition without access control.
    let cases: Vec<_> = (0..60).map(opened).collect();
    desk.apply(
        "default",
        &[
            json!({"command": {"appoint_org_admin": {"user": "oa"}}}),
            json!({"actor": "user:oa", "command": {"create_definition": {"definition": "d", "access_control": false}}}),
            members,
        ],
    );
    desk.apply("default", &cases);
    let token = desk.token("reader", &["audit"], json!({"limits": {"streams": 1}}));
    let authorization = format!("authorization: Bearer {token}\r\n");
    let mut slow = follow_on(Connection::to(desk.address()), CHANGES, &authorization);
    // The token has room for one stream: there is room again once the first one was let go.
    let ask = || {
        let mut connection = Connection::to(desk.address());
        connection.send(format!("GET {CHANGES} HTTP/1.1\r\nhost: localhost\r\n{authorization}\r\n").as_bytes());
        connection.head().expect("it answers").0
    };
    let first = ask();
    assert_eq!(first, 429, "it is open, and has room for nobody else");
    let asked = Instant::now();
    while ask() != 200 {
        assert!(asked.elapsed() < Duration::from_secs(120), "it is not let go");
    }
    let mut last = None;
    while let Some((id, _, data)) = message(&mut slow) {
        assert!(data["data"]["gained"].is_array());
        last = Some(id);
    }
    let last = last.expect("something was told before");
    let mut again = follow_on(
        Connection::to(desk.address()),
        CHANGES,
        &format!("authorization: Bearer {}\r\nlast-event-id: {last}\r\n", desk.token("other", &["audit"], json!({}))),
    );
    let (id, _, _) = message(&mut again).expect("it goes on");
    let number = |id: &str| id.parse::<u64>().expect("a position");
    assert_eq!(number(&id), number(&last) + 1);
    assert!(number(&last) < 2_060, "it did not get to the end: {last}");
}

#[test]
fn a_service_that_stops_says_so_on_every_stream_of_changes() {
    let served = Served::empty();
    let mut stream = follow_on(served.connect(), CHANGES, "");
    served.signal("-TERM");
    let (_, kind, data) = message(&mut stream).expect("a last word");
    assert_eq!((kind.as_str(), &data["after"]), ("stopping", &json!("0")));
    assert_eq!(message(&mut stream), None);
    assert!(served.ended().0.success());
}
