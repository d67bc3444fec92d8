//! `timeline`, as auditors and programs use it: who held what on a resource and when, in the terminal, as a picture, as
//! data.

use crate::cli_fixture::Desk;
use roxmltree::{Document, Node};
use serde_json::{Value, json};
use std::fmt::Write;

/// So that the answers do not depend on the day.
const TO: &str = "--to=2025-12-31";

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

fn asked(desk: &Desk, arguments: &[&str]) -> Value {
    parsed(&desk.ask(&[&["timeline"], arguments, &["--output", "json"]].concat()).out)
}

/// The picture, as it goes to standard output.
fn drawn(desk: &Desk, arguments: &[&str]) -> String {
    let said = desk.ask(&[&["timeline"], arguments, &["--svg", "-"]].concat());
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{said:?}");
    said.out
}

/// A case that 200 subjects hold something on for a while, with names that are hard to draw.
fn crowded() -> Desk {
    let mut commands = String::new();
    let mut add = |day: usize, command: Value| {
        let time = format!("2024-{:02}-{:02}T{:02}:00:00Z", 1 + day / 28, 1 + day % 28, 9);
        let line = json!({"actor": "user:chief", "time": time, "reason": "a < b & \"c\"", "command": command});
        writeln!(commands, "{line}").expect("a string takes everything");
    };
    add(0, json!({"appoint_org_admin": {"user": "chief"}}));
    add(0, json!({"create_definition": {"definition": "theft"}}));
    add(1, json!({"set_sharing": {"definition": "theft", "enabled": true}}));
    add(2, json!({"open_case": {"case": "big", "definition": "theft", "creator": "chief"}}));
    for number in 0..200 {
        let name = match number {
            0 => "<b>&\"quoted\"</b>".to_owned(),
            1 => format!("long-{}", "x".repeat(100)),
            2 => "日本語の名前をもつ人".to_owned(),
            _ => format!("{number:03}"),
        };
        let until = format!("2024-{:02}-15T00:00:00Z", 5 + number % 6);
        let access = if number % 3 == 0 { "write" } else { "read" };
        let to = format!("user:{name}");
        add(3 + number / 2, json!({"grant": {"on": "case:big", "to": to, "access": access, "valid_until": until}}));
    }
    add(110, json!({"restrict_case": {"case": "big", "entries": [{"to": "user:007", "access": "read"}]}}));
    add(130, json!({"lift_restriction": {"case": "big"}}));
    add(200, json!({"set_access_control": {"definition": "theft", "enabled": false}}));
    add(205, json!({"set_access_control": {"definition": "theft", "enabled": true}}));
    add(240, json!({"share_case": {"case": "big", "link": "x8"}}));
    Desk::of(&commands)
}

#[test]
fn everybody_who_ever_read_or_wrote_a_case_is_told_with_the_intervals_that_access_gives() {
    let desk = Desk::holding("demo");
    let answer = asked(&desk, &["case:4711", TO]);
    let subjects: Vec<_> =
        answer["subjects"].as_array().expect("a list").iter().map(|row| row["subject"].clone()).collect();
    let expected = [
        "ana", "bruno", "carla", "david", "elif", "farid", "jonas", "judith", "kessler", "mike", "noor", "oskar",
        "petra",
    ];
    assert_eq!(subjects, expected.map(|name| json!(format!("user:{name}"))));
    let (from, to) = (answer["from"].as_str().expect("an instant"), answer["to"].as_str().expect("an instant"));
    assert_eq!((from, to), ("2023-09-18T09:00:00Z", "2025-12-31T00:00:00Z"));
    for row in answer["subjects"].as_array().expect("a list") {
        for action in ["read", "write"] {
            let subject = row["subject"].as_str().expect("a name");
            let stretch = ["--from", from, "--to", to, "--output", "json"];
            let access = desk.ask(&[&["access", subject, action, "case:4711"], &stretch[..]].concat());
            assert_eq!(row[action], parsed(&access.out)["intervals"], "{subject} {action}");
        }
    }
}

