//! What an evaluation finds on its way: kept for reasons, dropped by a bare check at no cost.

use crate::facts::number::{ListIndex, SubjectKey};
use crate::facts::position::Pos32;
use caseward_events::answer::{Because, Rule};
use caseward_events::{Rights, Scope};

/// Something that counted, by numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Found {
    /// An entry of a list.
    Entry { rule: Rule, list: ListIndex, subject: SubjectKey, rights: Rights, since: Pos32 },
    /// The user is an org admin; under a cap, since when the own entry stands.
    OrgAdmin { since: Pos32, rights: Rights, capped: Option<Pos32> },
    /// Access control is off.
    AccessControlOff { definition: u32, since: Pos32, rights: Rights },
    /// The profile that the user has.
    Profile { profile: u32, rights: Rights },
    /// The same, with a scope of its row that does not hold.
    OutOfScope { profile: u32, scope: Scope, rights: Rights },
    /// Likewise, in Administrator Mode.
    ModuleAdministrator { profile: u32, rights: Rights },
    /// What another user handed on.
    Delegation { delegation: u32, rights: Rights },
    /// A broken glass.
    BrokenGlass { broken: Pos32, rights: Rights },
    /// A public link.
    Link { link: u32 },
    /// The user is disabled.
    Disabled { since: Pos32 },
    /// The case is restricted, and that decided.
    Restricted { since: Pos32 },
    /// An exclusion.
    Wall { subject: SubjectKey, since: Pos32 },
}

/// What an evaluation finds on its way.
pub(crate) trait Trace {
    /// Whether what is set aside is wanted: finding it takes steps of its own.
    const WANTED: bool;
    /// Something that counted.
    fn found(&mut self, found: Found);
    /// Something that would have.
    fn set_aside(&mut self, found: Found, because: Because);
}

/// Keeps nothing.
pub(crate) struct Silent;

impl Trace for Silent {
    const WANTED: bool = false;
    #[inline]
    fn found(&mut self, _: Found) {}
    #[inline]
    fn set_aside(&mut self, _: Found, _: Because) {}
}
