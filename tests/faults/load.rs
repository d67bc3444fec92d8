//! The commands that are sent: the one of each number is always the same, and follows from those before it, so that a
//! store holds what it should exactly when it holds the first so many of them, each whole.

use serde_json::{Value, json};
use std::ops::Range;

/// Behind these, commands come in fives.
const FIRST: usize = 4;
const CASE_EVERY: usize = 5;
/// These are large: more than a store writes into tables when it stops.
const LARGE: Range<usize> = 130..410;
const LARGE_BYTES: usize = 4_000;

/// The command of a number, from 1, as a line without its end.
pub fn command(number: usize) -> String {
    let case = format!("case:c{}", number.saturating_sub(FIRST) / CASE_EVERY);
    let command = match (number, number.wrapping_sub(FIRST) % CASE_EVERY) {
        (1, _) => json!({"appoint_org_admin": {"user": "oa"}}),
        (2, _) => json!({"adopt_policy": {"creator_grant": "read"}}),
        (3, _) => json!({"create_definition": {"definition": "d"}}),
        (_, 0) => json!({"open_case": {"case": case["case:".len()..], "definition": "d", "creator": "oa"}}),
        (_, 1) => json!({"grant": {"on": case, "to": format!("user:a{number}")}}),
        (_, 2) => json!({"add_member": {"group": format!("g{}", number % 9), "member": format!("user:a{number}")}}),
        (_, 3) => json!({"grant": {"on": case, "to": format!("group:g{}", number % 9)}}),
        _ => json!({"revoke": {"on": case, "to": format!("user:a{}", number - 3)}}),
    };
    let mut line = json!({"id": id(number), "actor": "user:oa", "command": command});
    if LARGE.contains(&number) {
        line["reason"] = Value::from("b".repeat(LARGE_BYTES - number % 97));
    } else if number.is_multiple_of(3) {
        // Of all sizes, so that what is written ends anywhere in a sector.
        line["reason"] = Value::from("because ".repeat(1 + number * 7 % 97));
    }
    line.to_string()
}

/// The id of a command.
pub fn id(number: usize) -> String {
    format!("n{number}")
}

/// How many events it has.
pub fn events(number: usize) -> usize {
    if number >= FIRST && (number - FIRST).is_multiple_of(CASE_EVERY) { 2 } else { 1 }
}

/// The position of the last event of the first so many commands.
pub fn position(number: usize) -> usize {
    if number < FIRST { number } else { number + (number - FIRST) / CASE_EVERY + 1 }
}

#[test]
fn positions_are_the_sums_of_the_events() {
    let mut sum = 0;
    for number in 1..100 {
        sum += events(number);
        assert_eq!(position(number), sum, "{number}");
    }
}
