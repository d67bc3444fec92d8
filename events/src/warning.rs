//! Warnings: the command was accepted, and something about it may surprise.
//!
//! INVARIANT: as JSON a warning is `code`, `message`, and what it names (`interface.md` section 1); in the log it is its
//! number and its fields, without words.

mod dormancy;
mod form;

use crate::id::{CaseId, DefinitionId, LinkId, UserId};
use crate::reference::{ListRef, Subject};
use crate::rights::Rights;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use dormancy::Dormancy;

/// What a warning names of each kind; beyond that it says how many there are.
pub const NAMED_MAX: usize = 100;

/// Kept with the first event of its command, so that a repeated id answers as the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// What was lowered or revoked is still given elsewhere (D9).
    Ineffective {
        /// Whose entry was changed.
        subject: Subject,
        /// The entries that still give something of what was lost: the first [`NAMED_MAX`].
        entries: Vec<StillGiven>,
        /// How many there are.
        count: u64,
    },
    /// What was given gives nothing now.
    Dormant {
        /// Why; at least one.
        reasons: Vec<Dormancy>,
    },
    /// Revoked on the definition; these grants on its cases stay (D43).
    GrantsSurvive {
        /// Whose they are.
        subject: Subject,
        /// By id, bytewise: the first [`NAMED_MAX`].
        cases: Vec<CaseId>,
        /// How many there are.
        count: u64,
    },
    /// The creator of the case lacks `register` on its definition.
    Unregistered {
        /// Who opened it.
        creator: UserId,
        /// The definition.
        definition: DefinitionId,
    },
    /// Revoked on the list of a restricted case; the entry of the list that counts stays.
    RestrictedSurvives {
        /// That entry.
        entry: StillGiven,
    },
    /// `*` is an id like any other.
    NoWildcard {
        /// Whom the command names.
        subject: Subject,
    },
    /// Of several to whom a command gives something, one for whom it gives nothing now.
    DormantFor {
        /// Who.
        subject: Subject,
        /// Why; at least one.
        reasons: Vec<Dormancy>,
    },
    /// What was taken away once is given anew, by a command that may be an old one, delivered again.
    GivenAgain {
        /// Whose it is.
        subject: Subject,
        /// The list; the organization for the office of an org admin.
        on: ListRef,
    },
    /// Public links work again.
    LinksReturn {
        /// By id, bytewise: the first [`NAMED_MAX`].
        links: Vec<LinkId>,
        /// How many there are.
        count: u64,
    },
    /// A group that counts again still has entries.
    EntriesRemain {
        /// The group.
        subject: Subject,
        /// The lists, by reference, bytewise: the first [`NAMED_MAX`].
        lists: Vec<ListRef>,
        /// How many there are.
        count: u64,
    },
}

/// An entry that still gives a right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StillGiven {
    /// The list it is on.
    pub on: ListRef,
    /// Whom it names.
    pub to: Subject,
    /// What of the lost rights it gives.
    pub rights: Rights,
}

impl Warning {
    /// The code of each, once.
    pub const CODES: [&'static str; 8] = [
        "ineffective",
        "dormant",
        "grants_survive",
        "unregistered",
        "no_wildcard",
        "given_again",
        "links_return",
        "entries_remain",
    ];

