//! What a refusal says to a program: its id, and its facts as data.

use crate::cli_fixture::Desk;
use serde_json::{Value, json};

fn done(desk: &Desk, command: &str, fields: &[&str]) {
    let said = desk.ask(&[&["do", command], fields, &["--actor", "user:judith"]].concat());
    assert_eq!(said.status, 0, "{command}: {said:?}");
}

#[test]
fn what_stands_in_the_way_of_a_restriction_is_data_and_each_is_told_once_with_what_undoes_it() {
    let desk = Desk::empty();
    assert_eq!(desk.ask(&["init", "--admin", "user:judith"]).status, 0);
    done(&desk, "create_definition", &["definition=d"]);
    for case in ["1", "2"] {
        done(&desk, "open_case", &[&format!("case={case}"), "definition=d", "creator=judith"]);
        done(&desk, "add_item", &["item=knife", &format!("case={case}")]);
    }
    done(&desk, "check_out_item", &["item=knife", "organization=lab"]);
    for entity in ["case:1", "item:knife"] {
        done(&desk, "attach", &["task=17", &format!("entity={entity}")]);
    }
    let restrict = ["restrict", "case:1", "--actor", "user:judith"];
    let said = desk.ask(&[&restrict[..], &["--id", "r-1", "--output", "json"]].concat());
    assert_eq!(said.status, 3, "{said:?}");
    let answer: Value = serde_json::from_str(&said.out).expect("it is JSON");
    assert_eq!((&answer["code"], &answer["id"]), (&json!("blocked"), &json!("r-1")));
    let facts = json!([
        {"fact": "item_in_other_case", "item": "knife", "case": "2",
         "undo": {"remove_item": {"item": "knife", "case": "2"}}},
        {"fact": "item_checked_out", "item": "knife", "organization": "lab",
         "undo": {"check_in_item": {"item": "knife", "organization": "lab"}}},
        {"fact": "task_has_other_entity", "entity": "item:knife", "task": "17", "others": ["case:1"],
         "undo": {"detach": {"task": "17", "entity": "item:knife"}}},
    ]);
    assert_eq!(answer["facts"], facts);
    // What it tells people to type clears the way.
    let said = desk.ask(&restrict);
    let undo: Vec<_> = said.err.lines().filter_map(|line| line.split_once("to undo: caseward ")).collect();
    assert_eq!(undo.len(), 3, "{said:?}");
    for (_, typed) in undo {
        let words: Vec<_> = typed.split(' ').chain(["--actor", "user:judith"]).collect();
        assert_eq!(desk.ask(&words).status, 0, "{typed}");
    }
    assert_eq!(desk.ask(&restrict).status, 0);
}
