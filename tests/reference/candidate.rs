//! What is put to the test: anything that takes a history and answers questions about it, in the JSON of
//! `interface.md` sections 1 and 2.

use caseward_events::Recorded;
use serde_json::Value;

/// An engine under test. It starts empty: the harness is given a way to open a fresh one.
pub trait Candidate: Sized {
    /// Imports the lines, in order; one answer each. It is called more than once, and goes on where it stopped.
    fn import(&mut self, lines: &[String]) -> Vec<Value>;

    /// The answer to a question of `interface.md` section 2.
    fn check(&self, question: &Value) -> Value;

    /// The answer to `{"action", "resource", "as_of"?, "at"?}`: `everyone`, `subjects`, `links`, `position`.
    fn who(&self, question: &Value) -> Value;

    /// The answer to `{"subject", "action", "definition"?, "as_of"?, "at"?}`: `resources`, `position`.
    fn what(&self, question: &Value) -> Value;

    /// The answer to `{"subject", "action", "resource", "from", "to", "as_of"}`: `intervals`.
    fn access(&self, question: &Value) -> Value;

    /// The answer to `{"of", "from", "to"}`: `gained`, `lost`, `changed`, and `by_cause` of the organization.
    fn diff(&self, question: &Value) -> Value;

    /// All events, in order.
    fn events(&self) -> Vec<Recorded>;

    /// Whether its log holds the lines that it was given, or others that say the same.
    fn holds_the_lines(&self) -> bool {
        true
    }

    /// Stopped and started again.
    fn reopened(self) -> Self;

    /// With all views folded anew from the log.
    fn rebuilt(self) -> Self;
}