#[test]
fn bands_and_events_are_told_with_their_positions() {
    let desk = Desk::holding("demo");
    let answer = asked(&desk, &["case:4711", TO]);
    assert_eq!(
        answer["bands"],
        json!([
            {"kind": "restriction", "from": "2024-03-14T09:30:00Z", "until": "2024-11-20T08:00:00Z", "events": [169, 264]},
            {"kind": "completion", "from": "2025-05-30T15:00:00Z", "until": "2025-09-15T09:00:00Z", "events": [311, 324]},
        ])
    );
    let events = answer["events"].as_array().expect("a list");
    assert_eq!(
        events[0],
        json!({
            "position": 108, "time": "2023-09-18T09:00:00Z", "type": "case_opened", "actor": "user:greta",
            "what": "user:greta opened case:4711 of definition:fraud",
        })
    );
    // One that names the case; one that only opened an interval.
    for (position, kind) in [(311, "case_completed"), (168, "member_added")] {
        let event = events.iter().find(|event| event["position"] == position).expect("it is told");
        assert_eq!(event["type"], kind);
    }
    let of_then = asked(&desk, &["case:4711", "--as-of", "200"]);
    assert_eq!(
        (&of_then["position"], &of_then["bands"][0]["until"], &of_then["bands"][1]),
        (&json!(200), &Value::Null, &Value::Null)
    );
}

#[test]
fn the_forms_for_programs_tell_of_the_same_intervals() {
    let desk = Desk::holding("demo");
    let ask = |form| desk.ask(&["timeline", "case:4711", TO, "--output", form]).out;
    let answer = parsed(&ask("json"));
    let lines: Vec<Value> = ask("jsonl").lines().map(parsed).collect();
    let with = |key: &str| lines.iter().filter(|line| line.get(key).is_some()).cloned().collect::<Vec<_>>();
    assert_eq!(Value::from(with("subject")), answer["subjects"]);
    assert_eq!((with("band").len(), with("event").len()), (2, answer["events"].as_array().map_or(0, Vec::len)));
    let table = ask("csv");
    let rows: Vec<_> = table.lines().collect();
    assert_eq!(rows[0], "subject,action,from,until,rule,events,opened_by,closed_by");
    let kessler: Vec<_> = rows.iter().filter(|row| row.starts_with("user:kessler,")).collect();
    assert_eq!(kessler.len(), 2);
    assert_eq!(*kessler[1], "user:kessler,read,2024-03-14T09:30:00Z,2024-03-29T17:00:00Z,restricted_entry,169,169,169");
}

#[test]
fn in_the_terminal_a_line_is_a_subject_and_a_block_what_was_held() {
    let desk = Desk::holding("demo");
    let said = desk.ask(&["timeline", "case:4711", "--from", "2024-01-01", TO]);
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{said:?}");
    let line = |start: &str| {
        let line = said.out.lines().find(|line| line.starts_with(start));
        line.unwrap_or_else(|| panic!("no `{start}` in {}", said.out)).to_owned()
    };
    assert!(said.out.starts_with("Who could read and write case:4711, and when\nFrom 2024-01-01T00:00:00Z to "));
    assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{said:?}");
    assert!(line("restricted").contains("├#169──"), "{}", line("restricted"));
    assert!(line("user:david").trim_end().ends_with("███→"), "{}", line("user:david"));
    // An interval of a month that a window ended, within the band of the restriction.
    assert!(line("user:kessler").contains("░···"), "{}", line("user:kessler"));
    assert!(line("user:elif").contains('▄') && !line("user:elif").contains('█'), "{}", line("user:elif"));
    assert!(said.out.contains("\n#264  2024-11-20 08:00Z  user:petra lifted the restriction of case:4711"));
    assert!(said.out.ends_with("\nposition 328\n"), "{said:?}");
}

#[test]
fn rights_on_a_definition_have_a_line_each() {
    let desk = Desk::holding("demo");
    let said = desk.ask(&["timeline", "definition:fraud", TO]);
    assert!(said.out.starts_with("Who held rights on definition:fraud, and when\n"), "{said:?}");
    // Rights that were held at the same times share a line.
    assert!(said.out.contains("\nuser:petra   register +"), "{said:?}");
    let answer = asked(&desk, &["definition:fraud", TO]);
    let elif = &answer["subjects"][0];
    assert_eq!((&elif["subject"], &elif["register"]), (&json!("user:elif"), &json!([])));
    assert_eq!(elif["manage_access"][0]["rule"], "definition_grant");
    // Cases that were opened of it change nobody's rights on it.
    let events = answer["events"].as_array().expect("a list");
    assert!(events.iter().all(|event| event["type"] != "case_opened"));
    let organization = asked(&desk, &["organization", TO]);
    assert_eq!(organization["from"], "2023-01-09T08:00:00Z");
    assert_eq!(organization["subjects"][0]["search_text"][0]["rule"], "organization_grant");
}

