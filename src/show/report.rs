//! What an auditor hands on: who held what on a resource, or what a user held, every change of it with its cause, and the
//! events behind it, as one HTML document without script or anything beside it.
//!
//! INVARIANT: what it says depends on its subject, its stretch of time and a position of the log alone, and it names the
//! command that pins all three: that gives the same bytes for ever. So neither the clock nor the head enters it,
//! unless a tree head is asked for, which commits to the log as it is now.

mod by_cause;
mod document;
mod inline;
mod tables;

use crate::engine::report::{About, Report, ReportQuery, Reported};
use crate::show::phrasing::Cited;
use crate::show::timeline::{Picture, RowsAre};
use caseward_events::{OrganizationName, Recorded, Reference};

/// What a document is made of.
pub struct Document {
    /// As it is named.
    pub about: Reference,
    /// What its rows differ in.
    pub rows_are: RowsAre,
    /// Whose log it is.
    pub organization: OrganizationName,
    /// The answer.
    pub report: Report,
    /// How many rows were asked for at most.
    pub limit: usize,
    /// The drawing of its timeline.
    pub picture: Picture,
    /// Everything that is cited anywhere.
    pub cited: Cited,
    /// The last event that was known.
    pub known: Option<Recorded>,
    /// What stands around it.
    pub frame: Frame,
    /// A tree head over the log, where one was asked for.
    pub sealed: Option<Sealed>,
}

/// What whoever hands it on puts on it.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// In place of its own title.
    pub title: Option<String>,
    /// A line below the facts.
    pub note: Option<String>,
    /// How it is classified: at its top.
    pub mark: Option<String>,
}

/// A signed tree head.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The note, as `tree-head` writes it.
    pub note: String,
    /// The public key that it was signed with, as `key show` writes it.
    pub key: String,
    /// How many events it commits to.
    pub size: u64,
}

impl Document {
    /// Of what was asked, named as whoever asked did, and what came of it.
    #[must_use]
    pub fn of(about: Reference, organization: OrganizationName, query: &ReportQuery, reported: Reported) -> Document {
        let Reported { report, of_timeline: mut cited, of_pairs, known } = reported;
        let rows_are = match query.about {
            About::Resource(_) => RowsAre::Subjects,
            About::User(_) => RowsAre::Resources,
        };
        let picture = Picture::of(rows_are, &report.timeline, &cited);
        cited.extend(of_pairs);
        Document {
            about,
            rows_are,
            organization,
            report,
            limit: query.limit,
            picture,
            cited,
            known,
            frame: Frame::default(),
            sealed: None,
        }
    }
}