    /// As answers write it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Warning::Ineffective { .. } => "ineffective",
            Warning::Dormant { .. } | Warning::DormantFor { .. } => "dormant",
            Warning::GrantsSurvive { .. } | Warning::RestrictedSurvives { .. } => "grants_survive",
            Warning::Unregistered { .. } => "unregistered",
            Warning::NoWildcard { .. } => "no_wildcard",
            Warning::GivenAgain { .. } => "given_again",
            Warning::LinksReturn { .. } => "links_return",
            Warning::EntriesRemain { .. } => "entries_remain",
        }
    }

    /// In words.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Warning::Ineffective { subject, entries, count } => {
                let mut still: Vec<_> = entries
                    .iter()
                    .map(|entry| format!("{} through `{}` on `{}`", entry.rights, entry.to, entry.on))
                    .collect();
                still.extend(more(entries, *count).map(|more| format!("{more} more entries give something of it")));
                format!("`{subject}` still has {}", still.join("; "))
            }
            Warning::Dormant { reasons } => {
                format!("it gives nothing now: {}", messages(reasons))
            }
            Warning::DormantFor { subject, reasons } => {
                format!("it gives `{subject}` nothing now: {}", messages(reasons))
            }
            Warning::GrantsSurvive { subject, count, .. } => {
                format!("`{subject}` keeps the grants on {count} of its cases")
            }
            Warning::RestrictedSurvives { entry: StillGiven { on, to, rights } } => {
                format!("the case is restricted, and `{to}` keeps {rights} on `{on}`, the list that counts")
            }
            Warning::Unregistered { creator, definition } => {
                format!("`user:{creator}` may not register on `definition:{definition}`")
            }
            Warning::GivenAgain { subject, on } => {
                format!("what was taken away from `{subject}` on `{on}` is given again")
            }
            Warning::LinksReturn { count, .. } => format!("public links work again: {count}"),
            Warning::EntriesRemain { subject, count, .. } => {
                format!("`{subject}` still has entries, which count again for whoever is in it: {count}")
            }
            Warning::NoWildcard { subject } => {
                format!("`{subject}` is the one whose id is `*`, and nobody else: there are no wildcards")
            }
        }
    }

    /// As a JSON value, for whoever looks into it; printed it would have its keys sorted.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("a warning has a JSON form")
    }
}

fn messages(reasons: &[Dormancy]) -> String {
    reasons.iter().map(Dormancy::message).collect::<Vec<_>>().join("; ")
}

/// How many there are beside those named.
fn more<T>(named: &[T], count: u64) -> Option<u64> {
    count.checked_sub(named.len() as u64).filter(|more| *more > 0)
}

/// What the log holds. New ones come last: the number is the place here. Those that name all there are say no count.
#[derive(Serialize, Deserialize)]
enum Stored {
    Ineffective {
        subject: Subject,
        entries: Vec<StillGiven>,
    },
    /// The only reason that the first release knew.
    DormantWhileOff {
        definition: DefinitionId,
    },
    GrantsSurvive {
        subject: Subject,
        cases: Vec<CaseId>,
    },
    Unregistered {
        creator: UserId,
        definition: DefinitionId,
    },
    Dormant {
        reasons: Vec<Dormancy>,
    },
    RestrictedSurvives {
        entry: StillGiven,
    },
    NoWildcard {
        subject: Subject,
    },
    IneffectiveOfMany {
        subject: Subject,
        entries: Vec<StillGiven>,
        count: u64,
    },
    GrantsSurviveOfMany {
        subject: Subject,
        cases: Vec<CaseId>,
        count: u64,
    },
    DormantFor {
        subject: Subject,
        reasons: Vec<Dormancy>,
    },
    GivenAgain {
        subject: Subject,
        on: ListRef,
    },
    LinksReturn {
        links: Vec<LinkId>,
        count: u64,
    },
    EntriesRemain {
        subject: Subject,
        lists: Vec<ListRef>,
        count: u64,
    },
}

impl From<Warning> for Stored {
    fn from(warning: Warning) -> Stored {
        match warning {
            Warning::Ineffective { subject, entries, count } if more(&entries, count).is_some() => {
                Stored::IneffectiveOfMany { subject, entries, count }
            }
            Warning::Ineffective { subject, entries, .. } => Stored::Ineffective { subject, entries },
            Warning::Dormant { reasons } => match &reasons[..] {
                [Dormancy::AccessControlOff { definition }] => {
                    Stored::DormantWhileOff { definition: definition.clone() }
                }
                _ => Stored::Dormant { reasons },
            },
            Warning::GrantsSurvive { subject, cases, count } if more(&cases, count).is_some() => {
                Stored::GrantsSurviveOfMany { subject, cases, count }
            }
            Warning::GrantsSurvive { subject, cases, .. } => Stored::GrantsSurvive { subject, cases },
            Warning::Unregistered { creator, definition } => Stored::Unregistered { creator, definition },
            Warning::RestrictedSurvives { entry } => Stored::RestrictedSurvives { entry },
            Warning::NoWildcard { subject } => Stored::NoWildcard { subject },
            Warning::DormantFor { subject, reasons } => Stored::DormantFor { subject, reasons },
            Warning::GivenAgain { subject, on } => Stored::GivenAgain { subject, on },
            Warning::LinksReturn { links, count } => Stored::LinksReturn { links, count },
            Warning::EntriesRemain { subject, lists, count } => Stored::EntriesRemain { subject, lists, count },
        }
    }
}

