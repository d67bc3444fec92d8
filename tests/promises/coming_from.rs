//! The pages for users of the source systems: what they show is accepted, refused and answered as they say.
//!
//! Of a page, the blocks count in order: `json` holds commands that are accepted, `json refused CODE` one that is
//! refused with that code, `json question` questions with their answers. A command within a table must parse.

use crate::scene::{Scene, at_once};
use caseward::events::command::Command;
use caseward::projections::Question;
use serde_json::Value;

const FRAMEWORK: &str = include_str!("../../src/docs/coming-from-case-management-framework.md");
const PROFILES: &str = include_str!("../../src/docs/coming-from-profiles-and-forms.md");
const CASE_LEVEL: &str = include_str!("../../src/docs/coming-from-case-level-permissions.md");

/// A line within a block of JSON, with its number on the page.
struct Shown<'a> {
    kind: &'a str,
    number: usize,
    value: Value,
}

/// The lines of the blocks of a page, in order.
fn shown(page: &str) -> Vec<Shown<'_>> {
    let mut lines = Vec::new();
    let mut within = None;
    for (index, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), within) {
            (Some(_), Some(_)) => within = None,
            (Some(info), None) => within = Some(info.trim()),
            (None, Some(info)) if info.starts_with("json") => {
                let value = serde_json::from_str(line).unwrap_or_else(|why| panic!("line {}: {why}", index + 1));
                lines.push(Shown { kind: info["json".len()..].trim(), number: index + 1, value });
            }
            (None, _) => {}
        }
    }
    assert!(within.is_none(), "a block is not closed");
    lines
}

async fn wrong_command(scene: &Scene, command: &Value, code: Option<&str>) -> Option<String> {
    let answer = scene.import(command).await;
    let given = answer.refusal().map(|refusal| refusal.code.name());
    (given != code).then(|| format!("expected {code:?}, got {}", answer.to_json()))
}

fn wrong_answer(scene: &Scene, question: &Value) -> Option<String> {
    let asked = Question::from_value(question.clone()).expect("a question of a page can be asked");
    assert!(asked.expect.is_some() && asked.rule.is_some(), "{question} says neither answer nor rule");
    let decision = at_once(scene.organization.check(&asked)).expect("a question of a page can be asked");
    let right = asked.expect == Some(decision.decision.into()) && asked.rule.as_deref() == Some(decision.rule.name());
    (!right).then(|| format!("{question}: got {} by {}", decision.decision, decision.rule))
}

/// Commands accepted, commands refused and questions asked: each at least as many as the page is known to show.
async fn every_block_does_what_the_page_says(page: &str, least: [usize; 3]) {
    let scene = Scene::new().await;
    let (mut counts, mut wrong) = ([0; 3], Vec::new());
    for Shown { kind, number, value } in shown(page) {
        let failed = match kind.split_once(' ').map_or((kind, None), |(word, code)| (word, Some(code))) {
            ("", None) => {
                counts[0] += 1;
                wrong_command(&scene, &value, None).await
            }
            ("refused", code @ Some(_)) => {
                counts[1] += 1;
                wrong_command(&scene, &value, code).await
            }
            ("question", None) => {
                counts[2] += 1;
                wrong_answer(&scene, &value)
            }
            _ => panic!("line {number}: a block of `json {kind}` is none"),
        };
        wrong.extend(failed.map(|why| format!("line {number}: {why}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(counts.iter().zip(least).all(|(count, least)| *count >= least), "{counts:?}");
}

#[tokio::test]
async fn the_page_for_the_case_management_framework_holds() {
    every_block_does_what_the_page_says(FRAMEWORK, [12, 4, 12]).await;
}

#[tokio::test]
async fn the_page_for_profiles_and_forms_holds() {
    every_block_does_what_the_page_says(PROFILES, [15, 2, 15]).await;
}

#[tokio::test]
async fn the_page_for_case_level_permissions_holds() {
    every_block_does_what_the_page_says(CASE_LEVEL, [15, 4, 12]).await;
}

#[test]
fn times_go_forward_on_every_page() {
    for page in [FRAMEWORK, PROFILES, CASE_LEVEL] {
        let lines = shown(page);
        let times: Vec<_> = lines.iter().filter_map(|line| line.value["time"].as_str()).collect();
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    }
}

#[test]
fn a_command_within_a_table_parses() {
    for page in [FRAMEWORK, PROFILES, CASE_LEVEL] {
        let rows = page.lines().filter(|line| line.starts_with('|'));
        let spans = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
        let mut parsed = 0;
        for span in spans.filter(|span| span.starts_with("{\"")) {
            let value = serde_json::from_str(span).unwrap_or_else(|why| panic!("{span}: {why}"));
            Command::parse(value).unwrap_or_else(|refusal| panic!("{span}: {refusal}"));
            parsed += 1;
        }
        assert!(parsed >= 12, "only {parsed} commands stand in tables");
    }
}

#[test]
fn the_twelve_actions_of_the_framework_are_all_there() {
    for level in ["CaseDefinition_", "Case_"] {
        for (verb, rest) in [("GrantAccessTo", ""), ("Update", "Access"), ("RevokeAccessFrom", "")] {
            for whom in ["User", "Group"] {
                let action = format!("| `{level}{verb}{whom}{rest}` |");
                assert!(FRAMEWORK.contains(&action), "{action} is missing");
            }
        }
    }
}
