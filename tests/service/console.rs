//! The console: pages that show what the API answers to whoever opens them, and nothing else. What needs a browser is in
//! `tests/console`.

use crate::callers::Desk;
use crate::http::{Connection, Response};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Pages with everything that a case can have.
fn desk() -> Desk {
    let desk = Desk::serving(|service| service.pages(caseward::console::pages()));
    for organization in ["default", "north"] {
        desk.apply(
            organization,
            &[
                json!({"command": {"appoint_org_admin": {"user": "judith"}}}),
                json!({"actor": "user:judith", "command": {"create_definition": {"definition": "fraud"}}}),
                json!({"actor": "user:judith", "command": {"open_case": {"case": "1", "definition": "fraud", "creator": "ana"}}}),
                json!({"actor": "user:judith", "reason": "<b>court</b>", "command": {"grant": {"on": "case:1", "to": "user:ben", "access": "write"}}}),
                json!({"actor": "user:judith", "command": {"add_member": {"group": "team", "member": "user:cem"}}}),
                json!({"actor": "user:judith", "command": {"restrict_case": {"case": "1", "entries": [{"to": "group:team", "access": "read"}]}}}),
            ],
        );
    }
    desk
}

const PAGES: [&str; 13] = [
    "/console/default",
    "/console/default?as_of=4",
    "/console/default/case:1",
    "/console/default/case:1?as_of=4&vs=6",
    "/console/default/case:1/explain/user:ben/read",
    "/console/default/case:1/events?q=type:access_granted",
    "/console/default/user:cem",
    "/console/default/case:1/between/read?from=1&to=5",
    "/console/default/group:team",
    "/console/default/definition:fraud",
    "/console/default/organization",
    "/console/default/events/4",
    "/console/default/search?q=te",
];

fn open(desk: &Desk, path: &str) -> Response {
    Connection::to(desk.address()).ask("GET", path, &[], "")
}

/// What a browser would run or load beside the two files.
fn is_bare(page: &str) -> bool {
    let forbidden = [" style=", "<style", " onclick=", "javascript:", "src=\"http", "href=\"http", "<b>court"];
    forbidden.iter().all(|word| !page.contains(word)) && page.matches("<script").count() == 1
}

#[test]
fn every_page_has_a_title_and_a_heading_a_strict_policy_and_nothing_inline() {
    let desk = desk();
    for path in PAGES {
        let page = open(&desk, path);
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        assert_eq!(page.header("content-security-policy"), Some(POLICY), "{path}");
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(page.header(name), Some(value), "{path}");
        }
        assert_eq!(page.body.matches("<h1>").count(), 1, "{path}");
        assert!(page.body.contains(" · Caseward</title>"), "{path}");
        assert!(is_bare(&page.body), "{path}: {}", page.body);
        assert!(page.body.contains("<code>caseward ") || path.contains("search"), "{path} names no line for the shell");
    }
}

#[test]
fn the_first_address_leads_to_the_organization_or_says_which_there_are() {
    let both = desk();
    let first = open(&both, "/");
    assert!(first.status == 200 && first.body.contains("/console/north"), "{first:?}");
    let token = both.token("auditor", &["audit"], json!({}));
    let first = both.ask(&token, "GET", "/", "");
    assert_eq!((first.status, first.header("location")), (303, Some("/console/default")));
}

#[test]
fn a_page_as_json_is_what_the_api_answers_byte_for_byte() {
    let desk = desk();
    for path in PAGES {
        let (before, behind) = path.split_once('?').unwrap_or((path, ""));
        let given = open(&desk, &format!("{before}.json?{behind}"));
        assert_eq!((given.status, given.header("content-type")), (200, Some("application/json")), "{path}");
        let Value::Object(calls) = given.json() else { panic!("{path}: {}", given.body) };
        assert!(!calls.is_empty(), "{path}");
        let mut asked = 0;
        for call in calls.keys().filter(|call| call.starts_with("GET /v1/orgs/")) {
            let api = open(&desk, call.trim_start_matches("GET "));
            assert_eq!(api.status, 200, "{call}");
            assert!(given.body.contains(&format!("{}:{}", Value::from(call.as_str()), api.body)), "{path}: {call}");
            asked += 1;
        }
        assert!(asked > 0, "{path} asks nothing");
    }
}