impl From<Stored> for Warning {
    fn from(stored: Stored) -> Warning {
        match stored {
            Stored::Ineffective { subject, entries } => Warning::ineffective(subject, entries),
            Stored::DormantWhileOff { definition } => {
                Warning::Dormant { reasons: vec![Dormancy::AccessControlOff { definition }] }
            }
            Stored::GrantsSurvive { subject, cases } => Warning::grants_survive(subject, cases),
            Stored::Unregistered { creator, definition } => Warning::Unregistered { creator, definition },
            Stored::IneffectiveOfMany { subject, entries, count } => Warning::Ineffective { subject, entries, count },
            Stored::GrantsSurviveOfMany { subject, cases, count } => Warning::GrantsSurvive { subject, cases, count },
            Stored::Dormant { reasons } => Warning::Dormant { reasons },
            Stored::RestrictedSurvives { entry } => Warning::RestrictedSurvives { entry },
            Stored::NoWildcard { subject } => Warning::NoWildcard { subject },
            Stored::DormantFor { subject, reasons } => Warning::DormantFor { subject, reasons },
            Stored::GivenAgain { subject, on } => Warning::GivenAgain { subject, on },
            Stored::LinksReturn { links, count } => Warning::LinksReturn { links, count },
            Stored::EntriesRemain { subject, lists, count } => Warning::EntriesRemain { subject, lists, count },
        }
    }
}

/// Those that name all there are.
impl Warning {
    fn ineffective(subject: Subject, entries: Vec<StillGiven>) -> Warning {
        let count = entries.len() as u64;
        Warning::Ineffective { subject, entries, count }
    }

    fn grants_survive(subject: Subject, cases: Vec<CaseId>) -> Warning {
        let count = cases.len() as u64;
        Warning::GrantsSurvive { subject, cases, count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survive(named: usize, count: u64) -> Warning {
        let cases = (0..named).map(|number| format!("c{number}").parse().expect("an id")).collect();
        Warning::GrantsSurvive { subject: "group:night".parse().expect("a subject"), cases, count }
    }

    #[test]
    fn a_warning_without_a_reason_is_damage_and_no_panic() {
        for number in [4, 9] {
            let stored = [&[number][..], if number == 9 { &[0, 1, b'a'] } else { &[] }, &[0]].concat();
            assert!(postcard::from_bytes::<Warning>(&stored).is_err(), "{number}");
        }
        let one = Warning::DormantFor {
            subject: "user:a".parse().expect("a subject"),
            reasons: vec![Dormancy::UserDisabled { user: "a".parse().expect("an id") }],
        };
        let bytes = postcard::to_allocvec(&one).expect("it can be written");
        assert_eq!((bytes[0], postcard::from_bytes::<Warning>(&bytes)), (9, Ok(one)));
    }

    #[test]
    fn what_names_all_there_are_is_stored_as_it_ever_was_and_what_does_not_says_how_many() {
        #[derive(Serialize)]
        enum First {
            #[expect(dead_code, reason = "it has the number before")]
            Ineffective,
            #[expect(dead_code, reason = "it has the number before")]
            Dormant,
            GrantsSurvive {
                subject: Subject,
                cases: Vec<CaseId>,
            },
        }
        for named in [1, NAMED_MAX, NAMED_MAX + 9] {
            let all = survive(named, named as u64);
            let Warning::GrantsSurvive { subject, cases, .. } = all.clone() else { unreachable!("it was made here") };
            let before = postcard::to_allocvec(&First::GrantsSurvive { subject, cases }).expect("it can be written");
            assert_eq!(postcard::to_allocvec(&all).expect("it can be written"), before, "{named}");
            assert_eq!(postcard::from_bytes::<Warning>(&before).expect("it can be read"), all, "{named}");
        }
        let many = survive(NAMED_MAX, 1_800_000);
        let bytes = postcard::to_allocvec(&many).expect("it can be written");
        assert_eq!(postcard::from_bytes::<Warning>(&bytes).expect("it can be read"), many);
        assert_eq!(many.to_json()["count"], 1_800_000);
        assert_eq!(many.to_json()["cases"].as_array().map(Vec::len), Some(NAMED_MAX));
        assert_eq!(serde_json::from_value::<Warning>(many.to_json()).expect("it can be read"), many);
    }
}
