//! `report`, as an auditor hands it on: one document that says who held what, when, by whose act, and how to make it
//! again.

use crate::cli_fixture::Desk;
use roxmltree::{Document, Node, ParsingOptions};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// So that the answers do not depend on the day.
const TO: &str = "--to=2025-12-31";

/// The document, as it goes to standard output.
fn made(desk: &Desk, arguments: &[&str]) -> String {
    let said = desk.ask(&[&["report"], arguments, &["--html", "-"]].concat());
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{said:?}");
    said.out
}

fn parsed(text: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).unwrap_or_else(|why| panic!("{why}: {text}"))
}

fn named<'a>(document: &'a Document<'a>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    document.descendants().filter(move |node| node.tag_name().name() == name)
}

/// All that a reader reads in it, with one blank for any.
fn text(node: Node<'_, '_>) -> String {
    let of = |node: Node<'_, '_>| match node.text().filter(|_| node.is_text()) {
        Some(text) => text.to_owned(),
        None if ["div", "li", "dt", "dd"].contains(&node.tag_name().name()) => " ".to_owned(),
        None => String::new(),
    };
    let all: String = node.descendants().map(of).collect();
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The rows below the heads of the table whose caption begins so.
fn rows<'a>(document: &'a Document<'a>, caption: &str) -> Vec<Vec<String>> {
    let is_it = |table: &Node<'_, '_>| {
        let found = table.children().find(|node| node.has_tag_name("caption"));
        found.is_some_and(|found| text(found).starts_with(caption))
    };
    let Some(table) = named(document, "table").find(is_it) else { return Vec::new() };
    let of = |row: Node<'_, '_>| row.children().filter(Node::is_element).map(text).collect::<Vec<_>>();
    let bodies = table.children().filter(|node| node.has_tag_name("tbody"));
    bodies.flat_map(|body| body.children().filter(Node::is_element).map(of)).collect()
}