#[test]
fn what_depends_on_the_clock_is_not_left_in_an_address() {
    let desk = desk();
    for (typed, settled) in [
        ("/console/default/case:1?as_of=%234", "/console/default/case:1?as_of=4"),
        ("/console/default/case:1?as_of=-2d&q=x", "/console/default/case:1?q=x&as_of=2026-02-27T12:00:00Z"),
        ("/console/default/case:1?as_of=2026-02-28", "/console/default/case:1?as_of=2026-02-28T00:00:00Z"),
        ("/console/default/case:1?as_of=now", "/console/default/case:1"),
    ] {
        let led = open(&desk, typed);
        assert_eq!((led.status, led.header("location")), (303, Some(settled)), "{typed}");
    }
}

#[test]
fn a_page_about_an_instant_to_come_says_that_it_may_still_change() {
    let (desk, told) = (desk(), "the answer may still change");
    let all = ["", "/case:1", "/user:ben", "/organization"];
    for (moment, pages, is_told) in [
        ("as_of=2031-01-01T00:00:00Z", &all[..], true),
        ("as_of=4", &all, false),
        ("as_of=4&vs=2031-01-01T00:00:00Z", &all[1..3], true),
    ] {
        for page in pages {
            let page = open(&desk, &format!("/console/default{page}?{moment}"));
            assert_eq!((page.status, page.body.contains(told)), (200, is_told), "{moment}: {page:?}");
        }
    }
}

#[test]
fn what_cannot_be_shown_says_what_was_asked_why_not_and_the_nearest_that_is() {
    let desk = desk();
    for (path, status, said) in [
        ("/console/default/case:1?as_of=999", 400, vec!["case:1", "999", "The same page at the last position"]),
        ("/console/default/case:1?as_of=soon", 400, vec!["`soon` is no moment", "The same page, now"]),
        (
            "/console/default/case:1?as_of=2",
            404,
            vec!["no <code>case:1</code> yet at position 2", "The same page at the first event"],
        ),
        (
            "/console/default/user:judit",
            404,
            vec!["there is no <code>user:judit</code>", "The nearest name that there is"],
        ),
        ("/console/default/nothing", 404, vec!["not a valid reference", "case:4711"]),
        ("/console/default/case:1/explain/group:team/read", 400, vec!["user:ID or link:ID"]),
        ("/console/default/case:1/events?q=colour:red", 400, vec!["colour"]),
        ("/console/default/events/999", 404, vec!["there is no event <code>#999</code>"]),
        ("/console/nowhere", 404, vec!["nothing is served at this address"]),
    ] {
        let page = open(&desk, path);
        assert_eq!(page.status, status, "{path}: {}", page.body);
        let said: Vec<_> = said.into_iter().map(|words| words.replace("`soon`", "<code>soon</code>")).collect();
        assert!(said.iter().all(|words| page.body.contains(words)), "{path}: {said:?}: {}", page.body);
        assert!(page.header("content-security-policy") == Some(POLICY) && is_bare(&page.body), "{path}");
    }
}

#[test]
fn who_has_no_part_of_an_organization_reads_what_is_read_of_one_that_never_was() {
    let desk = desk();
    let token = desk.token("auditor", &["audit"], json!({"organizations": ["default"]}));
    for below in ["", "/case:1", "/case:1/explain/user:ben/read", "/events/2", "/search?q=ana"] {
        let page = |organization: &str, token: &str| {
            let page = desk.ask(token, "GET", &format!("/console/{organization}{below}"), "");
            (page.status, page.body.replace(organization, "ORG"))
        };
        assert_eq!(page("north", &token), page("south", &token), "{below}");
        assert_eq!(page("north", &token).0, 404, "{below}");
        assert!([200, 303].contains(&page("default", &token).0), "{below}");
    }
}

#[test]
fn whoever_checks_alone_sees_no_page_of_persons() {
    let desk = desk();
    let token = desk.token("portal", &["check"], json!({}));
    for path in PAGES {
        let page = desk.ask(&token, "GET", path, "");
        assert_eq!(page.status, 403, "{path}");
        assert!(
            !["judith", "ben"].iter().any(|name| page.body.replace("user:ben", "").contains(name)),
            "{path}: {}",
            page.body
        );
    }
}

