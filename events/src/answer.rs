//! What is answered: to a question, to a list question, to a command. Plain data with one JSON form (`interface.md`
//! sections 1 to 3), whoever asks and however: `check`, a line of `check --batch` and a service write the same bytes.
//!
//! An answer is named after its verb ([`WhoAnswer`], [`DiffAnswer`], ...); a list also has the form of one item a line
//! ([`WhoLine`], [`DiffLine`], ...), which is what `--output jsonl` streams.
//!
//! INVARIANT: keys stand in the order of `interface.md`, which is the order of the fields. Every type reads what it
//! writes, and has a golden file in `tests/goldens/vocabulary`.
//! Absent on purpose: how an answer is found, which takes the views, and how it is told to people.

pub mod access;
pub mod access_changes;
pub mod adopted;
pub mod backed_up;
pub mod check;
pub mod clock;
pub mod cloud_event;
pub mod command;
pub mod decision;
pub mod diff;
pub mod history;
pub mod labels;
pub mod matrix;
pub mod names;
pub mod proved;
pub mod rebuilt;
pub mod rule;
pub mod run;
pub mod source;
pub mod status;
pub mod stranded;
pub mod timeline;
pub mod verified;
pub mod what;
pub mod who;
pub mod who_between;

pub use access::{AccessAnswer, Cause, Interval, WindowEnd};
pub use access_changes::{AccessChanges, AskAgain, ChangeForEveryone};
pub use adopted::{AdoptedKey, PolicyAnswer, VocabularyAnswer};
pub use backed_up::{BackedUp, BackupAnswer, BackupProgress};
pub use check::{CheckAnswer, CheckOutcome, ExplainAnswer};
pub use clock::{ClockBehind, ClockDoubt, ClockInDoubt};
pub use cloud_event::CloudEvent;
pub use command::{Accepted, CommandAnswer};
pub use decision::{Decision, Reason, SetAside, WouldGive};
pub use diff::{CauseKind, CauseTally, Change, ChangeKind, DiffAnswer, DiffLine, ForeseenChanges, PointInTime};
pub use history::{Cited, HistoryAnswer, HistoryEntry};
pub use labels::WithLabels;
pub use matrix::{MatrixAnswer, MatrixOfDefinition, MatrixOfProfile, MatrixRow};
pub use names::{Named, NamesAnswer};
pub use proved::{OlderHead, ProofAnswer, ProofKind, ProvedMatter, ProvenQuestion};
pub use rebuilt::{DecidingEvent, RebuildAnswer, RebuildOutcome, RebuiltProjection, RowDifference};
pub use rule::{Because, Effect, Missing, Rule};
pub use run::{RunAnswer, RunState};
pub use source::{BadSource, Source};
pub use status::{GenerationState, GenerationStatus, Lag, LastError, Rate, RebuildProgress, RebuildStep, Status};
pub use stranded::{Stranded, StrandedAnswer, StrandedCase, StrandedLine};
pub use timeline::{
    Overlay, OverlayKind, TimelineAnswer, TimelineEvent, TimelineLine, TimelineRow, TimelineSubject, Track,
};
pub use verified::{ComparedViews, DamageExtent, DamageFinding, ReadsSeen, Trusted, VerifyAnswer, VerifyProgress};
pub use what::{RightsAnswer, WhatAnswer, WhatLine};
pub use who::{Holder, Through, WhoAnswer, WhoLine};
pub use who_between::{HolderBetween, WhoBetweenAnswer, WhoBetweenLine};

/// For keys that are left out unless they are true.
fn is_false(given: &bool) -> bool {
    !given
}
