//! The verbs that tell of a stretch of time, as programs use them: what they print, where, and with which exit status.

use crate::cli_fixture::Desk;
use serde_json::{Value, json};

/// So that the answers do not depend on the day.
const TO: &str = "--to=2025-06-01";

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

#[test]
fn intervals_are_told_with_what_opened_and_closed_each() {
    let desk = Desk::holding("demo");
    let said = desk.ask(&["access", "user:kessler", "read", "case:4711", TO]);
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    let lines: Vec<_> = said.out.lines().collect();
    assert_eq!(lines[0], "user:kessler could read case:4711 in 2 intervals from 2023-01-09T08:00:00Z to");
    assert_eq!(lines[2], "✔ 2023-11-01T00:00:00Z  until 2024-03-14T09:30:00Z   case_grant");
    assert!(
        lines[3].starts_with("  + #110  2023-11-01 00:00Z  its window opened, set 2023-09-18 09:35Z: user:elif"),
        "{said:?}"
    );
    assert!(said.out.contains("\n  - #169  2024-03-29 17:00Z  its window ended, set 2024-03-14 09:30Z:\n"), "{said:?}");
    assert!(said.out.ends_with("\nposition 328\n"), "{said:?}");
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{said:?}");
}

#[test]
fn intervals_have_the_same_answer_in_the_forms_for_programs() {
    let desk = Desk::holding("demo");
    let said = desk.ask(&["access", "user:kessler", "read", "case:none", TO]);
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.out.contains("; it does not exist at position "), "{said:?}");
    let ask = |form| desk.ask(&["access", "user:kessler", "read", "case:4711", TO, "--output", form]).out;
    let answer = parsed(&ask("json"));
    let expected = json!({
        "from": "2024-03-14T09:30:00Z", "until": "2024-03-29T17:00:00Z", "rule": "restricted_entry", "events": [169],
        "opened_by": [{"position": 169, "time": "2024-03-14T09:30:00Z"}],
        "closed_by": [{"position": 169, "time": "2024-03-29T17:00:00Z", "window": "ends"}],
    });
    assert_eq!((&answer["intervals"][1], answer["position"].as_u64()), (&expected, Some(328)));
    assert_eq!(
        ask("jsonl").lines().map(parsed).collect::<Vec<_>>(),
        answer["intervals"].as_array().expect("a list")[..]
    );
    let rows: Vec<_> = ask("csv").lines().map(str::to_owned).collect();
    assert_eq!(rows[0], "from,until,rule,events,opened_by,closed_by");
    assert_eq!(rows[2], "2024-03-14T09:30:00Z,2024-03-29T17:00:00Z,restricted_entry,169,169,169");
}

#[test]
fn intervals_end_where_they_are_cut_and_know_no_more_than_was_known() {
    let desk = Desk::holding("demo");
    let ask = |more: &[&str]| {
        let question = ["access", "user:kessler", "read", "case:4711", "--output", "json"];
        parsed(&desk.ask(&[&question[..], more].concat()).out)["intervals"].clone()
    };
    let cut = ask(&["--from", "2024-03-20", "--to", "2024-03-21"]);
    assert_eq!(cut[0]["from"], "2024-03-20T00:00:00Z");
    assert_eq!(
        (&cut[0]["until"], &cut[0]["opened_by"], cut.as_array().map(Vec::len)),
        (&Value::Null, &json!([]), Some(1))
    );
    // What happens at the very first instant is what opened it.
    let opened = ask(&["--from", "2024-03-14T09:30:00Z", TO]);
    assert_eq!((&opened[0]["rule"], &opened[0]["opened_by"][0]["position"]), (&json!("restricted_entry"), &json!(169)));
    // Before the sealing nobody knew of it, nor of the longer time that the expert got in February.
    let known = ask(&["--as-of", "120", TO]);
    assert_eq!(known[0]["until"], "2024-03-01T00:00:00Z");
    assert_eq!(known.as_array().map(Vec::len), Some(1));
}

