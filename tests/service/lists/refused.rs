//! What cannot be asked is `invalid`, and says what to do next.

use super::{answer, refused};
use crate::served::Served;
use serde_json::Value;

#[test]
fn a_bad_parameter_is_told_with_what_to_give_instead() {
    let served = Served::holding("demo");
    for (path, told, hint) in [
        ("who?action=read", "`resource` is missing", "case:ID"),
        ("who?action=own&resource=case:1", "`action`: ", "read, write"),
        ("who?action=register&resource=case:1", "is not an action on `case:1`", ""),
        ("who?action=read&resource=case:1&as_of=now", "`as_of`: ", "give a position"),
        ("who?action=read&resource=case:1&from=9&at=2024-01-01T00:00:00Z", "`at` cannot", "leave `at` out"),
        ("who?action=read&resource=case:1&from=200&to=100", "has no length", "before `to`"),
        ("who?action=read&resource=case:1&as_of=9999", "9999", ""),
        ("who?action=read&resource=case:1&limit=0", "`limit`: ", "from 1 on"),
        ("who?action=read&action=write&resource=case:1", "given twice", "once"),
        ("what?subject=group:g&action=read", "`subject`: ", "user:ID or link:ID"),
        (
            "what?subject=user:a&action=read&resource=case:1",
            "`resource` is not known here",
            "`subject`, `action`, `definition`",
        ),
        (
            "access?subject=user:a&action=read&resource=case:1&at=2024-01-01T00:00:00Z",
            "`at` is not known here",
            "`from`, `to`",
        ),
        ("timeline?resource=case:none", "there is no `case:none`", ""),
        ("diff?of=case:4711", "`from` is missing", "give a position"),
        ("diff?of=item:1&from=1", "nobody holds rights on", "ask about"),
        ("history", "`of` is missing", "case:ID"),
        ("history?of=case:4711&query=comand:grant", "`query`: ", "command"),
        ("explain?subject=user:a&action=read&resource=1", "`resource`: ", "case:ID"),
    ] {
        let problem = refused(&served, path);
        let code = problem.code();
        let is_there = path.starts_with("timeline");
        assert_eq!(
            (problem.status, code.as_str()),
            if is_there { (404, "not_found") } else { (400, "invalid") },
            "{path}"
        );
        let problem = problem.json();
        let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        assert!(text("detail").contains(told), "{path}: {problem}");
        assert!(text("hint").contains(hint), "{path}: {problem}");
    }
}

#[test]
fn a_token_goes_on_with_its_own_list_and_where_that_was_asked() {
    let served = Served::holding("demo");
    let path = "who?action=read&resource=case:4711&as_of=168&limit=2";
    let first: Value = serde_json::from_str(&answer(&served, path)).expect("it is JSON");
    let after = format!("&after={}", first["next"].as_str().expect("there is more"));
    let second = answer(&served, &format!("{path}{after}"));
    assert_eq!(second, answer(&served, &format!("who?action=read&resource=case:4711&limit=2{after}")));
    for other in [
        "who?action=write&resource=case:4711",
        "who?action=read&resource=case:4712",
        "who?action=read&resource=case:4711&from=1",
        "what?subject=user:mike&action=read",
        "access?subject=user:ana&action=read&resource=case:4711",
        "timeline?resource=case:4711",
        "diff?of=case:4711&from=1",
        "history?of=case:4711",
    ] {
        let problem = refused(&served, &format!("{other}{after}"));
        assert_eq!((problem.status, problem.code().as_str()), (400, "invalid"), "{other}");
        assert!(
            problem.body.contains("continues another list") && problem.body.contains("hint"),
            "{other}: {problem:?}"
        );
    }
    for elsewhere in ["&as_of=169", "&as_of=2024-03-20T00:00:00Z", "&at=2031-01-01T00:00:00Z"] {
        let problem = refused(&served, &format!("who?action=read&resource=case:4711{elsewhere}{after}"));
        assert_eq!((problem.status, problem.code().as_str()), (400, "invalid"), "{elsewhere}");
        assert!(problem.body.contains("position 168") && problem.body.contains("leave them out"), "{problem:?}");
    }
    let nonsense = refused(&served, "who?action=read&resource=case:4711&after=nonsense");
    assert!(nonsense.body.contains("does not continue this list"), "{nonsense:?}");
}
