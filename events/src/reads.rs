//! The log of reads: who asked about whom, when and why. One entry is one line of it.
//!
//! INVARIANT: an entry is printed as it was read, byte for byte, so that its hash can be made again. Absent on purpose:
//! where the lines lie (`caseward::store`), and which questions are kept (`caseward::service`).

use crate::recorded::Position;
use crate::reference::OrganizationName;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What happened, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadEntry {
    /// Never before the entry in front of it.
    pub time: Timestamp,
    /// What it was.
    #[serde(flatten)]
    pub what: ReadKind,
}

/// What an entry tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReadKind {
    /// A question of a person.
    Read(Box<Read>),
    /// So many questions before this entry were not kept: there was no room for them, or the disk failed.
    Dropped {
        /// How many.
        count: u64,
    },
    /// All entries up to one were erased.
    Erased(Erased),
}

/// A question of a person, and where it was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Whose data.
    pub organization: OrganizationName,
    /// Through whom: `token:ID`, `socket` or `loopback`.
    pub by: String,
    /// In whose name.
    pub actor: String,
    /// Whom or what the question names, as it was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<String>,
    /// The kind of question: method and path, or a verb.
    pub question: String,
    /// What was asked, as it was sent: the query of the address, or the body.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub asked: String,
    /// How many bytes of `asked` are left out.
    #[serde(default, skip_serializing_if = "is_none")]
    pub asked_bytes_left_out: usize,
    /// Why, as the caller says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The status of the answer; none where the caller went away before.
    pub status: Option<u16>,
    /// At which position it was answered, where the answer says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// The head when it was asked.
    pub head: Position,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none(bytes: &usize) -> bool {
    *bytes == 0
}

/// What was erased, and what is left of it: the root of the tree over all entries up to the last that is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Every entry before this instant.
    pub before: Timestamp,
    /// Who had them erased.
    pub by: String,
    /// How many this took away.
    pub count: u64,
    /// The number of the last that is gone.
    pub last: u64,
    /// Of the tree over all entries up to that one: 64 hexadecimal digits.
    pub root: String,
}

impl Read {
    /// Whether it names somebody or something.
    #[must_use]
    pub fn names(&self, what: &str) -> bool {
        self.about.iter().any(|named| named == what)
    }
}

/// An entry with its number, as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedRead {
    /// From 1, without gaps.
    pub number: u64,
    /// The entry.
    #[serde(flatten)]
    pub entry: ReadEntry,
}

/// A page of entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadsPage {
    /// In their order.
    pub reads: Vec<NumberedRead>,
    /// Where the next page begins; none behind the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
    /// How many entries there ever were.
    pub size: u64,
    /// Of the tree over them: 64 hexadecimal digits.
    pub root: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 4] = [
        r#"{"time":"2026-03-01T12:00:00Z","kind":"read","organization":"default","by":"token:3kTq09xZaB7d","actor":"system:desk","about":["user:ana","case:1"],"question":"GET /v1/orgs/{org}/rights","asked":"subject=user:ana&resource=case:1","purpose":"complaint 17","status":200,"position":328,"head":328}"#,
        r#"{"time":"2026-03-01T12:00:01Z","kind":"read","organization":"north","by":"socket","actor":"system:unknown","question":"GET /v1/orgs/{org}/events","status":null,"head":0}"#,
        r#"{"time":"2026-03-01T12:00:02Z","kind":"dropped","count":12}"#,
        r#"{"time":"2026-03-01T12:00:03Z","kind":"erased","before":"2026-02-01T00:00:00Z","by":"socket","count":2,"last":2,"root":"00"}"#,
    ];

    #[test]
    fn an_entry_is_printed_as_it_was_read() {
        for line in LINES {
            let entry: ReadEntry = serde_json::from_str(line).expect(line);
            assert_eq!(serde_json::to_string(&entry).expect("it has a JSON form"), line);
        }
    }

    #[test]
    fn a_question_names_whom_it_was_asked_about_and_nobody_else() {
        let entry: ReadEntry = serde_json::from_str(LINES[0]).expect("it is an entry");
        let ReadKind::Read(read) = entry.what else { panic!("it is a question") };
        assert!(read.names("user:ana") && read.names("case:1"));
        assert!(!read.names("user:an") && !read.names("ana") && !read.names("case:11"));
    }
}