#[test]
fn while_access_control_is_off_everyone_is_one_row_and_links_have_theirs() {
    let answer = asked(&crowded(), &["case:big", TO]);
    let subjects = answer["subjects"].as_array().expect("a list");
    assert_eq!(subjects.len(), 203, "everyone, a link, the chief and 200 users");
    assert_eq!(
        (&subjects[0]["subject"], &subjects[0]["write"][0]["rule"]),
        (&json!("everyone"), &json!("access_control_off"))
    );
    assert_eq!((&subjects[1]["subject"], &subjects[1]["read"][0]["rule"]), (&json!("link:x8"), &json!("link")));
    assert_eq!(subjects[1]["write"], json!([]));
    let off = answer["bands"].as_array().expect("a list").iter().find(|band| band["kind"] == "access_control_off");
    assert_eq!(off.expect("it was off")["events"].as_array().map(Vec::len), Some(2));
}

#[test]
fn pages_of_subjects_make_the_whole_and_know_no_more_than_the_first() {
    let desk = crowded();
    let whole = asked(&desk, &["case:big", TO]);
    let first = asked(&desk, &["case:big", TO, "--limit", "150"]);
    let next = first["next"].as_str().expect("there is more");
    let second = asked(&desk, &["case:big", "--after", next]);
    assert_eq!((&second["next"], &second["to"], &second["bands"]), (&Value::Null, &first["to"], &whole["bands"]));
    let both = [&first, &second].map(|page| page["subjects"].as_array().cloned().expect("a list")).concat();
    assert_eq!(Value::from(both), whole["subjects"]);
    let said = desk.ask(&["timeline", "case:big", TO, "--limit", "2", "--output", "csv"]);
    assert!(said.err.starts_with("next: --after "), "{said:?}");
    let page = drawn(&desk, &["case:big", TO, "--limit", "2", "--after", next]);
    assert!(page.contains("More subjects: --after "));
    let document = Document::parse(&page).expect("it is well-formed");
    let texts = document.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text());
    let made =
        texts.skip_while(|text| !text.starts_with("Drawn by: ")).take_while(|text| !text.starts_with("As known"));
    let made = made.collect::<Vec<_>>().join(" ").replace("FILE.svg", "-");
    let again: Vec<_> = made.split(' ').skip_while(|word| *word != "timeline").collect();
    assert_eq!(desk.ask(&again).out, page);
}

/// Where a text stands: its left and right end, in a font that is a little wider than it should be, its base line, its
/// words.
fn place(node: Node<'_, '_>) -> (f64, f64, f64, String) {
    let number = |name: &str| node.attribute(name).map_or(0.0, |text| text.parse::<f64>().expect("a number"));
    (number("x"), number("x") + 1.05 * number("textLength"), number("y"), node.text().unwrap_or_default().to_owned())
}

#[test]
fn a_picture_is_well_formed_stands_for_itself_and_no_text_overlaps_another() {
    let demo = Desk::holding("demo");
    let minutes = ["case:4711", "--from=2024-03-14T09:00:00Z", "--to=2024-03-14T10:15:00Z"];
    let all = [
        drawn(&crowded(), &["case:big", TO]),
        drawn(&demo, &["case:4711", TO]),
        drawn(&demo, &minutes),
        drawn(&demo, &["organization", "--to=2199-01-01"]),
        drawn(&demo, &["definition:fraud", TO]),
    ];
    for picture in &all {
        let document = Document::parse(picture).expect("it is well-formed");
        let root = document.root_element();
        assert_eq!(root.tag_name().name(), "svg");
        let size: Vec<f64> = root
            .attribute("viewBox")
            .expect("it scales")
            .split(' ')
            .map(|number| number.parse().expect("a number"))
            .collect();
        for foreign in ["<script", "href", "http://www.w3.org/1999/xlink", "@import"] {
            assert!(!picture.contains(foreign), "{foreign}");
        }
        let mut texts: Vec<_> = document.descendants().filter(|node| node.has_tag_name("text")).map(place).collect();
        texts.sort_by(|one, other| (one.2, one.0).partial_cmp(&(other.2, other.0)).expect("numbers"));
        for (left, right, base, words) in &texts {
            assert!(*left >= 0.0 && *right <= size[2] && *base <= size[3], "{words} leaves the picture");
        }
        for pair in texts.windows(2) {
            let [(_, right, base, one), (left, _, other_base, other)] = pair else { unreachable!("windows of two") };
            let apart = (other_base - base).abs();
            assert!(apart > 0.05 || left >= right, "`{one}` and `{other}` overlap");
        }
        let lines: Vec<f64> = texts.iter().map(|text| text.2).collect();
        let too_near = lines.windows(2).find(|pair| (0.05..3.0).contains(&(pair[1] - pair[0])) && pair[1] < 60.0);
        assert_eq!(too_near, None);
    }
}

