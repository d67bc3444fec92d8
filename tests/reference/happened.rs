//! Where things are named: what is found in the views against what going through the events finds.

use super::candidate::Candidate;
use super::engine::EngineCandidate;
use caseward_events::{Position, Recorded, Reference};
use serde_json::Value;
use std::collections::BTreeMap;

/// Every second position of a history, and its last one, in the engine as it is, restarted and rebuilt: how many places were
/// compared.
pub fn compared(mut engine: EngineCandidate, lines: &[String]) -> Result<usize, String> {
    engine.import(lines);
    let events = engine.events();
    let named: Vec<(Reference, Vec<Position>)> = things(&events);
    let mut places = 0;
    let mut compare = |engine: &EngineCandidate, up_to: usize, when: &str| {
        let up_to = Position(up_to as u64);
        for (of, all) in &named {
            let right = &all[..all.partition_point(|at| *at <= up_to)];
            let found = engine.naming(of, up_to);
            let is_right = |at: &Position| right.binary_search(at).is_ok();
            let kept: Vec<Position> = found.iter().copied().filter(is_right).collect();
            if kept != right || found.last().is_some_and(|last| *last > up_to) {
                return Err(format!("{of} up to {up_to}, {when}: {found:?}, but named at {right:?} in {lines:#?}"));
            }
            places += right.len();
        }
        Ok(())
    };
    for up_to in (0..events.len()).step_by(2) {
        compare(&engine, up_to, "as it was folded")?;
    }
    let engine = engine.reopened();
    compare(&engine, events.len(), "restarted")?;
    let engine = engine.rebuilt();
    compare(&engine, events.len(), "rebuilt")?;
    Ok(places)
}

/// Everything that events name, whatever it is, and where: each text of an event is tried as each kind of thing.
fn things(events: &[Recorded]) -> Vec<(Reference, Vec<Position>)> {
    let mut tried = BTreeMap::new();
    for recorded in events {
        texts(&recorded.event.fields(), &mut |text| {
            let kinds = ["user", "group", "definition", "case", "profile", "item", "task", "link"];
            let all = kinds.map(|kind| format!("{kind}:{text}"));
            for text in all.iter().map(String::as_str).chain([text]) {
                if let Ok(reference) = text.parse::<Reference>() {
                    tried.insert(text.to_owned(), reference);
                }
            }
        });
    }
    tried.remove("organization");
    let naming = |of: Reference| {
        let named = events.iter().filter(|recorded| recorded.event.concerns(&of)).map(|recorded| recorded.position);
        let named: Vec<Position> = named.collect();
        (of, named)
    };
    tried.into_values().map(naming).filter(|(_, named)| !named.is_empty()).collect()
}

fn texts(value: &Value, put: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => put(text),
        Value::Array(all) => all.iter().for_each(|one| texts(one, put)),
        Value::Object(all) => all.values().for_each(|one| texts(one, put)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
