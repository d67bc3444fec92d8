//! What is shipped to run and watch a service with fits the service and its pages.

use super::metrics::scrape;
use crate::served::Served;
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