#[test]
fn a_picture_says_who_when_by_what_and_how_to_make_it_again() {
    let desk = Desk::holding("demo");
    let picture = drawn(&desk, &["case:4711", TO]);
    let document = Document::parse(&picture).expect("it is well-formed");
    let texts: Vec<&str> =
        document.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text()).collect();
    for words in ["restricted", "completed", "user:kessler", "write", "read", "#110 case list", "#169 – #264"] {
        assert!(texts.contains(&words), "`{words}` is not in {texts:?}");
    }
    assert!(texts.iter().any(|text| text.ends_with("expired #169")), "{texts:?}");
    let titles: Vec<&str> =
        document.descendants().filter(|node| node.has_tag_name("title")).filter_map(|node| node.text()).collect();
    let sentence = "user:kessler could read case:4711 from 2024-03-14T09:30:00Z until 2024-03-29T17:00:00Z: \
                    restricted_entry\nopened by #169 ";
    assert!(titles.iter().any(|title| title.starts_with(sentence)), "{titles:?}");
    let made = texts.iter().find_map(|text| text.strip_prefix("Drawn by: caseward "));
    let made = made.expect("it says so").replace("FILE.svg", "-");
    let again = desk.ask(&made.split(' ').collect::<Vec<_>>());
    assert_eq!(again.out, picture);
}

#[test]
fn what_of_the_stretch_is_not_drawn_is_said() {
    let desk = Desk::holding("demo");
    let quiet = "drawn to 2025-12-15T09:00:00Z, after which nothing changed.";
    assert!(drawn(&desk, &["case:4711", "--to=2060-01-01"]).contains(quiet));
    assert!(!drawn(&desk, &["case:4711", TO]).contains("drawn to"));
    let nobody = drawn(&desk, &["case:4711", "--from=2023-01-10", "--to=2023-01-11"]);
    assert!(nobody.contains("nobody held a right in this period"), "{nobody}");
}

#[test]
fn a_picture_is_written_where_it_is_asked_for() {
    let desk = Desk::holding("demo");
    let file = desk.data().with_file_name("case.svg");
    let name = file.to_str().expect("a path in letters");
    let said = desk.ask(&["timeline", "case:4711", TO, "--svg", name]);
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{said:?}");
    assert!(said.out.starts_with("drew 13 subjects of case:4711 to"), "{said:?}");
    assert!(said.out.ends_with("\nposition 328\n"), "{said:?}");
    let written = std::fs::read_to_string(&file).expect("it is there");
    assert_eq!(written, drawn(&desk, &["case:4711", TO]));
    let said = desk.ask(&["timeline", "case:4711", TO, "--svg", name, "--output", "json"]);
    assert_eq!(parsed(&said.out)["position"], 328);
    let said = desk.ask(&["timeline", "case:4711", "--svg", "/nowhere/at/all.svg"]);
    assert_eq!((said.status, said.out.as_str()), (2, ""));
    assert!(said.err.starts_with("error: cannot write `/nowhere/at/all.svg`"), "{said:?}");
}

#[test]
fn what_cannot_be_asked_is_a_wrong_call_and_what_is_not_there_is_not_found() {
    let desk = Desk::holding("demo");
    for wrong in [
        &["timeline"][..],
        &["timeline", "user:ana"],
        &["timeline", "case:4711", "--at", "2024-01-01T00:00:00Z"],
        &["timeline", "case:4711", "--from", "2024-02-01", "--to", "2024-01-01"],
        &["timeline", "case:4711", "--from", "9999"],
        &["timeline", "case:4711", "--after", "x"],
        &["timeline", "case:4711", "--after", "328:5:nowhere"],
        &["timeline", "case:4711", "--limit", "0"],
        &["timeline", "case:4711", "--svg", "-", "--output", "json"],
    ] {
        let said = desk.ask(wrong);
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{wrong:?}: {said:?}");
        assert!(said.err.starts_with("error: "), "{wrong:?}: {said:?}");
    }
    let said = desk.ask(&["timeline", "case:nowhere"]);
    assert_eq!((said.status, said.out.as_str()), (3, ""), "{said:?}");
    assert!(said.err.contains("there is no `case:nowhere`"), "{said:?}");
    assert_eq!(parsed(&desk.ask(&["timeline", "case:nowhere", "--output", "json"]).out)["code"], "not_found");
}
