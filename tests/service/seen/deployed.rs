//! What is shipped to run and watch a service with fits the service and its pages.

use super::metrics::scrape;
use crate::served::{Served, program};
use serde_json::Value;
use std::collections::BTreeSet;

const ALARMS: &str = include_str!("../../../src/deploy/alarms.yml");
const DASHBOARD: &str = include_str!("../../../src/deploy/dashboard.json");
const RUNBOOK: &str = include_str!("../../../src/docs/operating.md");

/// An alarm as the file has it.
struct Alarm {
    name: String,
    expression: String,
    runbook: String,
}

/// Reads the file, which keeps to so little of YAML that every parser reads it alike: one value a line, in quotes where it
/// holds anything but letters and digits.
fn alarms() -> Vec<Alarm> {
    let lines: Vec<_> = ALARMS.lines().filter(|line| !line.starts_with('#')).collect();
    let ["groups:", "  - name: caseward", "    rules:", rules @ ..] = lines.as_slice() else { panic!("{lines:?}") };
    let quoted = |text: &str| -> String {
        let inner =
            text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or_else(|| panic!("{text}"));
        assert!(!inner.contains('\''), "{inner}");
        inner.to_owned()
    };
    assert_eq!(rules.len() % 7, 0, "an alarm has seven lines");
    let alarm = |lines: &[&str]| {
        let after = |line: usize, key: &str| lines[line].strip_prefix(key).unwrap_or_else(|| panic!("{}", lines[line]));
        let name = after(0, "      - alert: ").to_owned();
        assert!(name.bytes().all(|byte| byte.is_ascii_alphabetic()), "{name}");
        let duration = after(2, "        for: ").strip_suffix(['m', 'h']).expect("minutes or hours");
        assert!(duration.parse::<u32>().is_ok(), "{name}: {duration}");
        let severity = after(3, "        labels: {severity: ");
        assert!(["critical}", "warning}"].contains(&severity), "{name}: {severity}");
        after(4, "        annotations:");
        assert!(quoted(after(5, "          summary: ")).contains("$labels.instance"), "{name} says where");
        let (expression, runbook) = (after(1, "        expr: "), after(6, "          runbook_url: "));
        Alarm { name, expression: quoted(expression), runbook: quoted(runbook) }
    };
    rules.chunks(7).map(alarm).collect()
}

/// The metrics that an expression names.
fn named(expression: &str) -> BTreeSet<&str> {
    let words = expression.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    words.filter(|word| word.starts_with("caseward_") || word.starts_with("process_")).collect()
}

fn expressions(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            into.extend(fields.get("expr").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| expressions(value, into));
        }
        Value::Array(values) => values.iter().for_each(|value| expressions(value, into)),
        _ => {}
    }
}

#[test]
fn every_metric_that_alarms_and_the_dashboard_name_is_served() {
    let served = scrape(&Served::empty()).names();
    let mut all: Vec<_> = alarms().into_iter().map(|alarm| alarm.expression).collect();
    assert!(all.len() >= 15, "only {} alarms", all.len());
    expressions(&serde_json::from_str(DASHBOARD).expect("it is JSON"), &mut all);
    assert!(all.len() >= 50, "only {} expressions", all.len());
    for expression in &all {
        let names = named(expression);
        assert!(!names.is_empty() || expression.starts_with("up{"), "{expression}");
        for name in names {
            assert!(served.contains(name), "`{name}` is not served: {expression}");
        }
    }
}

#[test]
fn every_alarm_has_its_paragraph_and_every_paragraph_its_alarm() {
    let section = RUNBOOK.split("\n## Alarm rules\n").nth(1).and_then(|rest| rest.split("\n## ").next());
    let paragraphs: Vec<_> = section.expect("the page has them").split("\n### ").skip(1).collect();
    let of_page: BTreeSet<_> = paragraphs.iter().filter_map(|text| text.lines().next()).map(str::to_owned).collect();
    let alarms = alarms();
    assert_eq!(of_page, alarms.iter().map(|alarm| alarm.name.clone()).collect());
    for Alarm { name, runbook, .. } in &alarms {
        assert_eq!(*runbook, format!("operating.md#{}", name.to_lowercase()));
    }
    for text in paragraphs {
        assert!(text.lines().skip(1).any(|line| line.len() > 40), "{text}");
    }
}

#[test]
fn every_metric_is_on_the_page() {
    let section = RUNBOOK.split("\n## Metrics\n").nth(1).and_then(|rest| rest.split("\n## ").next());
    let rows = section.expect("the page has them").lines().filter_map(|line| line.strip_prefix("| `"));
    let of_page: BTreeSet<_> = rows.map(|row| row.split('`').next().expect("a name").to_owned()).collect();
    assert_eq!(of_page, scrape(&Served::empty()).families.into_keys().collect());
}

/// The options of a call must be options of its verb.
fn is_a_call(words: &[&str]) {
    let verb = words.iter().take_while(|word| word.bytes().all(|one| one.is_ascii_lowercase() || one == b'-')).count();
    let help = (1..=verb).rev().find_map(|length| {
        let told = program().arg("help").args(&words[..length]).output().expect("the program starts");
        told.status.success().then(|| String::from_utf8_lossy(&told.stdout).into_owned())
    });
    let help = help.unwrap_or_else(|| panic!("no verb: {words:?}"));
    for option in words.iter().filter(|word| word.starts_with("--")) {
        assert!(help.contains(option), "it takes no `{option}`: {words:?}");
    }
}

