//! A decision: allow or deny, what is held, which rule decided, and every reason with the events that made it so.

use super::{Because, Effect, Missing, Rule, Source};
use crate::form::Scope;
use crate::recorded::Position;
use crate::reference::Party;
use crate::rights::Action;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Something that counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Its rule.
    pub rule: Rule,
    /// What it does.
    pub effect: Effect,
    /// Where it comes from.
    pub source: Source,
    /// Whom it names.
    pub subject: Party,
    /// What it gives of the rights on the resource.
    pub rights: Vec<Action>,
    /// What made it so: the entry, the path of memberships from the user outward, the switch, the policy.
    pub events: Vec<Position>,
}

/// Something that would have counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// Its rule.
    pub rule: Rule,
    /// Where it comes from.
    pub source: Source,
    /// Why it did not count.
    pub because: Because,
    /// The scope of the profile's row, where it does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// What that scope lacks to hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
    /// What made it so.
    pub events: Vec<Position>,
    /// What the JSON form of an answer leaves out: there for whoever asks within the process.
    #[serde(skip)]
    pub would_give: Option<WouldGive>,
}

impl SetAside {
    /// Whom it names, where that is known.
    #[must_use]
    pub fn subject(&self) -> Option<&Party> {
        self.would_give.as_ref().map(|would| &would.subject)
    }

    /// What it would give of the rights on the resource, where that is known.
    #[must_use]
    pub fn rights(&self) -> &[Action] {
        self.would_give.as_ref().map_or(&[], |would| &would.rights)
    }
}

/// What a reason that was set aside would give, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WouldGive {
    /// Whom it names.
    pub subject: Party,
    /// The rights on the resource.
    pub rights: Vec<Action>,
}

/// The answer to a question (`interface.md` section 2).
///
/// # Examples
/// ```
/// use caseward_events::answer::{Decision, Rule};
///
/// let line = concat!(
///     r#"{"decision":false,"rights":["read"],"rule":"insufficient","position":17,"at":"2026-03-01T00:00:00Z","#,
///     r#""disclose":true,"reasons":[{"rule":"case_grant","effect":"allow","source":"case:4711","#,
///     r#""subject":"group:night","rights":["read"],"events":[12,3]}],"set_aside":[]}"#,
/// );
/// let decision: Decision = serde_json::from_str(line)?;
/// assert!(!decision.decision && decision.rule == Rule::Insufficient);
/// assert_eq!(decision.reasons[0].events.len(), 2);
/// assert_eq!(serde_json::to_string(&decision)?, line);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Allow or deny.
    pub decision: bool,
    /// All rights held on the resource.
    pub rights: Vec<Action>,
    /// What decided.
    pub rule: Rule,
    /// Where it was asked.
    pub position: Position,
    /// The instant that windows were compared with.
    pub at: Timestamp,
    /// Whether the caller may learn that the resource exists.
    pub disclose: bool,
    /// Everything that counted, by rule, source and subject.
    pub reasons: Vec<Reason>,
    /// Everything that would have, likewise.
    pub set_aside: Vec<SetAside>,
    /// `false` where the question named an instant after the engine's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
    /// `false` where no event up to there names the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<bool>,
}

impl Decision {
    /// The reasons that give an action.
    pub fn reasons_for(&self, action: Action) -> impl Iterator<Item = &Reason> {
        let gives = move |reason: &&Reason| reason.effect == Effect::Allow && reason.rights.contains(&action);
        self.reasons.iter().filter(gives)
    }

    /// Every event that it names: of its reasons, and of what was set aside.
    pub fn names(&self) -> impl Iterator<Item = Position> {
        let reasons = self.reasons.iter().flat_map(|reason| &reason.events);
        reasons.chain(self.set_aside.iter().flat_map(|aside| &aside.events)).copied()
    }

    /// As it is told to whoever may not learn more than the subject may: where the resource is to be shown as absent, it is
    /// the answer, to the byte, about one that never was.
    #[must_use]
    pub fn as_disclosed(self) -> Decision {
        if self.disclose {
            return self;
        }
        let (rights, reasons, set_aside) = (Vec::new(), Vec::new(), Vec::new());
        Decision { decision: false, rule: Rule::NotFound, rights, reasons, set_aside, ..self }
    }

    /// The events that its reasons rest on.
    #[must_use]
    pub fn cited(&self) -> Vec<Position> {
        self.reasons.iter().flat_map(|reason| &reason.events).copied().collect()
    }
}
