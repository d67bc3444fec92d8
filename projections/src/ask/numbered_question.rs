//! A check by numbers, and its bare outcome.

use crate::facts::number::Target;
use caseward_events::answer::Rule;
use caseward_events::{Action, Rights};

/// A question with its names looked up; who or what no event names has no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberedQuestion {
    /// The user, where events name one.
    pub user: Option<u32>,
    /// What is to be done.
    pub action: Action,
    /// To what.
    pub target: Target,
}

/// The bare outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Allow or deny.
    pub allowed: bool,
    /// All that is held.
    pub rights: Rights,
    /// What decided.
    pub rule: Rule,
    /// Whether the caller may learn that the resource exists.
    pub disclose: bool,
}

impl Verdict {
    pub(super) const NOT_FOUND: Verdict =
        Verdict { allowed: false, rights: Rights::NONE, rule: Rule::NotFound, disclose: false };

    pub(super) fn deny(rule: Rule, rights: Rights, disclose: bool) -> Verdict {
        Verdict { allowed: false, rights, rule, disclose }
    }
}
