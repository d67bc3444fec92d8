//! Who held something on a resource, and when, as a drawing: in blocks for a terminal, or as SVG.
//!
//! The way: `picture` says what is drawn with which words, `axis` where an instant lies, `svg` and `blocks` draw.

mod axis;
mod blocks;
mod colours;
mod elements;
mod fit_text;
mod picture;
pub(super) mod svg;
mod told;

use super::phrasing::Cited;
use super::{decision, escape, phrasing};
use crate::engine::timeline::Timeline;
pub use axis::Scale;
use caseward_events::Resource;
use caseward_events::answer::TimelineSubject;
pub use picture::{Picture, RowsAre, said_of};
pub use told::answer;

/// A page of a timeline, as it is drawn.
pub struct Drawing<'a> {
    /// Of what.
    pub resource: &'a Resource,
    /// The answer.
    pub answer: &'a Timeline,
    /// The events that it cites.
    pub cited: &'a Cited,
    /// Whether there is a page before it.
    pub is_later_page: bool,
}

impl Drawing<'_> {
    fn is_case(&self) -> bool {
        matches!(self.resource, Resource::Case(_))
    }

    fn title(&self) -> String {
        let what = if self.is_case() { "could read and write" } else { "held rights on" };
        format!("Who {what} {}, and when", escape::visible(&self.resource.to_string()))
    }

    fn picture(&self) -> Picture {
        Picture::of(RowsAre::Subjects, self.answer, self.cited)
    }

    /// The stretch, and what of it is not drawn.
    fn stretch(&self, picture: &Picture) -> String {
        let Timeline { from, to, .. } = self.answer;
        let quiet = match picture.unchanged_until {
            None => String::new(),
            Some(_) => format!("; drawn to {}, after which nothing changed", picture.scale.to),
        };
        format!("From {from} to {to}, in UTC{quiet}.")
    }

    /// How many there are.
    #[must_use]
    pub fn subjects(&self) -> String {
        let of_page = if self.answer.more || self.is_later_page { " on this page" } else { "" };
        match self.answer.rows.len() {
            0 => format!("nobody held a right{of_page}"),
            1 => format!("one subject{of_page}"),
            many => format!("{many} subjects{of_page}"),
        }
    }

    /// As an SVG document. It names the command that makes it again and, where there are more subjects, the page behind it.
    #[must_use]
    pub fn svg(&self, command: &str, next: Option<&str>) -> String {
        let picture = self.picture();
        let mut under = vec![self.stretch(&picture)];
        if !self.is_case() {
            under.push("A right with +1 behind it stands for one more that was held at the same times.".to_owned());
        }
        if self.answer.rows.iter().any(|row| row.subject == TimelineSubject::Everyone) {
            under.push("`everyone` stands for every enabled user who has no row.".to_owned());
        }
        let mut foot = vec![format!("Drawn by: {}", command)];
        let Timeline { position, recorded, to, .. } = self.answer;
        foot.push(format!(
            "As known at position {position}; {}. caseward {}.",
            self.subjects(),
            env!("CARGO_PKG_VERSION")
        ));
        foot.extend(decision::beyond_the_log(*recorded, *to));
        if let Some(next) = next {
            foot.push(format!("More subjects: --after {}", phrasing::typed(&[next])));
        }
        svg::document(&picture, &svg::Words { title: &self.title(), under: &under, foot: &foot })
    }

    /// In blocks, for a terminal of so many columns.
    #[must_use]
    pub fn lines(&self, columns: usize) -> Vec<String> {
        let picture = self.picture();
        let mut lines = vec![phrasing::wrapped("", "  ", &self.title())];
        lines.push(phrasing::wrapped("", "  ", &self.stretch(&picture)));
        if self.answer.rows.is_empty() {
            lines.push(self.subjects());
        } else {
            lines.push(blocks::key(&picture, !self.is_case()));
            lines.push(String::new());
            lines.extend(blocks::lines(&picture, columns, !self.is_case()));
        }
        if !picture.listed.is_empty() {
            lines.push(String::new());
            lines.extend(blocks::told(&picture));
        }
        lines
    }
}
