//! The shared decision cases (`cases.jsonl`) through a candidate.

use super::candidate::Candidate;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Where the cases lie: `CASEWARD_SHARED`, else beside the repository.
pub fn cases_path() -> PathBuf {
    let shared = std::env::var_os("CASEWARD_SHARED").map(PathBuf::from);
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    shared.unwrap_or_else(beside).join("spec/cases.jsonl")
}

/// Ok where the candidate answers as the case expects.
pub fn holds<C: Candidate>(case: &Value, mut candidate: C) -> Result<(), String> {
    let given: Vec<String> = case["given"].as_array().into_iter().flatten().map(Value::to_string).collect();
    for answer in candidate.import(&given) {
        expect(&json!("accepted"), &answer["status"], "a given line")?;
    }
    if let Some(line) = case.get("do") {
        let answer = candidate.import(&[line.to_string()]).remove(0);
        match case.get("expect_code") {
            Some(code) => expect(code, &answer["code"], "the code of `do`")?,
            None => {
                expect(&json!("accepted"), &answer["status"], "the status of `do`")?;
                let count = json!(answer["events"].as_array().map(Vec::len));
                expect(&case["expect"]["events"], &count, "the events of `do`")?;
                if let Some(warnings) = case["expect"].get("warnings") {
                    let listed = answer["warnings"].as_array().into_iter().flatten();
                    let codes: Vec<Value> = listed.map(|warning| warning["code"].clone()).collect();
                    expect(warnings, &json!(codes), "the warnings of `do`")?;
                }
            }
        }
    }
    case.get("ask").map_or(Ok(()), |ask| asked(case, ask, &candidate))
}

fn asked<C: Candidate>(case: &Value, ask: &Value, candidate: &C) -> Result<(), String> {
    let mut question = ask.clone();
    let verb = question.as_object_mut().and_then(|question| question.remove("verb"));
    let verb = verb.as_ref().and_then(Value::as_str).unwrap_or("check");
    if verb == "rights" {
        // Every decision carries the rights held, whatever action was asked.
        question["action"] = json!("manage_access");
    }
    let answer = match verb {
        "who" => candidate.who(&question),
        "what" => candidate.what(&question),
        "access" => candidate.access(&question),
        _ => candidate.check(&question),
    };
    if let (Some(code), None) = (case.get("expect_code"), case.get("do")) {
        return expect(code, &answer["code"], "the code of the question");
    }
    let given = match verb {
        "who" => &answer["subjects"],
        "what" => &answer["resources"],
        "rights" => &answer["rights"],
        _ => &answer["decision"],
    };
    let given = if verb == "access" { &in_short(&answer["intervals"]) } else { given };
    expect(&case["expect"], given, "the answer")?;
    if let Some(rule) = case.get("rule") {
        expect(rule, &answer["rule"], "the rule")?;
    }
    for (key, value) in case["answer"].as_object().into_iter().flatten() {
        expect(value, &answer[key], key)?;
    }
    Ok(())
}

/// Of intervals a case tells `from`, `until` and `rule`.
fn in_short(intervals: &Value) -> Value {
    let all = intervals.as_array().into_iter().flatten();
    all.map(|one| json!({"from": one["from"], "until": one["until"], "rule": one["rule"]})).collect()
}

fn expect(expected: &Value, given: &Value, what: &str) -> Result<(), String> {
    if expected == given { Ok(()) } else { Err(format!("{what}: expected {expected}, given {given}")) }
}