/// The cookies that a response sets, as a browser sends them back.
fn cookies(response: &Response) -> String {
    let set = response.headers.iter().filter(|(name, _)| name == "set-cookie");
    set.filter_map(|(_, value)| value.split(';').next()).collect::<Vec<_>>().join("; ")
}

/// Signs in; the cookies.
fn signed_in(desk: &Desk, token: &str) -> Response {
    let form = open(desk, "/console/_/sign-in?to=/console/default/case:1");
    let cookie = cookies(&form);
    let key = cookie.split('=').nth(1).expect("a key").to_owned();
    let body = format!("key={key}&token={token}&to=%2Fconsole%2Fdefault%2Fcase%3A1");
    Connection::to(desk.address()).ask("POST", "/console/_/sign-in", &[("cookie", &cookie)], &body)
}

fn with_cookie(desk: &Desk, path: &str, cookie: &str) -> Response {
    Connection::to(desk.address()).ask("GET", path, &[("cookie", cookie)], "")
}

#[test]
fn a_token_signs_in_and_a_session_ends_with_it_with_the_time_and_with_its_owner() {
    let desk = desk();
    let token = desk.token("auditor", &["audit"], json!({}));
    let asked = open(&desk, "/console/default/case:1?as_of=4");
    let to = "/console/_/sign-in?to=%2Fconsole%2Fdefault%2Fcase:1%3Fas_of%3D4";
    assert_eq!((asked.status, asked.header("location")), (303, Some(to)));
    let signed = signed_in(&desk, &token);
    assert_eq!((signed.status, signed.header("location")), (303, Some("/console/default/case:1")), "{signed:?}");
    let set = signed.header("set-cookie").expect("a cookie");
    assert!(["HttpOnly", "SameSite=Strict", "Path=/"].iter().all(|word| set.contains(word)), "{set}");
    assert!(!set.contains(&token), "{set}");
    let cookie = cookies(&signed);
    let page = with_cookie(&desk, "/console/default/case:1", &cookie);
    assert!(page.status == 200 && page.body.contains("As token:"), "{page:?}");
    // An hour without a page.
    desk.at("2026-03-01T13:30:00Z");
    assert_eq!(with_cookie(&desk, "/console/default", &cookie).status, 303);
    let cookie = cookies(&signed_in(&desk, &token));
    assert_eq!(with_cookie(&desk, "/console/default", &cookie).status, 200);
    desk.withdraw(&token);
    assert_eq!(with_cookie(&desk, "/console/default", &cookie).status, 303);
    let wrong = signed_in(&desk, &token);
    assert!(wrong.status == 403 && wrong.body.contains("withdrawn"), "{wrong:?}");
}

#[test]
fn a_form_of_16_kib_is_taken_and_a_longer_one_is_taken_for_empty() {
    let desk = desk();
    let token = desk.token("auditor", &["audit"], json!({}));
    let sent = |bytes: usize| {
        let body = format!("key=k&token={token}&to=%2Fconsole%2Fdefault&rest=");
        let body = format!("{body}{}", "x".repeat(bytes - body.len()));
        Connection::to(desk.address()).ask("POST", "/console/_/sign-in", &[("cookie", "caseward_form=k")], &body).status
    };
    assert_eq!((sent(16 << 10), sent((16 << 10) + 1)), (303, 403));
}

#[test]
fn a_form_of_another_page_is_not_taken_and_leads_nowhere_else() {
    let desk = desk();
    let token = desk.token("auditor", &["audit"], json!({}));
    let sent = |cookie: &str, body: &str, path: &str| {
        Connection::to(desk.address()).ask("POST", path, &[("cookie", cookie)], body)
    };
    let forged = sent("caseward_form=x", &format!("key=y&token={token}"), "/console/_/sign-in");
    assert!(forged.status == 403 && forged.body.contains("too old"), "{forged:?}");
    for to in ["https%3A%2F%2Fattacker.test", "%2F%2Fattacker.test", "%2Fconsole%2F..%5Cx"] {
        let led = sent("caseward_form=k", &format!("key=k&token={token}&to={to}"), "/console/_/sign-in");
        assert_eq!((led.status, led.header("location")), (303, Some("/")), "{to}");
    }
    let cookie = cookies(&signed_in(&desk, &token));
    sent(&cookie, "key=guessed", "/console/_/sign-out");
    assert_eq!(with_cookie(&desk, "/console/default", &cookie).status, 200, "it goes on");
    let page = with_cookie(&desk, "/console/default", &cookie).body;
    let key = page.split("name=\"key\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a key");
    assert_eq!(sent(&cookie, &format!("key={key}"), "/console/_/sign-out").status, 303);
    assert_eq!(with_cookie(&desk, "/console/default", &cookie).status, 303);
}

