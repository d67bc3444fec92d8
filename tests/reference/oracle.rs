//! The naive reference: what Caseward decides, written a second time, slowly and obviously, from `semantics.md` alone.
//!
//! Everything is folded from scratch from a plain list of events; every rule stands as a sentence above the lines that
//! code it, as literally as could be. INVARIANT: nothing here calls the crate of projections or the engine; of the
//! vocabulary (`caseward_events`) it takes the types and the parser of lines, and no more, which
//! `the_reference_takes_types_and_the_parser_of_the_vocabulary_and_no_more` holds.
//! Absent on purpose: speed, most of what was set aside, and the commands for keys.
//! Read on in [`world`] (what is the case at a position), [`evaluate`] (may they?), [`decide`] (may it be recorded?).

pub mod authority;
pub mod decide;
pub mod dormant;
pub mod evaluate;
pub mod facts;
pub mod log;
pub mod policy;
pub mod profiles;
pub mod reasons;
pub mod returning;
pub mod rows;
pub mod sent;
pub mod set_aside;
pub mod streams;
pub mod walls;
pub mod warnings;
pub mod world;

pub use decide::Mode;
pub use evaluate::{Verdict, Who, check, what, who};
pub use log::{Answer, Log};
pub use world::World;
