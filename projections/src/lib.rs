//! Everything Caseward derives from its events: the views, what a command becomes, what a question is answered.
//!
//! Five floors, each of which knows those below it alone:
//!
//! - `facts`: what every view is made of: histories, small maps and lists of them, numbers in place of names;
//! - `tables`: what events are folded into, an idea a module: lists, cases, the directory, ...;
//! - `fold`: all tables as one ([`Views`]): fold and undo, views saved and loaded, compared;
//! - `ask`: a question becomes an answer, by one evaluator;
//! - [`mod@decide`]: a command becomes events, or a refusal.
//!
//! Every fact of every view is a history, so now is the head and as-of is the same call with another
//! position.
//!
//! INVARIANT: no I/O, no clock, no randomness, no async: time is an argument. No floor names one above it.
//! `tests/architecture` guards both.
//! Absent on purpose: positions above the head. Whoever reads says at which place, and sees nothing beyond it.

mod ask;
pub mod decide;
mod facts;
mod fold;
mod tables;

// The vocabulary, for who needs it with the rules alone.
pub use caseward_events::answer::{Because, Decision, Effect, Reason, Rule, SetAside};
pub use caseward_events::ask::{AsOf, Question};

pub use facts::bytes::RowDamage;
pub use facts::id_order::IdOrder;
pub use facts::jobs::Jobs;
pub use facts::number::Target;
pub use facts::position::{Pos32, When};

pub use tables::case_access::residency::{Residency, RowMissing, RowReturned, RowsMissing, SavedCases};
pub use tables::dirty::DirtyRows;
pub use tables::table::Table;

pub use ask::stranded::{StrandedStep, StrandedWalk};
pub use fold::at_hand::AtHand;
pub use fold::checkpoint::{CaseRows, Cut, FOLD_VERSION, Loading};
pub use fold::compare::{Doubts, Projection, ROW_PARTS, UnknownProjection, ViewDifference};
pub use fold::fold_error::FoldError;
pub use fold::footprint::{Footprint, FootprintWalk};
pub use fold::partial::PartialReplay;
pub use fold::replay::Replay;
pub use fold::residency::LOOKS_PER_EVICTION;
pub use fold::stream_leaves::{StreamCut, StreamLeaf};
pub use fold::views::Views;

pub use ask::change_points::{SharedTurns, Span, Turn};
pub use ask::changes::RightsDifference;
pub use ask::changes::audience::Audience;
pub use ask::changes::impact::{Bearing, Pair};
pub use ask::holdings::{HeldBy, Holding, HoldingChange, Holdings};
pub use ask::intervals::IntervalsPart;
pub use ask::matrix::HoldersCounted;
pub use ask::naming::{NamingStep, NamingWalk};
pub use ask::numbered_question::{NumberedQuestion, Verdict};
pub use ask::resolved::Resolved;
pub use ask::what::{WhatPage, WhatPart, WhatStep, WhatWalk};

pub use decide::{DecideAt, Decided, decide};
