//! A decision: allow or deny, what is held, which rule decided, and every reason with the events that made it so.

use caseward_events::{Action, CaseId, DelegationId, LinkId, Party, Position, ProfileId, Resource, Subject, Timestamp};
use serde::{Serialize, Serializer};
use std::fmt;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $text:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// As answers write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    )+};
}

words! {
    /// The rules of `semantics.md` section 3, in the order of its steps; reasons are sorted by it.
    Rule {
        /// Step 1: the resource does not exist, or did not yet.
        NotFound "not_found",
        /// Step 1: the user is disabled.
        UserDisabled "user_disabled",
        /// Step 2: an exclusion stands, whatever else holds.
        Wall "wall",
        /// Step 3: an org admin may.
        OrgAdmin "org_admin",
        /// Step 3: an org admin whose own entry on the restricted list cuts what may be done to the case.
        OrgAdminCapped "org_admin_capped",
        /// Step 4: an entry of the restricted list.
        RestrictedEntry "restricted_entry",
        /// Step 4: the case is restricted, and nothing on its list helps.
        Restricted "restricted",
        /// Step 5: access control of the definition is off.
        AccessControlOff "access_control_off",
        /// Step 6: an entry of the organization list.
        OrganizationGrant "organization_grant",
        /// Step 6: an entry of the definition list.
        DefinitionGrant "definition_grant",
        /// Step 6: an entry of the case list.
        CaseGrant "case_grant",
        /// Step 6: the user's profile.
        Profile "profile",
        /// Step 6: a profile in Administrator Mode.
        ModuleAdministrator "module_administrator",
        /// Step 6: what another user handed on.
        Delegation "delegation",
        /// Step 6: access taken in an emergency.
        BreakGlass "break_glass",
        /// A public link to the case.
        Link "link",
        /// Step 8: the profile would give it, were the case not completed.
        CompletedLocked "completed_locked",
        /// Step 8: an entry's window has ended, or that of a link, or it was revoked.
        Expired "expired",
        /// Step 8: an entry's window has not begun.
        NotYetValid "not_yet_valid",
        /// Step 8: a group on the way is switched off.
        GroupInactive "group_inactive",
        /// Steps 4 and 8: some right is held, not this one.
        Insufficient "insufficient",
        /// Step 8: nothing is held.
        NoGrant "no_grant",
    }

    /// What a reason does.
    Effect {
        /// It gives rights.
        Allow "allow",
        /// It takes them.
        Deny "deny",
    }

    /// Why a reason was set aside.
    Because {
        /// The case is restricted.
        Restricted "restricted",
        /// A wall takes it.
        Walled "walled",
        /// The entry of an org admin cuts it.
        Capped "capped",
        /// Its window has ended.
        Expired "expired",
        /// Its window has not begun.
        NotYetValid "not_yet_valid",
        /// A group on the way is switched off.
        GroupInactive "group_inactive",
        /// The case is completed.
        Completed "completed",
        /// Read of the case is not held.
        ReadMissing "read_missing",
    }
}

/// The list that a reason came from, or the resource itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// `organization`, `definition:X`, `case:Y`: their lists, or they themselves.
    Resource(Resource),
    /// `restriction:Y`: the restricted list of a case.
    Restriction(CaseId),
    /// `profile:P`.
    Profile(ProfileId),
    /// `delegation:D`.
    Delegation(DelegationId),
    /// `link:L`.
    Link(LinkId),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Resource(resource) => resource.fmt(f),
            Source::Restriction(case) => write!(f, "restriction:{case}"),
            Source::Profile(profile) => write!(f, "profile:{profile}"),
            Source::Delegation(delegation) => write!(f, "delegation:{delegation}"),
            Source::Link(link) => write!(f, "link:{link}"),
        }
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Something that counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetAside {
    /// Its rule.
    pub rule: Rule,
    /// Where it comes from.
    pub source: Source,
    /// Why it did not count.
    pub because: Because,
    /// What made it so.
    pub events: Vec<Position>,
    /// Whom it names; the fixed form of an answer leaves it out.
    #[serde(skip)]
    pub subject: Party,
    /// What it would give; likewise.
    #[serde(skip)]
    pub rights: Vec<Action>,
}

/// The answer of `interface.md` section 2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
}

impl Decision {
    /// The events that its reasons rest on.
    #[must_use]
    pub fn cited(&self) -> Vec<Position> {
        self.reasons.iter().flat_map(|reason| &reason.events).copied().collect()
    }
}

/// The answer to `what`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct What {
    /// By reference.
    pub resources: Vec<Resource>,
    /// Where it was asked.
    pub position: Position,
    /// Whether there are more behind the last one.
    #[serde(skip)]
    pub more: bool,
}

/// The answer to `who`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Who {
    /// Whether everybody may, access control being off; those listed are among them.
    pub everyone: bool,
    /// Users, by reference.
    pub subjects: Vec<Subject>,
    /// Links that share it, by reference.
    pub links: Vec<caseward_events::Asker>,
    /// Where it was asked.
    pub position: Position,
}
