//! Queries, `export` and `tail` as programs use them: what they print, where, and with which exit status.

use crate::cli_fixture::{Desk, fixture};
use serde_json::{Value, json};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

/// The events that were printed, one a line.
fn events(desk: &Desk, arguments: &[&str]) -> Vec<Value> {
    let said = desk.ask(arguments);
    assert_eq!(said.status, 0, "{arguments:?}: {said:?}");
    said.out.lines().map(parsed).collect()
}

fn positions(events: &[Value]) -> Vec<u64> {
    events.iter().map(|event| event["position"].as_u64().expect("it has one")).collect()
}

#[test]
fn a_query_takes_out_of_a_history_what_it_asks_for() {
    let desk = Desk::holding("demo");
    let found = |query: &[&str]| {
        let question = ["history", "case:4711", "--output", "jsonl"];
        positions(&events(&desk, &[&question[..], query].concat()))
    };
    assert_eq!(found(&["actor:elif", "command:grant", "before:2024-01-01"]), [109, 110, 115, 122]);
    assert_eq!(found(&["actor:elif", "command:grant", "before:2024-01-01", "-reason:accountant"]), [109, 115, 122]);
    assert_eq!(found(&["-actor:elif", "-actor:judith", "before:2024-03-01"]), [108]);
    assert_eq!(found(&["to:kessler", "type:access_granted", "after:110"]), [110]);
    assert_eq!(found(&["to:kessler", "type:access_granted", "after:111"]), Vec::<u64>::new());
    // The shell has taken the quotes of the first, and left those of the second.
    assert_eq!(found(&["reason:COURT order"]), [169]);
    assert_eq!(found(&["actor:judith reason:\"court order\""]), [169]);
    assert_eq!(found(&["id:demo-111"]), [109]);
}