#[test]
fn pages_of_intervals_end_where_the_first_one_ended() {
    let desk = Desk::holding("demo");
    let ask = |more: &[&str]| {
        let question = ["access", "user:ana", "read", "case:4711", "--limit", "2", "--output", "json"];
        parsed(&desk.ask(&[&question[..], more].concat()).out)
    };
    let first = ask(&[TO]);
    let token = first["next"].as_str().expect("there is more");
    let second = ask(&["--after", token]);
    assert_eq!((&second["to"], &second["next"]), (&first["to"], &Value::Null));
    let all = [first, second].map(|page| page["intervals"].as_array().cloned().expect("a list")).concat();
    let whole = parsed(&desk.ask(&["access", "user:ana", "read", "case:4711", TO, "--output", "json"]).out);
    assert_eq!((Value::from(all), 3), (whole["intervals"].clone(), whole["intervals"].as_array().map_or(0, Vec::len)));
    assert_eq!(ask(&["--after", "328:5:nowhere"])["code"], "invalid");
}

#[test]
fn a_stretch_that_cannot_be_asked_about_is_a_wrong_call() {
    let desk = Desk::holding("demo");
    for wrong in [
        &["access", "user:ana", "read", "case:4711", "--from", "2024-02-01", "--to", "2024-01-01"][..],
        &["access", "user:ana", "read", "case:4711", "--from", "9999"],
        &["access", "user:ana", "register", "case:4711"],
        &["access", "user:ana", "read", "case:4711", "--at", "2024-01-01T00:00:00Z"],
        &["access", "group:g", "read", "case:4711"],
        &["access", "user:ana", "read", "case:4711", "--after", "x"],
    ] {
        let said = desk.ask(wrong);
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{wrong:?}: {said:?}");
        assert!(said.err.starts_with("error: "), "{wrong:?}: {said:?}");
    }
}

#[test]
fn what_changed_is_told_with_its_causes_those_alike_together() {
    let desk = Desk::holding("demo");
    let said = desk.ask(&["diff", "case:4711", "--from", "168", "--to", "169"]);
    assert_eq!((said.status, said.err.as_str()), (1, ""));
    assert!(said.out.starts_with("case:4711: 2 gained, 2 lost, 1 changed from position 168 "), "{said:?}");
    assert!(
        said.out.contains(
            "\n+ user:carla and user:farid: gained read\n    #169  2024-03-14 09:30Z  user:judith restricted"
        )
    );
    assert!(said.out.contains("\n~ user:mike: now read, manage_access and restrict instead of read, write,\n"));
    assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{said:?}");
    let said = desk.ask(&["diff", "case:none", "--from", "168", "--to", "169"]);
    assert_eq!(said.status, 0, "{said:?}");
    let words = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.starts_with("case:none: 0 gained, 0 lost, 0 changed from"), "{words}");
    assert!(words.contains("; it does not exist at position 169"), "{words}");
    let said = desk.ask(&["diff", "user:ana", "--from", "150", "--to", "151"]);
    assert_eq!(said.status, 0);
    assert!(said.out.starts_with("user:ana: 0 gained, 0 lost, 0 changed"), "{said:?}");
}

#[test]
fn what_changed_has_the_same_answer_in_the_forms_for_programs() {
    let desk = Desk::holding("demo");
    let ask = |form| desk.ask(&["diff", "user:kessler", "--from", "168", "--to=2024-04-01", "--output", form]).out;
    let answer = parsed(&ask("json"));
    let expected = json!([{
        "subject": "user:kessler", "resource": "case:4711", "before": ["read"], "after": [], "events": [169],
        "causes": [{"position": 169, "time": "2024-03-29T17:00:00Z", "window": "ends"}],
    }]);
    assert_eq!((&answer["lost"], &answer["gained"], &answer["changed"]), (&expected, &json!([]), &json!([])));
    assert_eq!((&answer["from"]["position"], &answer["to"]["at"]), (&json!(168), &json!("2024-04-01T00:00:00Z")));
    assert_eq!(answer["cited"]["169"]["type"], "case_restricted");
    assert_eq!(parsed(&ask("jsonl"))["kind"], "lost");
    assert_eq!(ask("csv"), "kind,subject,resource,before,after,events\nlost,user:kessler,case:4711,read,,169\n");
}