/// `a, b and c` as a set.
fn listed(words: &str) -> BTreeSet<String> {
    words.replace(" and ", ", ").split(", ").filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What each held, by the rows of one end.
fn held(rows: &[Vec<String>]) -> BTreeMap<String, BTreeSet<String>> {
    rows.iter().map(|row| (row[0].clone(), listed(&row[1]))).collect()
}

fn command(time: &str, actor: &str, reason: &str, command: Value) -> String {
    json!({"actor": actor, "time": time, "reason": reason, "command": command}).to_string()
}

/// A case that 60 subjects hold something on, then everybody, with names that are hard to write.
fn crowded() -> Desk {
    let mut lines = String::new();
    let mut add = |day: usize, what: Value| {
        let time = format!("2024-{:02}-{:02}T09:00:00Z", 1 + day / 28, 1 + day % 28);
        writeln!(lines, "{}", command(&time, "user:chief", "a < b & \"c\"", what)).expect("a string takes everything");
    };
    add(0, json!({"appoint_org_admin": {"user": "chief"}}));
    add(0, json!({"create_definition": {"definition": "theft"}}));
    add(2, json!({"open_case": {"case": "big", "definition": "theft", "creator": "chief"}}));
    for number in 0..60 {
        let name = if number == 1 { format!("long-{}", "x".repeat(100)) } else { format!("{number:03}") };
        let access = if number % 3 == 0 { "write" } else { "read" };
        add(3 + number / 2, json!({"grant": {"on": "case:big", "to": format!("user:{name}"), "access": access}}));
    }
    add(110, json!({"restrict_case": {"case": "big", "entries": [{"to": "user:007", "access": "read"}]}}));
    add(130, json!({"lift_restriction": {"case": "big"}}));
    add(200, json!({"set_access_control": {"definition": "theft", "enabled": false}}));
    Desk::of(&lines)
}

/// What holds of every report.
fn is_a_document_that_stands_for_itself(made: &str) {
    assert!(made.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{}", &made[..80]);
    let document = parsed(made);
    for never in ["script", "link", "img", "iframe", "object", "embed", "base"] {
        assert_eq!(named(&document, never).count(), 0, "{never}");
    }
    let attributes = || document.descendants().flat_map(|node| node.attributes());
    let ids: Vec<&str> =
        attributes().filter(|attribute| attribute.name() == "id").map(|attribute| attribute.value()).collect();
    let known: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(known.len(), ids.len(), "an id stands twice");
    for attribute in attributes() {
        assert!(!attribute.name().starts_with("on") && attribute.name() != "src", "{attribute:?}");
        let local = attribute.value().strip_prefix("url(#").map(|rest| rest.trim_end_matches(')'));
        let led_to = if attribute.name() == "href" { attribute.value().strip_prefix('#') } else { local };
        assert!(attribute.name() != "href" || led_to.is_some(), "{attribute:?}");
        assert!(led_to.is_none_or(|id| known.contains(id)), "{attribute:?} leads nowhere");
    }
    for style in named(&document, "style") {
        assert!(!text(style).contains("url(") && !text(style).contains("@import"));
    }
    let headings: Vec<&str> = document
        .descendants()
        .map(|node| node.tag_name().name())
        .filter(|name| ["h1", "h2", "h3"].contains(name))
        .collect();
    assert_eq!(headings, ["h1", "h2", "h2", "h2", "h2", "h2"]);
    assert!(named(&document, "th").all(|head| head.attribute("scope").is_some()));
    for table in named(&document, "table") {
        let first = table.first_element_child().expect("it holds something");
        assert!(first.has_tag_name("caption") && !text(first).is_empty());
        assert!(table.children().any(|node| node.has_tag_name("thead")));
    }
}

#[test]
fn a_report_is_well_formed_and_brings_all_it_needs() {
    let demo = Desk::holding("demo");
    for about in ["case:4711", "definition:fraud", "organization", "user:mike", "user:kessler"] {
        is_a_document_that_stands_for_itself(&made(&demo, &[about, TO]));
    }
    is_a_document_that_stands_for_itself(&made(&demo, &["case:4711", "--from=2023-01-10", "--to=2023-01-11"]));
    let crowd = made(&crowded(), &["case:big", TO]);
    is_a_document_that_stands_for_itself(&crowd);
    let document = parsed(&crowd);
    // No picture is higher than a page, whatever there is to draw.
    let heights: Vec<f64> =
        named(&document, "svg").filter_map(|svg| svg.attribute("viewBox")?.rsplit(' ').next()?.parse().ok()).collect();
    assert!(heights.len() > 2 && heights.iter().all(|high| *high < 1_200.0), "{heights:?}");
}

#[test]
fn what_ids_and_reasons_say_is_text_and_nothing_else() {
    let hostile = "<script>alert(\"x\")</script>";
    let who = "a\"b'<i>&amp;\u{fffe}";
    let reason = "</style></td><script>alert('y')</script> & \"quotes\"\nanother line\u{1b}[31m";
    let desk = Desk::of(&format!(
        "{}\n{}\n{}\n{}\n",
        command("2024-01-01T00:00:00Z", "user:chief", reason, json!({"appoint_org_admin": {"user": "chief"}})),
        command("2024-01-02T00:00:00Z", "user:chief", reason, json!({"create_definition": {"definition": hostile}})),
        command(
            "2024-01-03T00:00:00Z",
            "user:chief",
            reason,
            json!({"open_case": {"case": hostile, "definition": hostile, "creator": "chief"}})
        ),
        command(
            "2024-01-04T00:00:00Z",
            "user:chief",
            reason,
            json!({"grant": {"on": format!("case:{hostile}"), "to": format!("user:{who}"), "access": "write"}})
        ),
    ));
    for about in [format!("case:{hostile}"), format!("user:{who}"), "user:chief".to_owned()] {
        let report = made(&desk, &[&about, TO]);
        is_a_document_that_stands_for_itself(&report);
        let document = parsed(&report);
        let all = text(document.root());
        assert!(all.contains(&format!("case:{hostile}")), "{all}");
        let last = rows(&document, "Events cited").pop().expect("there are events");
        let shown = "</style></td><script>alert('y')</script> & \"quotes\"\\nanother line\\u{1b}[31m";
        assert_eq!(last.last().map(String::as_str), Some(shown));
    }
    let of_user = made(&desk, &[&format!("user:{who}"), TO]);
    let heading = text(named(&parsed(&of_user), "h1").next().expect("there is one"));
    assert_eq!(heading, "Access of user:a\"b'<i>&amp;\u{fffd}");
}

#[test]
fn a_report_says_of_what_which_organization_and_which_time_it_is_and_how_it_was_made() {
    let desk = Desk::holding("demo");
    let report = made(&desk, &["case:4711", TO]);
    let document = parsed(&report);
    let title = text(named(&document, "title").next().expect("there is one"));
    assert_eq!(title, "Access to case:4711, organization default, 2023-09-18 09:00:00 to 2025-12-31 00:00:00");
    let header = text(named(&document, "header").next().expect("there is one"));
    for said in [
        "Organization default",
        "Period from 2023-09-18 09:00:00 to before 2025-12-31 00:00:00 (all times are UTC)",
        "position 328 of the log, recorded 2025-11-03 09:00:00",
    ] {
        assert!(header.contains(said), "`{said}` is not in {header}");
    }
    let how = text(named(&document, "section").last().expect("there is one"));
    assert!(how.contains(&format!("Generated by caseward {}", env!("CARGO_PKG_VERSION"))), "{how}");
}

/// The command that a report names, as arguments, to standard output.
fn command_of(report: &str) -> Vec<String> {
    let document = parsed(report);
    let typed = text(named(&document, "pre").next().expect("it names one"));
    let typed = typed.replace("FILE.html", "-");
    typed.strip_prefix("caseward ").expect("it is a call").split(' ').map(str::to_owned).collect()
}

#[test]
fn the_command_that_a_report_names_gives_the_same_bytes_whatever_comes_later() {
    let desk = Desk::holding("demo");
    for about in ["case:4711", "user:mike", "definition:fraud"] {
        // Neither end is said: the first report ends now.
        let first = made(&desk, &[about]);
        let typed = command_of(&first);
        let again = || desk.ask(&typed.iter().map(String::as_str).collect::<Vec<_>>()).out;
        assert_eq!(again(), first);
        let later = ["--actor", "user:judith", "--reason", "later", "--on-existing", "update"];
        let granted = desk.ask(&[&["grant", "case:4711", "user:mike", "read"], &later[..]].concat());
        assert_eq!(granted.status, 0, "{granted:?}");
        assert_eq!(again(), first);
    }
    let limited = made(&desk, &["user:mike", TO, "--limit=3", "--as-of=300"]);
    assert!(limited.contains("shows only the first 3, up to case:"), "{limited}");
    let typed = command_of(&limited);
    assert_eq!(desk.ask(&typed.iter().map(String::as_str).collect::<Vec<_>>()).out, limited);
}

#[test]
fn what_was_held_before_with_every_change_is_what_is_held_at_the_end() {
    let desk = Desk::holding("demo");
    for arguments in [
        &["case:4711", TO][..],
        &["case:4711", "--from=2024-03-14T09:30:00Z", "--to=2024-11-20T08:00:00Z"],
        &["case:4711", "--from=2024-03-29T17:00:00Z", "--to=2024-11-20T08:00:00.000001Z"],
        &["user:mike", "--from=2023-06-01", "--to=2024-12-01"],
        &["definition:fraud", TO],
    ] {
        let report = made(&desk, arguments);
        let document = parsed(&report);
        let mut now = held(&rows(&document, "Before the period"));
        for change in rows(&document, "Changes").iter().filter(|row| row.len() == 3) {
            for name in change[0].split(", ") {
                let rights = now.entry(name.to_owned()).or_default();
                let (gained, lost) = change[1].split_once("lost ").unwrap_or((&change[1], ""));
                let gained = gained.strip_prefix("gained ").unwrap_or("").trim();
                for right in listed(gained.trim_start_matches("the same rights, from another source")) {
                    assert!(rights.insert(right), "{change:?} gains what is held");
                }
                for right in listed(lost) {
                    assert!(rights.remove(&right), "{change:?} loses what is not held");
                }
                assert_eq!(change[2] == "nothing", rights.is_empty(), "{change:?}");
            }
        }
        now.retain(|_, rights| !rights.is_empty());
        assert_eq!(now, held(&rows(&document, "At the end")), "{arguments:?}");
    }
}

#[test]
fn both_ends_are_what_rights_answers_there() {
    let desk = Desk::holding("demo");
    let report = made(&desk, &["case:4711", "--from=2024-03-14T09:30:00Z", "--to=2024-06-01"]);
    let document = parsed(&report);
    for (caption, at) in
        [("Before the period", "2024-03-14T09:29:59.999999Z"), ("At the end", "2024-05-31T23:59:59.999999Z")]
    {
        let told = held(&rows(&document, caption));
        for name in ["ana", "bruno", "carla", "david", "elif", "judith", "kessler", "mike", "noor", "greta"] {
            let name = format!("user:{name}");
            let said = desk.ask(&["rights", &name, "case:4711", "--as-of", at, "--output", "json"]);
            let answer: Value = serde_json::from_str(&said.out).expect("it is JSON");
            let rights = answer["rights"].as_array().expect("a list").iter().filter_map(Value::as_str);
            let rights: BTreeSet<String> = rights.map(str::to_owned).collect();
            assert_eq!(told.get(&name).cloned().unwrap_or_default(), rights, "{name} {at}");
        }
    }
}

#[test]
fn a_report_about_a_user_tells_of_all_that_what_finds() {
    let desk = Desk::holding("demo");
    let report = made(&desk, &["user:mike", "--to=2024-04-01"]);
    let document = parsed(&report);
    let may_read = held(&rows(&document, "At the end")).into_iter().filter(|(_, rights)| rights.contains("read"));
    let may_read: BTreeSet<String> = may_read.map(|(name, _)| name).collect();
    let said = desk.ask(&["what", "user:mike", "read", "--as-of=2024-03-31T23:59:59.999999Z", "--output=json"]);
    let answer: Value = serde_json::from_str(&said.out).expect("it is JSON");
    let found = answer["resources"].as_array().expect("a list").iter().filter_map(Value::as_str);
    assert_eq!(may_read, found.map(str::to_owned).collect());
    assert!(may_read.len() > 3, "{may_read:?}");
    let drawn: BTreeSet<String> = named(&document, "text").filter_map(|node| Some(node.text()?.to_owned())).collect();
    assert!(drawn.contains("case:4711"), "{drawn:?}");
}

#[test]
fn a_change_names_its_cause_its_actor_and_the_reason_and_every_number_is_told() {
    let desk = Desk::holding("demo");
    let report = made(&desk, &["case:4711", TO]);
    let document = parsed(&report);
    let changes = rows(&document, "Changes");
    let sealed =
        changes.iter().position(|row| row[0].starts_with("2024-03-14 09:30:00 #169: user:judith restricted case:4711"));
    let sealed = sealed.expect("it changed something");
    assert!(changes[sealed][0].ends_with("sealed by court order 17/2024: a suspect works in the registry"));
    let of = |name: &str| changes[sealed + 1..].iter().find(|row| row[0] == name).expect("it is there")[1..].to_vec();
    assert_eq!(of("user:david")[..2], ["lost read", "nothing"]);
    assert_eq!(of("user:kessler")[0], "the same rights, from another source");
    let ran_out = "2024-03-29 17:00:00 the window set by #169 ended: user:judith restricted case:4711";
    assert!(changes.iter().any(|row| row[0].starts_with(ran_out)), "{changes:?}");
    let events = rows(&document, "Events cited");
    let numbers: Vec<u64> = events.iter().filter_map(|row| row[0].strip_prefix('#')?.parse().ok()).collect();
    assert!(numbers.is_sorted() && numbers.len() == events.len());
    let sealed = events.iter().find(|row| row[0] == "#169").expect("it is cited");
    assert_eq!((sealed[1].as_str(), sealed[2].as_str()), ("2024-03-14 09:30:00", "user:judith"));
    assert!(sealed[3].starts_with("restricted case:4711; on its list: user:bruno"));
    let links = named(&document, "a").filter_map(|link| link.text()?.strip_prefix('#')?.parse::<u64>().ok());
    assert!(links.collect::<BTreeSet<_>>().is_subset(&numbers.into_iter().collect()));
}

#[test]
fn whoever_nothing_singles_out_is_everyone() {
    let report = made(&crowded(), &["case:big", TO]);
    let document = parsed(&report);
    let changes = rows(&document, "Changes");
    let everyone = changes.iter().find(|row| row[0].split(", ").any(|name| name == "everyone")).expect("it is told");
    assert_eq!(everyone[1], "gained read, write and delete");
    let end = rows(&document, "At the end");
    let row = end.iter().find(|row| row[0] == "everyone").expect("it is told");
    assert!(row[2].starts_with("access control is off for its kind of case"), "{row:?}");
    assert!(!report.contains("stranger"));
}

#[test]
fn what_cannot_be_reported_is_said_with_the_status_that_it_has_elsewhere() {
    let desk = Desk::holding("demo");
    for (arguments, status, told) in [
        (&["group:registry", "--html=-"][..], 2, "`group:registry` holds nothing itself"),
        (&["case:4711"], 2, "--html <FILE>"),
        (&["case:4711", "--html=-", "--output=json"], 2, "a report is an HTML document"),
        (&["case:4711", "--html=-", "--at=2024-01-01T00:00:00Z"], 2, "`--at` cannot be combined with"),
        (&["case:4711", "--html=-", "--from=2024-02-01", "--to=2024-01-01"], 2, "has no length"),
        (&["case:none", "--html=-"], 3, "there is no `case:none`"),
        (&["user:none", "--html=-"], 3, "no event names `user:none`"),
        (&["user:noor", "--html=-", "--as-of=2"], 3, "no event names `user:noor`, or none did yet"),
        (&["case:4711", "--html=/nowhere/at/all.html"], 2, "cannot write `/nowhere/at/all.html`"),
    ] {
        let said = desk.ask(&[&["report"], arguments].concat());
        assert_eq!((said.status, said.out.as_str()), (status, ""), "{arguments:?} {said:?}");
        assert!(said.err.contains(told), "{said:?}");
    }
}

#[test]
fn a_report_is_written_where_it_is_asked_for() {
    let desk = Desk::holding("demo");
    let file = desk.data().with_file_name("case.html");
    let name = file.to_str().expect("a path in letters");
    let said = desk.ask(&["report", "case:4711", TO, "--html", name]);
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{said:?}");
    assert!(said.out.starts_with("wrote the report on case:4711 to"), "{said:?}");
    assert!(said.out.ends_with("\nposition 328\n"), "{said:?}");
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), made(&desk, &["case:4711", TO]));
}
