//! An import says what it did not take away, and can be run again.

use crate::cli_fixture::{Desk, Said};
use std::fs;

fn import(desk: &Desk, lines: &str, options: &[&str]) -> Said {
    let file = desk.data().with_extension("jsonl");
    fs::write(&file, lines).expect("there is room");
    desk.ask(&[&["import", file.to_str().expect("a plain name")], options].concat())
}

const HISTORY: &str = r#"{"time":"2024-01-01T00:00:00Z","command":{"create_definition":{"definition":"d"}}}
{"time":"2024-01-02T00:00:00Z","command":{"open_case":{"case":"1","definition":"d","creator":"ana"}}}
{"time":"2024-01-03T00:00:00Z","command":{"add_member":{"group":"g","member":"user:ana"}}}
{"time":"2024-01-04T00:00:00Z","command":{"remove_member":{"group":"g","member":"user:ana"}}}
{"time":"2024-01-05T00:00:00Z","command":{"add_member":{"group":"g","member":"user:ana"}}}
"#;

#[test]
fn lines_that_were_to_take_access_away_and_were_refused_are_named_and_have_a_status() {
    let desk = Desk::of(HISTORY);
    let late = r#"{"time":"2024-01-04T23:00:00Z","command":{"remove_member":{"group":"g","member":"user:ana"}}}
{"time":"2024-01-06T00:00:00Z","command":{"add_member":{"group":"g","member":"user:ana"}}}
{"time":"2024-01-06T00:00:00Z","command":{"raise_wall":{"on":"case:nix","against":"user:ana"}}}
"#;
    let said = import(&desk, late, &[]);
    let told = "refused, so nothing was taken away: 1 raise_wall, 1 remove_member (lines 1, 3)";
    assert!(said.status == 0 && said.err.contains(told), "{said:?}");
    let said = import(&desk, late, &["--strict-revokes", "--quiet"]);
    assert_eq!((said.status, said.err.contains(told)), (3, false), "{said:?}");
    // Also where the line is refused for its form, and where a command takes access away by what it sets.
    let broken = r#"{"time":"never","command":{"revoke":{"on":"case:1","to":"user:ana"}}}
{"time":"2024-01-06T00:00:00Z","command":{"revoke":{"on":"case:1"}}}
{"time":"2024-01-04T23:00:00Z","command":{"set_access_control":{"definition":"d","enabled":true}}}
{"time":"2024-01-04T23:00:00Z","command":{"set_access_control":{"definition":"d","enabled":false}}}
"#;
    let said = import(&desk, broken, &["--strict-revokes"]);
    let told = "refused, so nothing was taken away: 2 revoke, 1 set_access_control (lines 1, 2, 3)";
    assert!(said.status == 3 && said.err.contains(told), "{said:?}");
    let harmless = late.lines().nth(1).expect("it is there");
    let said = import(&desk, harmless, &["--strict-revokes"]);
    assert!(said.status == 0 && !said.err.contains("taken away"), "{said:?}");
}

#[test]
fn an_import_with_stable_ids_that_is_run_again_appends_nothing() {
    let desk = Desk::empty();
    let first = import(&desk, HISTORY, &["--stable-ids"]);
    assert!(first.err.contains("5 lines: 5 accepted"), "{first:?}");
    let more = format!(
        "{HISTORY}{{\"time\":\"2024-01-06T00:00:00Z\",\"command\":{{\"deactivate_group\":{{\"group\":\"g\"}}}}}}\n"
    );
    let again = import(&desk, &more, &["--stable-ids"]);
    assert!(again.err.contains("6 lines: 1 accepted, 5 replayed"), "{again:?}");
    let again = import(&desk, &more, &["--stable-ids"]);
    assert!(again.err.contains("6 lines: 0 accepted, 6 replayed"), "{again:?}");
}
