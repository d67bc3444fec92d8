//! `who`, `rights` and `history`: in every form, and page by page.

use super::*;

#[test]
fn who_lists_users_in_every_form() {
    let desk = Desk::holding("demo");
    let ask = |form| desk.ask(&["who", "write", "case:4711", SEALED, "--output", form]);
    let answer = json(&ask("json").out);
    let through = json(r#"[{"rule":"org_admin","source":"case:4711","subject":"user:judith"}]"#);
    assert_eq!((&answer["everyone"], &answer["position"]), (&Value::from(false), &Value::from(169)));
    assert_eq!((&answer["subjects"], &answer["links"]), (&json(r#"["user:bruno","user:judith"]"#), &json("[]")));
    assert_eq!(answer["through"]["user:judith"], through);
    let lines = all_json(&ask("jsonl").out);
    assert_eq!((&lines[1]["subject"], &lines[1]["through"]), (&Value::from("user:judith"), &through));
    let rows = "subject,position,through\nuser:bruno,169,restricted_entry\nuser:judith,169,org_admin\n";
    assert_eq!(ask("csv").out, rows);
    let human = "2 may write case:4711\n  user:bruno   restricted_entry\n  user:judith  org_admin\nposition 169 (2024-03-14T12:00:00Z)\n";
    assert_eq!(ask("human").out, human);
    let nobody = desk.ask(&["who", "write", "case:none", SEALED]);
    assert_eq!(
        (nobody.status, nobody.out.lines().next()),
        (0, Some("nobody may write case:none, which does not exist at that position"))
    );
}

#[test]
fn who_says_everyone_where_access_control_is_off() {
    let desk = Desk::holding("access-control-switch");
    let ask = |form| desk.ask(&["who", "read", "case:jo-1", "--as-of", "2024-09-02T12:00:00Z", "--output", form]);
    assert_eq!(json(&ask("json").out)["everyone"], true);
    assert_eq!(all_json(&ask("jsonl").out)[0]["everyone"], true);
    assert!(ask("csv").out.starts_with("subject,position,through\neveryone,"));
    assert!(ask("human").out.starts_with("everyone may read case:jo-1: access control is off"));
}

#[test]
fn pages_of_who_stay_pinned_to_the_position_of_the_first() {
    let desk = Desk::holding("demo");
    let ask = |more: &[&str]| {
        let arguments: Vec<_> = ["who", "read", "case:4711", "--output", "json"].iter().chain(more).copied().collect();
        json(&desk.ask(&arguments).out)
    };
    let whole = ask(&[SEALED]);
    assert!(whole.get("next").is_none(), "pages were not asked for");
    let mut page = ask(&[SEALED, "--limit", "4"]);
    let mut subjects = page["subjects"].as_array().expect("a list").clone();
    while let Some(next) = page["next"].as_str().map(str::to_owned) {
        // Neither the head nor another --as-of moves the page.
        page = ask(&["--limit", "4", "--after", &next, "--as-of", "1"]);
        assert_eq!(page["position"], 169);
        subjects.extend(page["subjects"].as_array().expect("a list").clone());
    }
    assert!(page["next"].is_null());
    assert_eq!(Value::from(subjects), whole["subjects"]);
    let human = desk.ask(&["who", "read", "case:4711", SEALED, "--limit", "4"]).out;
    assert!(human.starts_with("4 of 6 may read case:4711\n"), "{human}");
    let token = human.lines().find_map(|line| line.strip_prefix("more: --after ")).expect("there is more");
    let rest = desk.ask(&["who", "read", "case:4711", "--after", token, "--output", "csv"]).out;
    assert_eq!(
        rest,
        "subject,position,through\nuser:kessler,169,restricted_entry\nuser:mike,169,\"org_admin_capped, restricted_entry\"\n"
    );
}

#[test]
fn names_of_wide_letters_keep_the_columns_of_a_list() {
    let desk = Desk::holding("demo");
    assert_eq!(desk.ask(&["grant", "case:4712", "user:日本", "--actor", "user:judith"]).status, 0);
    let said = desk.ask(&["who", "read", "case:4712"]).out;
    let rules = said.lines().filter(|line| line.starts_with("  user:"));
    let column = |line: &str| line.rfind("  ").map(|blanks| unicode_width::UnicodeWidthStr::width(&line[..blanks]));
    let columns: Vec<_> = rules.map(column).collect();
    assert!(columns.len() > 1 && columns.iter().all(|column| *column == columns[0]), "{said}");
}

#[test]
fn rights_are_all_that_is_held_in_every_form() {
    let desk = Desk::holding("demo");
    let ask = |form| desk.ask(&["rights", "user:mike", "case:4711", SEALED, "--output", form]);
    let answer = json(r#"{"rights":["read","manage_access","restrict"],"position":169}"#);
    assert_eq!(json(&ask("json").out), answer);
    assert_eq!(json(&ask("jsonl").out), answer);
    assert_eq!(ask("csv").out, "right,position\nread,169\nmanage_access,169\nrestrict,169\n");
    assert!(
        ask("human").out.starts_with("user:mike has read, manage_access and restrict on case:4711\nposition 169 (")
    );
    let none = desk.ask(&["rights", "user:nobody", "case:none"]);
    assert_eq!(none.status, 0);
    let told = "user:nobody has nothing on case:none, which does not exist at that position\n";
    assert!(none.out.starts_with(told), "{none:?}");
    let none = desk.ask(&["rights", "user:nobody", "case:4711"]);
    assert!(none.out.starts_with("user:nobody has nothing on case:4711\n"), "{none:?}");
}

#[test]
fn a_history_tells_in_words_who_did_what_and_why() {
    let desk = Desk::holding("forum-question");
    let said = desk.ask(&["history", "case:lr-1"]);
    assert_eq!(said.status, 0);
    assert!(said.out.contains("user:paula granted `read` on case:lr-1 to\n      group:front-desk\n"), "{}", said.out);
    assert!(said.out.contains("\n      \"give the case its own grant first\"\n"), "{}", said.out);
    assert!(said.out.lines().last().is_some_and(|line| line.starts_with("position ")), "{}", said.out);
    let none = desk.ask(&["history", "case:none"]);
    assert_eq!((none.status, none.out.lines().next()), (0, Some("no event names case:none")));
}

#[test]
fn a_history_for_programs_is_an_event_a_line() {
    let desk = Desk::holding("forum-question");
    let ask = |form| desk.ask(&["history", "group:front-desk", "--output", form]).out;
    let events = all_json(&ask("json"));
    assert!(events.len() > 3);
    assert!(events.iter().all(|event| event["position"].is_u64() && event["type"].is_string()));
    assert_eq!(all_json(&ask("jsonl")), events);
    let table = ask("csv");
    assert!(table.starts_with("position,time,type,stream,actor,via,what,reason,reason_erased,data\n"), "{table}");
    assert_eq!(table.lines().count(), events.len() + 1);
}

#[test]
fn pages_of_a_history_join_to_the_whole() {
    let desk = Desk::holding("demo");
    let whole = desk.ask(&["history", "case:4711", "--as-of", "200", "--output", "json"]).out;
    let mut said = desk.ask(&["history", "case:4711", "--as-of", "200", "--limit", "3", "--output", "json"]);
    let mut joined = said.out.clone();
    while let Some(next) = said.err.trim_end().strip_prefix("next: --after ").map(str::to_owned) {
        assert_eq!(said.out.lines().count(), 3);
        said = desk.ask(&["history", "case:4711", "--limit", "3", "--output", "json", "--after", &next]);
        joined.push_str(&said.out);
    }
    assert_eq!(said.err, "");
    assert_eq!(joined, whole);
    assert_eq!(all_json(&whole).len(), whole.lines().count());
}
