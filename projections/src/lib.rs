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
//! Every fact of every view is a [`history::History`], so now is the head and as-of is the same call with another
//! position.
//!
//! INVARIANT: no I/O, no clock, no randomness, no async: time is an argument. No floor names one above it.
//! `tests/architecture.rs` guards both.
//! Absent on purpose: positions above the head. Whoever reads says at which place, and sees nothing beyond it.

mod ask;
pub mod decide;
mod facts;
mod fold;
mod tables;

pub use ask::resolved::Resolved;
pub use caseward_events::answer::{Because, Decision, Effect, Reason, Rule, SetAside};
pub use caseward_events::ask::{AsOf, Question};
pub use decide::{DecideAt, Decided, decide};
// Old name.
pub use decide::DecideAt as Moment;
pub use facts::place::{Place, When};
pub use fold::at_hand::AtHand;
pub use fold::fold_error::FoldError;
pub use fold::replay::Replay;
pub use fold::views::Views;
pub use tables::case_access::residency::RowsMissing;

pub use old_paths::*;

// OLD PATHS: for code that has not moved to the names above. It goes away; nothing new is to be added.
mod old_paths {
    #![expect(missing_docs, reason = "see the modules that these stand for")]

    pub mod history {
        pub use crate::facts::history::History;
        pub use crate::facts::place::Place;
    }
    pub mod views {
        pub use crate::facts::place::When;
        pub use crate::fold::fold_error::FoldError;
        pub use crate::fold::partial::PartialReplay as Parts;
        pub use crate::fold::replay::Replay;
        pub use crate::fold::residency::LOOKS_FOR_ONE;
        pub use crate::fold::stream_leaves::{StreamCut, StreamLeaf};
        pub use crate::fold::views::Views;
    }
    pub mod checkpoint {
        pub use crate::facts::bytes::RowDamage as Damage;
        pub use crate::facts::jobs::Jobs;
        pub use crate::fold::checkpoint::{CaseRows, Cut, FOLD, FORMAT, Loading};
        pub use crate::tables::case_access::residency::{
            Residency as Whereabouts, RowMissing, RowReturned, RowsMissing, SavedCases,
        };
        pub use crate::tables::dirty::DirtyRows as Marks;
        pub use crate::tables::table::Table;
    }
    pub mod compare {
        pub use crate::fold::compare::{Difference, Doubts, Projection, ROW_PARTS, UnknownProjection};
    }
    pub mod memory {
        pub use crate::fold::footprint::{Footprint as Memory, FootprintWalk};
    }
    pub mod evaluate {
        pub use crate::ask::asked::{Asked, Verdict};
        pub use crate::ask::change_points::Span;
        pub use crate::ask::holdings::{HeldBy as Way, Holding, HoldingChange as Turned, Holdings as Course};
        pub use crate::ask::what::{WhatPage, WhatPart, WhatStep, WhatWalk};
        pub use crate::facts::number::Target;
        pub use caseward_events::answer::{Cause, Interval, Overlay as Band, OverlayKind as BandKind, WindowEnd};
    }
    pub mod changes {
        pub use crate::ask::changes::audience::Audience as Crowd;
        pub use crate::ask::changes::impact::{Bearing, Pair};
        pub use crate::ask::changes::{ChangedBy, Difference};
        pub use caseward_events::answer::Change;
    }
    pub mod question {
        pub use crate::ask::resolved::Resolved;
        pub use caseward_events::ask::{AsOf, Question, actions_of, has_action};
    }
}
