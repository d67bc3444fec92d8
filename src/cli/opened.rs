//! An open store as a question is put to it: the engine, the organization, and what `--as-of` and `--at` say of all.
//!
//! Absent on purpose: how it was opened, and how answers leave; whoever asks needs neither.

use super::args::When;
use super::exit::Failure;
use crate::engine::{Engine, ListPage, Organization, Reader};
use crate::show::phrasing::Cited;
use caseward_events::ask::AsOf;
use caseward_events::{Position, Resource};
use caseward_projections::Resolved;

/// An open store, with the organization that was asked for.
#[derive(Clone)]
pub struct Opened {
    pub engine: Engine,
    pub organization: Organization,
    pub when: When,
}

impl Opened {
    /// What `--as-of` says.
    #[must_use]
    pub fn as_of(&self) -> AsOf {
        self.when.as_of.map_or(AsOf::Head, |given| given.at(self.engine.now()))
    }

    /// A reader where `--as-of` and `--at` say.
    ///
    /// # Errors
    /// A position above the head.
    pub async fn reader(&self) -> Result<Reader<'_>, Failure> {
        Ok(self.organization.reader(self.as_of(), self.when.at()).await?)
    }

    /// The same for a list: where its first page was asked, if this is a later one.
    ///
    /// # Errors
    /// A position above the head: of a token, that it is of another log.
    pub async fn reader_for(&self, page: &ListPage) -> Result<Reader<'_>, Failure> {
        Ok(self.organization.reader_for(page, self.as_of(), self.when.at()).await?)
    }

    /// Whether there is such a resource at a position that was told.
    ///
    /// # Errors
    /// A position above the head.
    pub async fn has(&self, resource: &Resource, at: Position) -> Result<bool, Failure> {
        let reader = self.organization.reader(AsOf::Position(at), None).await?;
        Ok(reader.exists(resource).await?)
    }

    /// The events of these positions.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn cited(&self, positions: impl IntoIterator<Item = Position>) -> Result<Cited, Failure> {
        Ok(self.organization.cited(positions).await?)
    }
}

/// `position 169 (2024-03-14T12:00:00Z)`: with this a question can be asked again.
#[must_use]
pub fn asked_at(resolved: Resolved) -> String {
    format!("position {} ({})", resolved.when.place.position(), resolved.when.at)
}
