//! A decision in a few lines: the answer, the rule that decided, and what whoever asks for somebody else must know.

use super::phrasing;
use caseward_events::Timestamp;
use caseward_projections::{AsOf, Decision, Question};

/// What an answer about a moment after the clock says.
pub const MAY_CHANGE: &str = "note: that instant lies in the future; the answer may still change";

/// That, where an answer is not settled.
#[must_use]
pub fn may_change(settled: Option<bool>) -> Option<&'static str> {
    (settled == Some(false)).then_some(MAY_CHANGE)
}

/// The same of a stretch of time.
pub const END_MAY_CHANGE: &str = "note: the end lies in the future; the answer may still change";

/// What is said of a time behind the last event that was read, in words that no clock enters: so they stay the same.
#[must_use]
pub fn beyond_the_log(recorded: Timestamp, until: Timestamp) -> Option<String> {
    let beyond = format!("The last event known is of {recorded}; later events may change what holds after that.");
    (until > recorded).then_some(beyond)
}

/// `allow` or `deny`.
#[must_use]
pub fn word(decision: &Decision) -> &'static str {
    if decision.decision { "allow" } else { "deny" }
}

/// What must be known beside the answer.
#[must_use]
pub fn notes(question: &Question, decision: &Decision) -> Vec<String> {
    let Question { subject, resource, .. } = question;
    let mut notes = Vec::new();
    if !decision.disclose {
        notes.push(format!("note: to {subject}, show {resource} as if it did not exist"));
    }
    if decision.settled == Some(false) {
        notes.push(MAY_CHANGE.to_owned());
    }
    notes
}

/// All of it.
#[must_use]
pub fn text(question: &Question, decision: &Decision) -> String {
    let Question { subject, action, resource, .. } = question;
    let Decision { rule, position, at, .. } = decision;
    let head = format!("{}  {subject} {action} {resource}   ({rule}, position {position})", word(decision));
    let why = phrasing::wrapped("  ", "  ", &phrasing::verdict(question, decision));
    let notes = notes(question, decision).into_iter().map(|note| phrasing::wrapped("  ", "  ", &note));
    // Of the past the instant says which past it was: a day that was typed is its first instant.
    let is_past = question.as_of != AsOf::Head || question.at.is_some();
    let instant = is_past.then(|| format!("  as of {at}"));
    [head, why].into_iter().chain(notes).chain(instant).collect::<Vec<_>>().join("\n")
}