#[test]
fn the_organization_is_told_by_cause() {
    let desk = Desk::holding("demo");
    let stretch = ["diff", "organization", "--from", "2024-03-14", "--to", "2024-03-31"];
    let said = desk.ask(&stretch);
    assert!(said.out.contains("\n#171  2024-03-18 09:25Z  user:henk granted `read` on case:4717"), "{said:?}");
    assert!(said.out.contains("\n      changes 12 pairs\n") && said.out.contains("\n        and 2 more\n"), "{said:?}");
    let answer = parsed(&desk.ask(&[&stretch[..], &["--output", "json"]].concat()).out);
    let causes: Vec<_> = answer["by_cause"].as_array().expect("a list").iter().map(|tally| &tally["cause"]).collect();
    let positions: Vec<_> = causes.iter().map(|cause| cause["position"].as_u64().expect("a position")).collect();
    assert_eq!(positions, [169, 170, 171, 143, 173, 174, 169]);
    assert_eq!((&causes[3]["window"], &causes[3]["time"]), (&json!("ends"), &json!("2024-03-22T22:00:00Z")));
    let page = parsed(&desk.ask(&[&stretch[..], &["--output", "json", "--limit", "16"]].concat()).out);
    let next = page["next"].as_str().expect("there is more");
    let last = parsed(&desk.ask(&[&stretch[..4], &["--after", next, "--output", "json"]].concat()).out);
    for list in ["gained", "lost", "changed"] {
        let both = [&page, &last].map(|page| page[list].as_array().cloned().expect("a list")).concat();
        assert_eq!(Value::from(both), answer[list], "{list}");
    }
}

/// Definitions whose access control is off, so that whoever events name counts, and nobody stands out.
const OPEN_TO_ALL: &str = r#"
{"id":"c1","actor":"user:u23","time":"2024-02-16T02:43:59Z","command":{"create_definition":{"definition":"d7"}}}
{"id":"c2","actor":"user:u9","time":"2024-02-28T02:01:13Z","command":{"delegate":{"delegation":"x15","from":"user:u7","to":"user:u15"}}}
{"id":"c3","actor":"user:u0","time":"2024-02-28T07:14:16Z","command":{"set_access_control":{"definition":"d7","enabled":false}}}
{"id":"c4","actor":"user:u9","time":"2024-02-29T11:21:14Z","command":{"place_in_workspace":{"user":"u29","workspace":"w3"}}}
"#;

#[test]
fn the_first_that_a_cause_changed_are_the_same_whatever_comes_later() {
    let later = r#"{"actor":"user:u9","time":"2024-03-01T00:00:00Z","command":{"disable_user":{"user":"u29"}}}"#;
    let [before, after] = [OPEN_TO_ALL.to_owned(), format!("{OPEN_TO_ALL}{later}\n")].map(|history| Desk::of(&history));
    for form in ["json", "jsonl", "human"] {
        let ask = |desk: &Desk| desk.ask(&["diff", "organization", "--from", "0", "--to", "4", "--output", form]).out;
        assert_eq!(ask(&before), ask(&after), "{form}");
    }
    let answer = parsed(&after.ask(&["diff", "organization", "--from", "0", "--to", "4", "--output", "json"]).out);
    let first = answer["by_cause"][0]["first"].as_array().expect("a list").iter().map(|change| &change["subject"]);
    assert_eq!(first.collect::<Vec<_>>(), ["user:u15", "user:u29", "user:u7"]);
}

#[test]
fn what_changed_for_a_user_whom_no_event_names_is_told_as_check_has_it() {
    let desk = Desk::of(OPEN_TO_ALL);
    let asked = ["diff", "user:zoe", "--from", "2", "--to", "3", "--output", "json"];
    let answer = parsed(&desk.ask(&asked).out);
    let expected = json!([{
        "subject": "user:zoe", "resource": "definition:d7", "before": [], "after": ["register"], "events": [3],
        "causes": [{"position": 3, "time": "2024-02-28T07:14:16Z"}],
    }]);
    assert_eq!((&answer["gained"], &answer["lost"], &answer["changed"]), (&expected, &json!([]), &json!([])));
    // One who is named later on is nobody yet.
    let answer = parsed(&desk.ask(&["diff", "user:u29", "--from", "2", "--to", "3", "--output", "json"]).out);
    assert_eq!(answer["gained"][0]["after"], json!(["register"]));
}

