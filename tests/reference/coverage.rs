//! What a run of histories has met: rules, codes, warnings, events, scopes, presets.

use super::compare::sealed_for;
use super::oracle::{Answer, Log};
use super::questions::{ExpectedAnswer, Verb};
use caseward_events::{Code, Event};
use std::collections::{BTreeMap, BTreeSet};

/// Counts, and sets where once is enough.
#[derive(Default, Debug)]
pub struct Coverage {
    /// Rules that decided a check, and how often.
    pub rules: BTreeMap<String, usize>,
    /// Codes of refused lines, likewise.
    pub codes: BTreeMap<Code, usize>,
    /// Codes of warnings, likewise.
    pub warnings: BTreeMap<&'static str, usize>,
    /// Types of events, likewise; and what stands out among them.
    pub events: BTreeMap<&'static str, usize>,
    /// Scope, action, and whether the profile gave it or it was denied.
    pub scopes: BTreeMap<String, usize>,
    /// Presets adopted.
    pub presets: BTreeSet<&'static str>,
    /// Types of events with a reason that lies under the key of a subject, and with one that lies in clear.
    pub sealed: BTreeSet<&'static str>,
    /// See there.
    pub clear: BTreeSet<&'static str>,
    /// Lines sent, lines accepted, lines accepted that appended something.
    pub lines: [usize; 3],
    /// Questions, each asked several times.
    pub questions: usize,
}

impl Coverage {
    /// Counts a line by its answer.
    pub fn line(&mut self, answer: &Answer) {
        self.lines[0] += 1;
        match answer {
            Answer::Refused(code) => *self.codes.entry(*code).or_default() += 1,
            Answer::Accepted { events, warnings, .. } => {
                self.lines[1] += 1;
                self.lines[2] += usize::from(*events > 0);
                for warning in warnings {
                    *self.warnings.entry(warning).or_default() += 1;
                }
            }
        }
    }

    /// Counts what a history holds and what is asked about it.
    pub fn history(&mut self, log: &Log, asked: &[ExpectedAnswer]) {
        self.questions += asked.len();
        asked.iter().filter(|asked| asked.verb == Verb::Check).for_each(|asked| self.check(asked));
        for pair in log.events.windows(2).filter(|pair| pair[1].index == 1) {
            self.together(&pair[0].event, &pair[1].event);
        }
        for (recorded, key) in log.events.iter().zip(sealed_for(&log.events)) {
            match key.as_str() {
                Some("clear") => drop(self.clear.insert(recorded.event.name())),
                Some(_) => drop(self.sealed.insert(recorded.event.name())),
                None => {}
            }
            *self.events.entry(recorded.event.name()).or_default() += 1;
            if let Event::PolicyAdopted(adopted) = &recorded.event {
                self.presets.extend(adopted.preset.map(|preset| preset.name()));
            }
        }
    }

    /// What a command with more than one event appended beside the first.
    fn together(&mut self, first: &Event, second: &Event) {
        let together = match (first, second) {
            (_, Event::GrantRevoked(_)) => "cascade",
            (Event::CaseOpened(_), _) => "creator_grant",
            _ => "assignment_grant",
        };
        *self.events.entry(together).or_default() += 1;
    }

    fn check(&mut self, asked: &ExpectedAnswer) {
        let Some(rule) = asked.expected["rule"].as_str() else { return };
        *self.rules.entry(rule.to_owned()).or_default() += 1;
        let Some(scope) = asked.scope else { return };
        let action = asked.question["action"].as_str().unwrap_or_default();
        let by_profile = asked.expected["reasons"].as_array().into_iter().flatten().any(|reason| {
            reason["rule"] == "profile"
                && reason["rights"].as_array().is_some_and(|rights| rights.contains(&action.into()))
        });
        let outcome = match (by_profile, asked.expected["decision"] == true) {
            (true, _) => "given",
            (false, false) => "denied",
            // From elsewhere.
            (false, true) => return,
        };
        *self.scopes.entry(format!("{scope} {action} {outcome}")).or_default() += 1;
    }
}
