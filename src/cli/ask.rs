//! What auditors ask: questions, stretches of time, queries, proofs. A file a verb.
//!
//! The way of a question: its arguments are parsed, the store is opened, the question is asked of it, the answer is
//! printed. A verb that prints as it reads goes the same way in a file of its own.

pub mod access;
pub mod bounds;
pub mod check;
pub mod diff;
pub mod explain;
pub mod export;
pub mod history;
pub mod matrix;
pub mod proof;
pub mod report;
pub mod timeline;
pub mod what;
pub mod who;

use super::context::Context;
use super::exit::{Exit, Failure};
use super::opened::Opened;
use super::render::{self, Forms};
use crate::store::Access;

/// Opens the store, asks, prints.
///
/// # Errors
/// There is no store, the question cannot be asked, or standard output cannot be written.
pub async fn answer<A: Forms>(
    context: &mut Context,
    ask: impl AsyncFnOnce(&Opened) -> Result<A, Failure>,
) -> Result<Exit, Failure> {
    let opened = context.open(Access::Existing).await?;
    let answer = ask(&opened).await;
    render::print(&mut context.printer, answer)
}