#[test]
fn every_call_that_the_page_tells_to_make_is_one() {
    let page = include_str!("../../../src/docs/run-as-a-service.md");
    let section = page.split("\n## Run it\n").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("it has one");
    let mut seen = 0;
    for line in section.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).flat_map(str::lines) {
        let words: Vec<_> = line.split(" #").next().expect("a line").split_whitespace().collect();
        let Some(program) = words.iter().rposition(|word| ["caseward", "/caseward"].contains(word)) else { continue };
        let call = match &words[program + 1..] {
            ["--data", _, call @ ..] => call,
            call => call,
        };
        let call: Vec<_> = call.iter().copied().take_while(|word| !["|", ">", "&&"].contains(word)).collect();
        if call.first().is_some_and(|verb| verb.bytes().all(|one| one.is_ascii_lowercase())) {
            is_a_call(&call);
            seen += 1;
        }
    }
    assert!(seen >= 7, "only {seen} calls were looked at");
}

#[test]
fn the_container_has_no_root_no_shell_and_asks_whether_it_is_ready() {
    let text = include_str!("../../../src/deploy/Containerfile");
    let joined = text.replace("\\\n", "");
    let lines: Vec<_> = joined.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let last = lines.iter().rposition(|line| line.starts_with("FROM ")).expect("it is made of something");
    let (build, image) = lines.split_at(last);
    assert_eq!(image[0], "FROM scratch");
    assert!(image.iter().all(|line| !line.starts_with("RUN ")), "{image:?}");
    let after = |key: &str| image.iter().find_map(|line| line.strip_prefix(key)).unwrap_or_else(|| panic!("no {key}"));
    let user: Vec<u32> = after("USER ").split(':').map(|id| id.parse().expect("a number needs no file")).collect();
    assert!(user.iter().all(|id| *id > 0) && user.len() == 2, "{user:?}");
    let words = |json: &str| serde_json::from_str::<Vec<String>>(json).expect("words, for nobody to take apart");
    let check = words(after("HEALTHCHECK ").split_once("CMD ").expect("it runs something").1);
    assert_eq!(words(after("ENTRYPOINT ")), [check[0].clone()]);
    for call in [&check[1..], &words(after("CMD "))] {
        is_a_call(&call.iter().map(String::as_str).collect::<Vec<_>>());
    }
    for setting in after("ENV ").split(' ').filter_map(|set| set.split_once('=')).map(|(name, _)| name) {
        let known = ["CASEWARD_DATA", "CASEWARD_LOG", "CASEWARD_LOG_FORMAT"];
        assert!(known.contains(&setting), "{setting}");
    }
    // What is copied for the build is there.
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for line in build.iter().filter_map(|line| line.strip_prefix("COPY ")) {
        let paths: Vec<_> = line.split(' ').collect();
        for path in &paths[..paths.len() - 1] {
            assert!(root.join(path).exists(), "{path}");
        }
    }
}

/// Sections of a unit, each a list of keys with their values.
fn unit(text: &str) -> Vec<(&str, &str, &str)> {
    let mut section = "";
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(name) => section = name,
            None => {
                let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("{line}"));
                found.push((section, key, value));
            }
        }
    }
    found
}

#[test]
fn every_unit_runs_a_call_of_the_program_as_nobody_else_with_the_sandbox_on() {
    for text in [
        include_str!("../../../src/deploy/caseward.service"),
        include_str!("../../../src/deploy/caseward-backup.service"),
        include_str!("../../../src/deploy/caseward-verify.service"),
    ] {
        let unit = unit(text);
        let service = |key: &str| {
            let found = unit.iter().find(|(section, found, _)| (*section, *found) == ("Service", key));
            found.unwrap_or_else(|| panic!("no {key}: {text}")).2
        };
        let call = service("ExecStart").strip_prefix("/usr/bin/caseward ").expect("it runs the program");
        is_a_call(&call.split(' ').collect::<Vec<_>>());
        assert_eq!((service("User"), service("UMask"), service("CapabilityBoundingSet")), ("caseward", "0077", ""));
        for key in ["NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "MemoryDenyWriteExecute"] {
            assert_eq!(service(key), "yes", "{key}");
        }
        assert_eq!((service("ProtectSystem"), service("StateDirectory")), ("strict", "caseward"));
    }
}

#[test]
fn the_unit_of_the_service_waits_as_long_as_the_service_takes() {
    let text = include_str!("../../../src/deploy/caseward.service");
    let unit = unit(text);
    let has = |key: &str, value: &str| assert!(unit.contains(&("Service", key, value)), "{key}={value}");
    has("Type", "notify");
    // It ends within five seconds, and opens as many descriptors as it has connections, and more.
    has("TimeoutStopSec", "30");
    has("LimitNOFILE", "65536");
    let socket = include_str!("../../../src/deploy/caseward.socket");
    assert!(socket.contains("\nListenStream=127.0.0.1:7557\n"), "what `serve` listens at without any");
}
