//! What an organization is like: how far it has come, how much there is, what is saved.
//!
//! INVARIANT: everything follows from positions, from what is on disk and from a heartbeat; there is no state that could
//! say otherwise. Absent on purpose: what only the data directory tells (sizes, notes), which is for whoever has it.

use super::opening::saved_up_to;
use super::organization::Organization;
use super::pulse::{Rate, rounded};
use super::rebuild::RebuildProgress;
use super::store::Generation;
use super::{Engine, generations::Made};
use caseward_events::{OrganizationName, Position, Timestamp};
use caseward_projections::Views;
use caseward_projections::compare::Projection;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::PoisonError;

const MINUTE_MICROS: i64 = 60_000_000;

/// The state of an organization.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// Its name.
    pub organization: OrganizationName,
    /// The last position. All projections stand there.
    pub head: Position,
    /// When that was recorded.
    pub last: Option<Timestamp>,
    /// How many there are of each kind.
    pub users: usize,
    /// Groups.
    pub groups: usize,
    /// Definitions.
    pub definitions: usize,
    /// Cases.
    pub cases: usize,
    /// Cases under restriction.
    pub restricted_cases: u32,
    /// Ids of commands that are remembered.
    pub command_ids: u64,
    /// Up to where the views are saved; 0 where they are not.
    pub checkpoint: Position,
    /// How far that is behind the head.
    pub lag: Lag,
    /// How fast it grows.
    pub rate: Rate,
    /// What failed last, in the background or when it was opened, and kept nothing from going on.
    pub last_error: Option<LastError>,
    /// Its saved views: what is served, what was, what is being made.
    pub generations: Vec<GenerationStatus>,
    /// The generation that each projection was last rebuilt in.
    pub projections: BTreeMap<&'static str, Generation>,
    /// The rebuild that runs.
    pub rebuild: Option<RebuildProgress>,
}

/// How far a checkpoint is behind the head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Lag {
    /// Events that an opening has to fold.
    pub events: u64,
    /// From the time of the last event that is saved to that of the last.
    pub seconds: f64,
}

/// Something that went wrong, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LastError {
    /// By the engine's clock.
    pub at: Timestamp,
    /// What.
    pub error: String,
}

/// A generation of saved views.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GenerationStatus {
    /// Its number.
    pub generation: Generation,
    /// What it is for.
    pub state: GenerationState,
    /// Up to where it is saved.
    pub position: Position,
    /// When it was begun; not known of the first.
    pub begun: Option<Timestamp>,
    /// Seconds since then.
    pub age_seconds: Option<i64>,
    /// About what it takes on disk; the first one is of all organizations.
    pub bytes_on_disk: u64,
}

/// What a generation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GenerationState {
    /// What is served is saved there.
    Current,
    /// What was served before; it stays until it is dropped.
    Old,
    /// A rebuild makes it, was stopped, or was refused.
    BeingMade,
}

impl Engine {
    /// What there is.
    #[must_use]
    pub fn status(&self, organization: &Organization) -> Status {
        let (head, checkpoint) = (organization.head(), organization.checkpoint());
        let generations = self.generations(organization);
        let rebuild = self.rebuilding(organization).map(|control| control.progress());
        let of = |projection: Projection| (projection.name(), self.generation_of(organization, projection));
        let views = organization.views();
        let place = head.into();
        Status {
            organization: organization.name().clone(),
            head,
            last: (head > Position::ZERO).then(|| views.timeline.time(place)),
            users: views.directory.users.named(place).count(),
            groups: views.directory.groups.named(place).count(),
            definitions: views.definitions.names.named(place).count(),
            cases: views.cases.names.named(place).count(),
            restricted_cases: views.cases.restricted.value_at(place).copied().unwrap_or(0),
            command_ids: views.recent_ids().known(),
            checkpoint,
            lag: lag(&views, checkpoint, head),
            rate: rate(organization, &views, head),
            last_error: self.last_error(),
            generations,
            projections: Projection::ALL.into_iter().map(of).collect(),
            rebuild,
        }
    }

    fn last_error(&self) -> Option<LastError> {
        self.keeper.last_error().lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn generations(&self, organization: &Organization) -> Vec<GenerationStatus> {
        let known = organization.generations().clone();
        let told = |state, made: Made| self.generation(organization, state, made);
        let old = known.old.into_iter().map(|made| told(GenerationState::Old, made));
        let making = known.making.map(|made| told(GenerationState::BeingMade, made));
        old.chain([told(GenerationState::Current, known.current)]).chain(making).collect()
    }

    fn generation(&self, organization: &Organization, state: GenerationState, made: Made) -> GenerationStatus {
        let (shelf, checkpoints) = (made.shelf(organization.number()), self.keeper.checkpoints());
        // What cannot be read is not saved, as far as an opening is concerned.
        let header = checkpoints.header(shelf).ok().flatten();
        let seconds = |begun: Timestamp| (self.clock.now().as_micros() - begun.as_micros()) / 1_000_000;
        GenerationStatus {
            generation: made.generation,
            state,
            position: header.and_then(|header| saved_up_to(&header)).unwrap_or_default(),
            begun: made.begun,
            age_seconds: made.begun.map(seconds),
            bytes_on_disk: checkpoints.bytes_on_disk(shelf),
        }
    }
}

fn lag(views: &Views, checkpoint: Position, head: Position) -> Lag {
    let micros = |position: Position| views.timeline.time(position.into()).as_micros();
    // Nothing is saved: it is behind by all there is, from the first event on.
    let from = if checkpoint == Position::ZERO { Position(1).min(head) } else { checkpoint };
    let seconds = (micros(head) - micros(from)) as f64 / 1_000_000.0;
    Lag { events: head.0 - checkpoint.0, seconds }
}

/// Where the heart has not beaten twice, from the times of the last events.
fn rate(organization: &Organization, views: &Views, head: Position) -> Rate {
    let pulse = organization.pulse();
    pulse.rate().unwrap_or_else(|| {
        let last = views.timeline.time(head.into());
        let minute = Timestamp::from_micros(last.as_micros().saturating_sub(MINUTE_MICROS));
        let before = views.timeline.resolve(minute, head.into()).position();
        let last_minute = rounded((head.0 - before.0) as f64 / 60.0);
        Rate { last_minute, since_start: None, heartbeat: pulse.last() }
    })
}