/// Reasons and ids are what anybody sent, and a spreadsheet computes what looks like a formula.
#[test]
fn no_cell_of_a_table_is_a_formula_but_where_a_program_asks_for_the_texts_as_they_are() {
    let desk = Desk::holding("demo");
    let formula = "=HYPERLINK(\"http://evil\")";
    let granted = desk.ask(&["grant", "case:4711", "user:x", "--actor", "user:judith", "--reason", formula]);
    assert_eq!(granted.status, 0, "{granted:?}");
    let (cell, raw) = (r#",'=HYPERLINK(""http://evil"")"#, r#","=HYPERLINK(""http://evil"")""#);
    let quoted = format!(",\"{}\"", &cell[1..]);
    for verb in [["export", "--format", "csv", "-q"], ["history", "case:4711", "--output", "csv"]] {
        let said = desk.ask(&verb);
        assert!(said.out.contains(&quoted) && !said.out.contains(raw), "{said:?}");
        let said = desk.ask(&[&verb[..], &["--csv", "raw"]].concat());
        assert!(said.out.contains(raw) && !said.out.contains(&quoted), "{said:?}");
    }
}

#[test]
fn options_stand_anywhere_around_a_query_and_a_minus_needs_no_double_one() {
    let desk = Desk::holding("demo");
    let first = desk.ask(&["history", "--output", "jsonl", "case:4711", "--limit", "2", "-q", "-actor:elif"]);
    assert_eq!((first.status, first.err.as_str(), first.out.lines().count()), (0, "", 2), "{first:?}");
    for behind in [
        &["history", "case:4711", "-actor:elif", "--limit", "2", "--output=jsonl", "-q"][..],
        &["-q", "history", "case:4711", "--limit=2", "-actor:elif", "--output", "jsonl"],
    ] {
        let said = desk.ask(behind);
        assert_eq!((said.status, &said.err, &said.out), (0, &first.err, &first.out), "{behind:?}");
    }
    let last = desk.ask(&["tail", "-reason:hand-over", "on:case:4711", "-n", "2", "-actor:elif", "--output", "jsonl"]);
    assert_eq!((last.status, last.out.lines().count()), (0, 2), "{last:?}");
    let csv = desk.ask(&["export", "on:case:4711", "--format", "csv", "-actor:elif"]);
    assert!(csv.out.starts_with("position,") && !csv.out.contains("user:elif,"), "{csv:?}");
}

#[test]
fn an_option_that_is_none_is_told_as_anywhere_else() {
    let desk = Desk::holding("demo");
    for (arguments, told) in [
        (&["history", "case:4711", "actor:elif", "--limt", "2"][..], "did you mean `--limit`?"),
        (&["tail", "actor:elif", "--limits", "2"], "`caseward tail` has no option `--limits`"),
        (&["export", "--nonsense", "actor:elif"], "`caseward export` has no option `--nonsense`"),
        (&["history", "case:4711", "actor:elif", "--limit"], "`--limit` needs a value: <N>"),
    ] {
        let said = desk.ask(arguments);
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{said:?}");
        assert!(said.err.contains(told), "{said:?}");
    }
    let behind = desk.ask(&["history", "case:4711", "--", "actor:elif", "--limit", "2"]);
    let expected = "\
error: `--limit` looks like an option, and a query has none
    actor:elif --limit 2
               ^^^^^^^
  hint: one `-` negates a term; in double quotes it is a word to look for
";
    assert_eq!((behind.status, behind.err.as_str()), (2, expected));
}

#[test]
fn what_is_no_query_is_told_below_the_word_and_reads_nothing() {
    let desk = Desk::holding("demo");
    for (verb, query, marks, hint) in [
        ("history", "actor:ana comand:grant", "          ^^^^^^", "did you mean `command:`?"),
        ("export", "command:grand actor:ana", "        ^^^^^", "did you mean command:grant?"),
        ("tail", "on:4711", "   ^^^^", "say what it is, as on:case:4711"),
        ("tail", "case:4711", "^^^^", "write on:case:4711"),
        ("export", "after:2026-13-01", "      ^^^^^^^^^^", "as after:2026-01-01"),
        ("export", "after:1 actor:ana after:2", "                  ^^^^^^^", "leave one of the two out"),
        ("tail", "reason:\"court order", "       ^^^^^^^^^^^^", "close it"),
        ("tail", "actor: x", "^^^^^^", "as actor:ana"),
    ] {
        let before = if verb == "history" { &["history", "case:4711"][..] } else { &[verb] };
        let said = desk.ask(&[before, &[query]].concat());
        let lines: Vec<_> = said.err.lines().collect();
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{query}: {said:?}");
        assert_eq!(lines[1..3], [format!("    {query}"), format!("    {marks}")], "{said:?}");
        assert!(lines[3].starts_with(&format!("  hint: {hint}")), "{said:?}");
    }
}

#[test]
fn pages_of_a_query_join_to_the_whole() {
    let desk = Desk::holding("demo");
    let query = ["command:grant", "-actor:judith"];
    let ask = |more: &[&str]| desk.ask(&[&["history", "organization", "--output", "jsonl"], more, &query].concat());
    let whole = ask(&[]).out;
    assert!(whole.lines().count() > 20, "{whole}");
    let mut said = ask(&["--limit", "7"]);
    let mut joined = said.out.clone();
    while let Some(next) = said.err.strip_prefix("next: --after ") {
        let next = next.trim_end().to_owned();
        said = ask(&["--limit", "7", "--after", &next]);
        joined.push_str(&said.out);
    }
    assert_eq!(joined, whole);
    let none = desk.ask(&["history", "case:4711", "actor:nobody"]);
    assert_eq!(none.out, "no event that names case:4711 matches the query\nposition 328\n");
}

#[test]
fn an_export_is_the_whole_log_in_each_form() {
    let desk = Desk::holding("demo");
    let said = desk.ask(&["export"]);
    assert_eq!(said.out, desk.ask(&["history", "organization", "--output", "jsonl"]).out);
    assert_eq!((said.status, said.err.as_str()), (0, "328 events of the organization `default`, up to position 328\n"));
    assert_eq!(desk.ask(&["export", "--output", "json", "-q"]).out, said.out);
    let csv = desk.ask(&["export", "--format", "csv", "-q"]);
    assert_eq!(csv.out, desk.ask(&["export", "--output", "csv", "-q"]).out);
    let rows: Vec<_> = csv.out.lines().collect();
    let header = "position,time,type,stream,stream_version,actor,via,reason,reason_erased,command_id,correlation_id,causation_id,data";
    assert_eq!((rows.len(), rows[0], csv.err.as_str()), (329, header, ""));
    let expected = r#"109,2023-09-18T09:30:00Z,access_granted,case:4711,2,user:elif,,ana owns the file,false,demo-111,,,"{""on"":""case:4711"",""rights"":[""read"",""write"",""delete""],""to"":""user:ana""}""#;
    assert_eq!(rows[109], expected);
}

#[test]
fn a_cloud_event_has_the_attributes_of_its_specification_and_the_event_as_data() {
    let desk = Desk::holding("demo");
    let exported = events(&desk, &["export", "--format", "cloudevents", "-q", "id:demo-111"]);
    let event = events(&desk, &["history", "case:4711", "--output", "json", "id:demo-111"]).remove(0);
    let expected = json!({
        "specversion": "1.0", "id": "default/109", "source": "/v1/orgs/default", "type": "caseward.access_granted",
        "subject": "case:4711", "time": "2023-09-18T09:30:00Z", "datacontenttype": "application/json", "data": event,
    });
    assert_eq!(exported, [expected]);
}

#[test]
fn an_export_takes_a_query_and_ends_where_it_is_told() {
    let desk = Desk::holding("demo");
    let filtered = events(&desk, &["export", "-q", "--as-of", "120", "on:case:4711", "-type:case_opened"]);
    assert_eq!(positions(&filtered), [109, 110, 115]);
    let commands = events(&desk, &["export", "-q", "--commands", "--as-of", "115", "on:case:4711"]);
    let ids: Vec<_> = commands.iter().map(|line| &line["id"]).collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(commands[1]["command"], json!({"grant": {"on": "case:4711", "to": "user:ana", "access": "write"}}));
    assert_eq!(commands[1]["reason"], "ana owns the file");
}

#[test]
fn exported_commands_fill_an_empty_store_with_the_same_log_and_the_same_answers() {
    for name in ["demo", "every-rule-and-code"] {
        let desk = Desk::holding(name);
        let commands = desk.ask(&["export", "--commands", "-q"]).out;
        let again = Desk::of(&commands);
        let [one, other] = [&desk, &again].map(|desk| desk.ask(&["export", "-q"]).out);
        assert_eq!(one, other, "{name}");
        assert_eq!(again.ask(&["export", "--commands", "-q"]).out, commands, "{name}");
        // The questions of the fixture, at every tenth position.
        let checks = std::fs::read_to_string(fixture(name).join("checks.jsonl")).expect("the fixture has questions");
        let is_check = |question: &Value| question.get("verb").is_none();
        let questions: Vec<_> = checks.lines().filter(|line| !line.is_empty()).map(parsed).filter(is_check).collect();
        let positions = (1..=one.lines().count()).step_by(10);
        let asked: Vec<_> = positions.flat_map(|position| questions.iter().map(move |one| (position, one))).collect();
        let batch: String = asked.iter().map(|(position, one)| at_position(one, *position) + "\n").collect();
        let folder = tempfile::TempDir::new().expect("there is room");
        let file = folder.path().join("questions.jsonl");
        std::fs::write(&file, batch).expect("there is room");
        let path = file.to_str().expect("a plain path");
        let [one, other] = [&desk, &again].map(|desk| desk.ask(&["check", "--batch", path, "--output", "jsonl"]));
        assert_eq!(one.out.lines().count(), asked.len(), "{name}: {}", one.err);
        assert_eq!(one.out, other.out, "{name}");
    }
}

fn at_position(question: &Value, position: usize) -> String {
    let mut question = question.clone();
    question["as_of"] = position.into();
    question.to_string()
}

#[test]
fn a_command_that_is_cut_by_the_position_is_left_out_and_told() {
    let desk = Desk::holding("activities");
    let all = events(&desk, &["export", "-q"]);
    let two = all.windows(2).find(|pair| pair[0]["command_id"] == pair[1]["command_id"]);
    let first = &two.expect("an assignment grants")[0];
    let (position, id) = (first["position"].as_u64().expect("it has one"), &first["command_id"]);
    let said = desk.ask(&["export", "--commands", "--as-of", &position.to_string()]);
    assert!(said.err.starts_with(&format!("left out: the command of event {position}, ")), "{said:?}");
    assert!(said.out.lines().all(|line| parsed(line)["id"] != *id), "{said:?}");
    let whole = desk.ask(&["export", "--commands", "-q"]);
    assert!(whole.out.lines().any(|line| parsed(line)["id"] == *id), "{whole:?}");
}

#[test]
fn forms_that_do_not_go_together_are_wrong_calls() {
    let desk = Desk::holding("demo");
    for (arguments, told) in [
        (&["export", "--format", "csv", "--output", "jsonl"][..], "ask for different formats"),
        (&["export", "--format", "jsonl", "--output", "csv"], "ask for different formats"),
        (&["export", "--commands", "--format", "csv"], "JSONL only"),
        (&["export", "--commands", "--format", "cloudevents"], "JSONL only"),
        (&["export", "--format", "xml"], "`--format`: `xml` is not one of jsonl, csv and cloudevents"),
        (&["export", "--at", "2024-01-01T00:00:00Z"], "`--at` cannot be combined with `export`"),
        (&["export", "--as-of", "9999"], "9999"),
        (&["tail", "--lines", "0"], "`--lines 0` shows nothing"),
        (&["tail", "--follow", "--as-of", "3"], "`--as-of` cannot be combined with `tail --follow`"),
    ] {
        let said = desk.ask(arguments);
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{arguments:?}: {said:?}");
        assert!(said.err.contains(told), "{arguments:?}: {said:?}");
    }
}

#[test]
fn a_tail_is_the_last_events_that_match() {
    let desk = Desk::holding("demo");
    let found = |more: &[&str]| positions(&events(&desk, &[&["tail", "--output", "jsonl"], more].concat()));
    assert_eq!(found(&[]), (319..=328).collect::<Vec<_>>());
    assert_eq!(found(&["-n", "2", "--as-of", "5"]), [4, 5]);
    assert_eq!(found(&["--lines", "2", "command:restrict_case", "on:case:4711"]), [169]);
    assert_eq!(found(&["-n", "1", "-actor:elif", "-actor:judith"]), [326]);
    assert_eq!(found(&["-n", "9999"]).len(), 328);
    let told = desk.ask(&["tail", "-n", "1", "reason:court order"]);
    let expected = "\
#169  2024-03-14 09:30Z  user:judith restricted case:4711; on its list:
      user:bruno `write`, user:mike `read`, group:integrity-team `read` and
      user:kessler `read` until 2024-03-29T17:00:00Z
      \"sealed by court order 17/2024: a suspect works in the registry\"
position 328
";
    assert_eq!(told.out, expected);
    assert_eq!(desk.ask(&["tail", "actor:nobody"]).out, "no event matches the query\nposition 328\n");
    let table = desk.ask(&["tail", "-n", "2", "--output", "csv"]);
    assert_eq!(table.out.lines().count(), 3);
    assert!(table.out.starts_with("position,time,type,stream,actor,via,what,reason,reason_erased,data\n"), "{table:?}");
}

#[test]
fn an_export_ends_quietly_with_its_reader() {
    let desk = Desk::holding("demo");
    let mut program = desk.program();
    program.args(["export", "-q"]).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = program.spawn().expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn help_tells_every_key_of_a_query() {
    let desk = Desk::holding("demo");
    let help = desk.ask(&["help", "queries"]).out;
    for key in caseward::events::query::Key::ALL {
        assert!(help.contains(&format!("\n{}:", key.name())), "{}", key.name());
    }
    assert!(help.contains("access_granted") && !help.contains("organization_created"));
}
