//! Every path answers as its verb prints.

use super::{ORGANIZATION, answer, printed};
use crate::served::Served;

/// A path, and the verb that asks the same.
type Pair = (&'static str, &'static [&'static str]);

/// As of then nothing depends on the day.
const DEMO: [Pair; 14] = [
    ("who?action=read&resource=case:4711&as_of=168", &["who", "read", "case:4711", "--as-of", "168"]),
    (
        "who?action=write&resource=case:4711&as_of=2024-03-13T12:00:00Z&at=2024-03-20T00:00:00Z",
        &["who", "write", "case:4711", "--as-of", "2024-03-13T12:00:00Z", "--at", "2024-03-20T00:00:00Z"],
    ),
    ("who?action=read&resource=case:none&as_of=168", &["who", "read", "case:none", "--as-of", "168"]),
    (
        "who?action=read&resource=case:4711&from=100&to=2025-06-01T00:00:00Z&as_of=328",
        &["who", "read", "case:4711", "--from", "100", "--to", "2025-06-01T00:00:00Z", "--as-of", "328"],
    ),
    (
        "who?action=register&resource=definition:fraud&to=2999-01-01T00:00:00Z&as_of=328&limit=3",
        &["who", "register", "definition:fraud", "--to", "2999-01-01T00:00:00Z", "--as-of", "328", "--limit", "3"],
    ),
    (
        "what?subject=user:mike&action=read&as_of=328&limit=3",
        &["what", "user:mike", "read", "--as-of", "328", "--limit", "3"],
    ),
    (
        "what?subject=user:judith&action=read&definition=fraud&as_of=328",
        &["what", "user:judith", "read", "--definition", "fraud", "--as-of", "328"],
    ),
    (
        "access?subject=user:kessler&action=read&resource=case:4711&from=2023-06-01T00:00:00Z&to=2025-06-01T00:00:00Z&as_of=328",
        &[
            "access",
            "user:kessler",
            "read",
            "case:4711",
            "--from",
            "2023-06-01T00:00:00Z",
            "--to",
            "2025-06-01T00:00:00Z",
            "--as-of",
            "328",
        ],
    ),
    (
        "access?subject=user:ana&action=read&resource=case:4711&to=328&as_of=328&limit=1",
        &["access", "user:ana", "read", "case:4711", "--to", "328", "--as-of", "328", "--limit", "1"],
    ),
    (
        "timeline?resource=case:4711&to=2025-06-01T00:00:00Z&as_of=328&limit=4",
        &["timeline", "case:4711", "--to", "2025-06-01T00:00:00Z", "--as-of", "328", "--limit", "4"],
    ),
    ("diff?of=case:4711&from=150&to=200", &["diff", "case:4711", "--from", "150", "--to", "200"]),
    (
        "diff?of=organization&from=2024-03-01T00:00:00Z&to=2024-03-20T00:00:00Z&limit=2",
        &["diff", "organization", "--from", "2024-03-01T00:00:00Z", "--to", "2024-03-20T00:00:00Z", "--limit", "2"],
    ),
    (
        "explain?subject=user:mike&action=write&resource=case:4711&as_of=169",
        &["explain", "user:mike", "write", "case:4711", "--as-of", "169"],
    ),
    ("rights?subject=user:mike&resource=case:4711&as_of=168", &["rights", "user:mike", "case:4711", "--as-of", "168"]),
];

const SHARED: [Pair; 5] = [
    ("who?action=read&resource=case:rq-1&as_of=20", &["who", "read", "case:rq-1", "--as-of", "20"]),
    (
        "who?action=read&resource=case:rq-1&from=1&to=25&as_of=25",
        &["who", "read", "case:rq-1", "--from", "1", "--to", "25", "--as-of", "25"],
    ),
    ("timeline?resource=case:rq-1&to=25&as_of=25", &["timeline", "case:rq-1", "--to", "25", "--as-of", "25"]),
    ("diff?of=case:rq-1&from=5&to=25", &["diff", "case:rq-1", "--from", "5", "--to", "25"]),
    (
        "timeline?resource=definition:request&to=25&as_of=25",
        &["timeline", "definition:request", "--to", "25", "--as-of", "25"],
    ),
];

fn bytes_are_the_same(fixture: &str, pairs: &[Pair]) {
    let served = Served::holding(fixture);
    let answered: Vec<String> = pairs.iter().map(|(path, _)| answer(&served, path)).collect();
    let (_, _, folder) = served.stop();
    let data = folder.path().join("data");
    for ((path, verb), answered) in pairs.iter().zip(answered) {
        // A page over HTTP has a limit where nobody says.
        let is_whole = !verb.contains(&"--limit") && !["rights", "explain"].contains(&verb[0]);
        let limit: &[&str] = if is_whole { &["--limit", "1000"] } else { &[] };
        let told = printed(&data, &[*verb, &["--output", "json"], limit].concat());
        assert_eq!(answered, told, "{fixture}: {path}");
        assert!(answered.len() > 30, "{path}: {answered}");
    }
}

#[test]
fn a_list_is_answered_as_the_command_line_answers_it() {
    bytes_are_the_same("demo", &DEMO);
}

#[test]
fn so_it_is_where_links_and_open_access_play_a_part() {
    bytes_are_the_same("completion-and-sharing", &SHARED);
}

#[test]
fn an_event_of_a_history_is_a_line_of_the_command_line() {
    let served = Served::holding("demo");
    let all = answer(&served, "history?of=case:4711&as_of=200");
    let some = answer(&served, "history?of=case:4711&as_of=200&query=actor:judith%20-type:case_opened&limit=1");
    let (_, _, folder) = served.stop();
    let data = folder.path().join("data");
    let ask = |more: &[&str]| {
        let asked = ["history", "case:4711", "--as-of", "200", "--output", "jsonl"];
        printed(&data, &[&asked[..], more].concat()).lines().collect::<Vec<_>>().join(",")
    };
    assert_eq!(all, format!(r#"{{"events":[{}],"position":200,"next":null}}"#, ask(&[])));
    let page = ask(&["--limit", "1", "actor:judith", "-type:case_opened"]);
    assert!(page.len() > 100, "{page}");
    assert!(some.starts_with(&format!(r#"{{"events":[{page}],"position":200,"next":"200:"#)), "{some}");
}

#[test]
fn what_never_changes_may_be_kept_and_what_bears_reasons_is_asked_for_again() {
    let served = Served::holding("demo");
    let get = |path: &str, headers: &[(&str, &str)]| {
        served.connect().ask("GET", &format!("{ORGANIZATION}/{path}"), headers, "")
    };
    let (kept, again) = ("private, max-age=31536000, immutable", "private, no-cache");
    for (path, expected) in [
        ("who?action=read&resource=case:4711&as_of=168", kept),
        ("who?action=read&resource=case:4711&from=100&as_of=168", kept),
        ("what?subject=user:mike&action=read&as_of=168", kept),
        ("access?subject=user:ana&action=read&resource=case:4711&as_of=168", kept),
        ("timeline?resource=case:4711&as_of=200", kept),
        ("diff?of=case:4711&from=150&to=200", again),
        ("history?of=case:4711&as_of=200", again),
        ("explain?subject=user:mike&action=write&resource=case:4711&as_of=169", again),
    ] {
        let first = get(path, &[]);
        assert_eq!((first.status, first.header("cache-control")), (200, Some(expected)), "{path}");
        let tag = first.header("etag").expect("it has a tag").to_owned();
        let known = get(path, &[("if-none-match", &tag)]);
        assert_eq!((known.status, known.body.as_str()), (304, ""), "{path}");
    }
    for path in [
        "who?action=read&resource=case:4711",
        "who?action=read&resource=case:4711&as_of=2999-01-01T00:00:00Z",
        "access?subject=user:ana&action=read&resource=case:4711&to=2999-01-01T00:00:00Z&as_of=168",
        "diff?of=case:4711&from=150",
    ] {
        let now = get(path, &[]);
        assert_eq!(
            (now.status, now.header("cache-control"), now.header("etag")),
            (200, Some("no-store"), None),
            "{path}"
        );
    }
}