#[test]
fn a_link_from_anywhere_opens_a_page_and_a_name_that_leads_here_by_a_trick_does_not() {
    let desk = desk();
    let ask = |headers: &str| {
        let mut connection = Connection::to(desk.address());
        connection.send(format!("GET /console/default/case:1 HTTP/1.1\r\n{headers}\r\n\r\n").as_bytes());
        connection.response().expect("there is one")
    };
    let linked = ask("host: localhost\r\nsec-fetch-site: cross-site");
    assert!(linked.status == 200 && linked.body.contains("user:cem"), "{linked:?}");
    let tricked = ask("host: rebind.attacker.test");
    assert!(tricked.status == 421 && !tricked.body.contains("user:"), "{tricked:?}");
}

#[test]
fn a_report_is_a_file_to_keep_and_no_page_of_this_host() {
    let desk = desk();
    let report = open(&desk, "/console/default/case:1/report?as_of=6");
    assert_eq!((report.status, report.header("content-security-policy")), (200, Some("sandbox")), "{report:?}");
    assert_eq!(report.header("content-disposition"), Some("attachment; filename=\"report.html\""));
    let api = open(&desk, "/v1/orgs/default/report?of=case:1&to=6&as_of=6");
    assert!(report.body == api.body && report.body.contains("Access to case:1"), "{api:?}");
    assert_eq!(open(&desk, "/console/default/group:team/report").status, 400);
}

#[test]
fn the_files_are_kept_for_ever_under_the_hash_of_what_they_hold() {
    let desk = desk();
    let page = open(&desk, "/console/default").body;
    let mut files = 0;
    for path in page.split('"').filter(|text| text.starts_with("/console/_/assets/")) {
        let file = open(&desk, path);
        assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"), "{path}");
        assert!(file.status == 200 && !file.body.is_empty(), "{path}");
        files += 1;
    }
    assert_eq!(files, 3);
    assert_eq!(open(&desk, "/console/_/assets/console-0000000000000000.css").status, 404);
}

#[test]
fn every_page_lets_in_whom_the_api_lets_in_and_nobody_else() {
    let desk = desk();
    let parts = ["check", "audit", "produce", "directory", "operate", "admin"];
    let tokens: Vec<_> = parts.iter().map(|part| (*part, desk.token(part, &[part], json!({})))).collect();
    let foreign = desk.token("foreign", &parts, json!({"organizations": ["north"]}));
    let about = desk.token("about", &["check"], json!({"about": "user:ana"}));
    let mut text = format!("{:56}{:>10}", "", "nothing");
    let names = parts.into_iter().chain(["foreign", "about ana", "socket"]);
    text.extend(names.map(|name| format!("{name:>10}")));
    for path in ["/", "/console/_/sign-in"]
        .into_iter()
        .chain(PAGES)
        .chain(["/console/default/case:1/explain/user:ben/read/proof"])
    {
        text.push_str(&format!("\n{path:56}{:>10}", open(&desk, path).status));
        let tokens = tokens.iter().map(|(_, token)| token).chain([&foreign, &about]);
        text.extend(tokens.map(|token| format!("{:>10}", desk.ask(token, "GET", path, "").status)));
        text.push_str(&format!("{:>10}", desk.socket().ask("GET", path, &[], "").status));
    }
    text.push('\n');
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/console-callers.txt");
    if std::env::var_os("CASEWARD_BLESS").is_some_and(|value| value == "1") {
        fs::write(&golden, &text).expect("it can be written");
    }
    assert_eq!(text, fs::read_to_string(&golden).unwrap_or_default(), "CASEWARD_BLESS=1 writes what is so now");
}