#[test]
fn a_right_that_ends_where_the_stretch_does_has_its_end_told() {
    let desk = Desk::of(
        r#"
{"actor":"user:root","time":"2024-01-01T00:00:00Z","command":{"appoint_org_admin":{"user":"root"}}}
{"actor":"user:root","time":"2024-01-01T00:01:00Z","command":{"create_definition":{"definition":"d"}}}
{"actor":"user:root","time":"2024-01-01T00:02:00Z","command":{"open_case":{"case":"c","definition":"d","creator":"root"}}}
{"actor":"user:root","time":"2024-01-01T00:10:00Z","command":{"grant":{"on":"case:c","to":"user:u"}}}
{"actor":"user:root","time":"2024-01-01T00:11:00Z","command":{"grant":{"on":"case:c","to":"user:w","valid_until":"2024-01-01T00:50:00Z"}}}
{"actor":"user:root","time":"2024-01-01T00:50:00Z","command":{"revoke":{"on":"case:c","to":"user:u"}}}
{"actor":"user:root","time":"2024-01-01T00:50:00Z","command":{"complete_case":{"case":"c"}}}
"#,
    );
    let ask = |user: &str, to: &str| {
        let asked =
            ["access", user, "read", "case:c", "--from", "2024-01-01T00:00:00Z", "--to", to, "--output", "json"];
        parsed(&desk.ask(&asked).out)["intervals"].clone()
    };
    let (end, before) = ("2024-01-01T00:50:00Z", "2024-01-01T00:49:59.999999Z");
    let revoked = ask("user:u", end);
    assert_eq!((&revoked[0]["until"], &revoked[0]["closed_by"][0]["position"]), (&json!(end), &json!(6)));
    let ended = ask("user:w", end);
    assert_eq!((&ended[0]["until"], &ended[0]["closed_by"][0]["window"]), (&json!(end), &json!("ends")));
    for user in ["user:u", "user:w"] {
        assert_eq!((&ask(user, before)[0]["until"], &ask(user, before)[0]["closed_by"]), (&Value::Null, &json!([])));
    }
    let drawn = ["timeline", "case:c", "--from", "2024-01-01T00:20:00Z", "--to", end, "--output", "json"];
    let drawn = parsed(&desk.ask(&drawn).out);
    assert_eq!(drawn["subjects"].to_string().matches(&format!("\"until\":\"{end}\"")).count(), 2, "{drawn}");
}

#[test]
fn an_interval_cites_what_a_check_at_its_beginning_cites_however_much_happened_at_that_instant() {
    let desk = Desk::of(
        r#"
{"actor":"user:root","time":"2024-01-01T00:00:00Z","command":{"appoint_org_admin":{"user":"root"}}}
{"actor":"user:root","time":"2024-01-01T00:01:00Z","command":{"create_definition":{"definition":"d"}}}
{"actor":"user:root","time":"2024-01-01T00:02:00Z","command":{"open_case":{"case":"k","definition":"d","creator":"root"}}}
{"actor":"user:root","time":"2024-01-01T00:03:00Z","command":{"add_member":{"group":"g","member":"user:u"}}}
{"actor":"user:root","time":"2024-01-01T00:04:00Z","command":{"assign_activity":{"case":"k","activity":"a","to":["group:g","user:u"]}}}
{"actor":"user:root","time":"2024-01-01T00:05:00Z","command":{"grant":{"on":"case:k","to":"user:w"}}}
{"actor":"user:root","time":"2024-01-01T00:05:00Z","command":{"update_grant":{"on":"case:k","to":"user:w","access":"write"}}}
"#,
    );
    for (user, at, events) in
        [("user:u", "2024-01-01T00:04:00Z", json!([6, 4, 7])), ("user:w", "2024-01-01T00:05:00Z", json!([9]))]
    {
        let asked = ["access", user, "read", "case:k", "--to", "2024-01-02", "--output", "json"];
        let interval = parsed(&desk.ask(&asked).out)["intervals"][0].clone();
        assert_eq!((&interval["from"], &interval["events"]), (&json!(at), &events));
        let check = parsed(&desk.ask(&["check", user, "read", "case:k", "--as-of", at, "--output", "json"]).out);
        let cited = check["reasons"].as_array().expect("a list").iter().flat_map(|reason| reason["events"].as_array());
        assert_eq!(Value::from(cited.flatten().cloned().collect::<Vec<_>>()), events);
    }
}

#[test]
fn what_cannot_be_compared_is_a_wrong_call() {
    let desk = Desk::holding("demo");
    let said = desk.ask(&["diff", "case:4711", "--from", "2030-01-01", "--to", "2029-01-01"]);
    let told = "position 328 (2030-01-01T00:00:00Z) does not lie before position 328 (2029-01-01T00:00:00Z)";
    assert!(said.status == 2 && said.err.contains(told), "{said:?}");
    for wrong in [
        &["diff", "case:4711"][..],
        &["diff", "case:4711", "--from", "9", "--to", "8"],
        &["diff", "case:4711", "--from", "9", "--to", "9"],
        &["diff", "case:4711", "--from", "9999"],
        &["diff", "profile:p", "--from", "1"],
        &["diff", "case:4711", "--from", "1", "--as-of", "5"],
        &["diff", "case:4711", "--from", "1", "--after", "x"],
    ] {
        let said = desk.ask(wrong);
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{wrong:?}: {said:?}");
        assert!(said.err.starts_with("error: "), "{wrong:?}: {said:?}");
    }
}

