//! The store of the tour, in a temporary directory of its own or where it is to be kept.
//!
//! INVARIANT: a temporary directory is removed however the tour ends, and nothing else is.

use crate::cli::args::When;
use crate::cli::args::zone::Zone;
use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use crate::door::Caseward;
use crate::fixture;
use caseward_events::OrganizationName;
use std::path::{Path, PathBuf};

/// An open store with the history of the tour in it.
pub struct DemoStore {
    // Before the directory: fields are dropped in order, and the store must close before its files go.
    opened: Opened,
    caseward: Caseward,
    /// Only where it is to go with the tour.
    directory: Option<Directory>,
}

struct Directory(PathBuf);

impl DemoStore {
    /// With this history in it.
    ///
    /// # Errors
    /// The directory cannot be made, or the store in it fails.
    pub async fn filled(commands: &str, kept: Option<&Path>) -> Result<DemoStore, Failure> {
        let name = format!("caseward-demo-{}", uuid::Uuid::now_v7());
        let place = kept.map_or_else(|| std::env::temp_dir().join(name), Path::to_owned);
        let directory = kept.is_none().then(|| Directory(place.clone()));
        let caseward = Caseward::open(&place).await?;
        let engine = caseward.engine().clone();
        let organization = engine.organization(&OrganizationName::default())?;
        fixture::import(&organization, commands).await?;
        Ok(DemoStore {
            opened: Opened { engine, organization, when: When { as_of: None, at: None, tz: Zone::UTC } },
            caseward,
            directory,
        })
    }

    /// The store to ask.
    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// Closes the store and removes the directory, unless it was to be kept.
    pub async fn leave(self) {
        let DemoStore { opened, caseward, directory } = self;
        drop(opened);
        // Before the files go. Nothing of what fails matters then.
        let _ = caseward.close().await;
        drop(directory);
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // A directory that stays behind is for the system to clear; the tour was given all the same.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
