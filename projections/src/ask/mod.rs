//! Questions become answers: one evaluator, and everything that is asked through it.
//!
//! [`mod@evaluate`] decides one check. All else puts checks to it: [`reasons`] says why, [`what`], [`who`] and [`stranded`] list, [`intervals`],
//! [`holdings`] and [`overlays`] tell of a stretch of time, [`changes`] compares two moments, [`naming`] finds what names a thing, [`rests_on`] names the streams
//! that an answer rests on.

pub(crate) mod change_points;
pub(crate) mod changes;
pub(crate) mod evaluate;
pub(crate) mod holdings;
pub(crate) mod intervals;
pub(crate) mod matrix;
pub(crate) mod naming;
mod naming_case;
mod near;
pub(crate) mod numbered_question;
pub(crate) mod overlays;
mod reasons;
pub(crate) mod resolved;
mod rests_on;
pub(crate) mod stranded;
pub(crate) mod trace;
pub(crate) mod what;
mod who;