#[test]
fn everybody_who_could_at_any_time_between_is_told_with_each_interval_in_every_form() {
    let desk = Desk::holding("demo");
    let question = ["who", "read", "case:4711", "--from", "2024-03-01", "--to", "2024-04-03"];
    let ask = |more: &[&str]| desk.ask(&[&question[..], more].concat());
    let said = ask(&[]);
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    assert!(said.out.starts_with("8 could read case:4711 at some time from 2024-03-01T00:00:00Z to"), "{said:?}");
    assert!(
        said.out.contains("\n  user:elif\n    2024-03-01T00:00:00Z  until 2024-03-14T09:30:00Z   definition_grant\n    2024-04-02T11:00:00Z  and on   restricted_entry\n"),
        "{said:?}"
    );
    assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{said:?}");
    let answer = parsed(&ask(&["--output", "json"]).out);
    let elif = &answer["subjects"][3];
    assert_eq!(
        (&elif["subject"], &elif["first"], &elif["last"], elif["intervals"].as_array().map(Vec::len)),
        (&json!("user:elif"), &json!("2024-03-01T00:00:00Z"), &Value::Null, Some(2))
    );
    assert_eq!((answer["position"].as_u64(), answer.get("everyone"), answer.get("next")), (Some(328), None, None));
    // Each interval is that of `access`.
    let access = ["access", "user:elif", "read", "case:4711", "--from", "2024-03-01", "--to", "2024-04-03"];
    let access = parsed(&desk.ask(&[&access[..], &["--output", "json"]].concat()).out);
    assert_eq!(elif["intervals"], access["intervals"]);
    let lines: Vec<Value> = ask(&["--output", "jsonl"]).out.lines().map(parsed).collect();
    assert_eq!(lines[..], answer["subjects"].as_array().expect("a list")[..]);
    let rows: Vec<_> = ask(&["--output", "csv"]).out.lines().map(str::to_owned).collect();
    assert_eq!(rows[0], "subject,from,until,rule,events,opened_by,closed_by");
    assert!(
        rows.contains(
            &"user:kessler,2024-03-14T09:30:00Z,2024-03-29T17:00:00Z,restricted_entry,169,169,169".to_owned()
        )
    );
    let page = parsed(&ask(&["--output", "json", "--limit", "5"]).out);
    let rest = parsed(&ask(&["--output", "json", "--after", page["next"].as_str().expect("there is more")]).out);
    let all = [page["subjects"].as_array().expect("a list"), rest["subjects"].as_array().expect("a list")];
    assert_eq!(json!(all.map(Vec::as_slice).concat()), answer["subjects"]);
    // Nobody could yet, and a stretch leaves `--at` nothing to say.
    let early = desk.ask(&["who", "read", "case:4711", "--to", "2023-02-01", "--output", "json"]);
    assert_eq!(parsed(&early.out)["subjects"], json!([]));
    assert_eq!(ask(&["--at", "2024-03-02"]).status, 2);
}

#[test]
fn when_everybody_could_is_told_beside_those_whom_events_name() {
    let desk = Desk::holding("access-control-switch");
    let cases = desk.ask(&["export", "type:case_opened"]).out;
    let case = cases.lines().map(parsed).next().expect("there is a case")["stream"].clone();
    let case = case.as_str().expect("a reference");
    let answer = parsed(&desk.ask(&["who", "read", case, "--from", "1", "--output", "json"]).out);
    assert_eq!(answer["everyone"][0]["rule"], "access_control_off", "{answer}");
    let said = desk.ask(&["who", "read", case, "--from", "1"]);
    assert!(said.out.starts_with("everyone could read ") && said.out.contains("\n  everyone\n"), "{said:?}");
    let lines = desk.ask(&["who", "read", case, "--from", "1", "--output", "jsonl"]).out;
    assert_eq!(parsed(lines.lines().next().expect("a line"))["everyone"], answer["everyone"]);
}
