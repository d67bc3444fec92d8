//! What is answered of a backup that was taken.

use super::caught_up::CaughtUp;
use super::write::Written;
use caseward_events::answer::{BackedUp, BackupAnswer};
use std::time::Duration;

impl Written {
    /// In the form that programs read.
    #[must_use]
    pub fn answer(&self, took: Duration) -> BackupAnswer {
        let Written { organizations, events, bundles, bytes, .. } = self;
        let organizations = organizations.iter().map(CaughtUp::answer).collect();
        BackupAnswer { bundles: *bundles, bytes: *bytes, events: *events, organizations, seconds: took.as_secs_f64() }
    }
}

impl CaughtUp {
    /// In the form that programs read.
    #[must_use]
    pub fn answer(&self) -> BackedUp {
        let CaughtUp { organization, name, from, to } = self.clone();
        BackedUp { from, number: organization.0, organization: name, to }
    }
}
