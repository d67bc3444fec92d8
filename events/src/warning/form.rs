//! A warning as answers write and read it: its code, its message, and what it names.
//!
//! INVARIANT: keys stand in the order of the fields, and what is written is read back as it was. Absent on purpose: the
//! form in which the log keeps it, by number.

use super::{Dormancy, StillGiven, Stored, Warning, dormancy, more};
use crate::id::{CaseId, DefinitionId, LinkId, UserId};
use crate::reference::{ListRef, Subject};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What answers say.
#[derive(Serialize)]
struct Told<'a> {
    code: &'static str,
    message: String,
    #[serde(flatten)]
    named: Named<'a>,
}

/// What a warning names, by key.
#[derive(Serialize)]
#[serde(untagged)]
enum Named<'a> {
    Entries {
        subject: &'a Subject,
        entries: &'a [StillGiven],
        #[serde(skip_serializing_if = "Option::is_none")]
        count: Option<u64>,
    },
    Reasons {
        #[serde(skip_serializing_if = "Option::is_none")]
        subject: Option<&'a Subject>,
        #[serde(flatten)]
        first: Box<dormancy::Told>,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        also: &'a [Dormancy],
    },
    Cases {
        subject: &'a Subject,
        cases: &'a [CaseId],
        count: u64,
    },
    Creator {
        creator: &'a UserId,
        definition: &'a DefinitionId,
    },
    Subject {
        subject: &'a Subject,
    },
    On {
        subject: &'a Subject,
        on: &'a ListRef,
    },
    Links {
        links: &'a [LinkId],
        count: u64,
    },
    Lists {
        subject: &'a Subject,
        lists: &'a [ListRef],
        count: u64,
    },
}

impl<'a> Named<'a> {
    fn reasons(subject: Option<&'a Subject>, reasons: &'a [Dormancy]) -> Named<'a> {
        let (first, also) = reasons.split_first().expect("it has a reason");
        Named::Reasons { subject, first: Box::new(first.into()), also }
    }
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return Stored::from(self.clone()).serialize(serializer);
        }
        let named = match self {
            Warning::Ineffective { subject, entries, count } => {
                let count = more(entries, *count).map(|_| *count);
                Named::Entries { subject, entries, count }
            }
            Warning::Dormant { reasons } => Named::reasons(None, reasons),
            Warning::DormantFor { subject, reasons } => Named::reasons(Some(subject), reasons),
            Warning::GrantsSurvive { subject, cases, count } => Named::Cases { subject, cases, count: *count },
            Warning::RestrictedSurvives { entry } => {
                Named::Entries { subject: &entry.to, entries: std::slice::from_ref(entry), count: None }
            }
            Warning::Unregistered { creator, definition } => Named::Creator { creator, definition },
            Warning::NoWildcard { subject } => Named::Subject { subject },
            Warning::GivenAgain { subject, on } => Named::On { subject, on },
            Warning::LinksReturn { links, count } => Named::Links { links, count: *count },
            Warning::EntriesRemain { subject, lists, count } => Named::Lists { subject, lists, count: *count },
        };
        Told { code: self.code(), message: self.message(), named }.serialize(serializer)
    }
}

/// As answers say it; the message follows from the rest.
#[derive(Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
enum Read {
    Ineffective {
        subject: Subject,
        entries: Vec<StillGiven>,
        count: Option<u64>,
    },
    Dormant {
        #[serde(default)]
        subject: Option<Subject>,
        #[serde(flatten)]
        first: Dormancy,
        #[serde(default)]
        also: Vec<Dormancy>,
    },
    GrantsSurvive {
        subject: Subject,
        #[serde(default)]
        cases: Vec<CaseId>,
        #[serde(default)]
        entries: Vec<StillGiven>,
        count: Option<u64>,
    },
    Unregistered {
        creator: UserId,
        definition: DefinitionId,
    },
    NoWildcard {
        subject: Subject,
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

impl From<Read> for Warning {
    fn from(read: Read) -> Warning {
        match read {
            Read::Ineffective { subject, entries, count: None } => Warning::ineffective(subject, entries),
            Read::Ineffective { subject, entries, count: Some(count) } => {
                Warning::Ineffective { subject, entries, count }
            }
            Read::Dormant { subject, first, also } => {
                let reasons = [vec![first], also].concat();
                match subject {
                    Some(subject) => Warning::DormantFor { subject, reasons },
                    None => Warning::Dormant { reasons },
                }
            }
            Read::GrantsSurvive { subject, cases, entries, count } => match (entries.into_iter().next(), count) {
                (Some(entry), _) => Warning::RestrictedSurvives { entry },
                (None, None) => Warning::grants_survive(subject, cases),
                (None, Some(count)) => Warning::GrantsSurvive { subject, cases, count },
            },
            Read::Unregistered { creator, definition } => Warning::Unregistered { creator, definition },
            Read::NoWildcard { subject } => Warning::NoWildcard { subject },
            Read::GivenAgain { subject, on } => Warning::GivenAgain { subject, on },
            Read::LinksReturn { links, count } => Warning::LinksReturn { links, count },
            Read::EntriesRemain { subject, lists, count } => Warning::EntriesRemain { subject, lists, count },
        }
    }
}

impl<'de> Deserialize<'de> for Warning {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Read::deserialize(deserializer).map(Warning::from);
        }
        match Stored::deserialize(deserializer)? {
            // It could not be told.
            Stored::Dormant { reasons } | Stored::DormantFor { reasons, .. } if reasons.is_empty() => {
                Err(D::Error::custom("a warning of what gives nothing, without a reason"))
            }
            stored => Ok(stored.into()),
        }
    }
}
