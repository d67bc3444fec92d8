//! Caseward: an event-sourced permission engine for case management.
//!
//! It answers *may this user do this to this case*, *who could, at any past instant*, and *why*, from one log of events.
//! The rooms: [`engine`] takes commands and answers questions, [`store`] keeps the events
//! behind [`seams`], [`integrity`] shows that they
//! are those that were written, [`proof`] makes and checks what proves it without a store, [`fixture`]
//! runs histories with the answers they must give, [`show`] puts answers into words, drawings and documents, [`service`]
//! answers over HTTP, [`console`] shows it to people, [`cli`] is the command line.
//! A program that embeds the engine needs none of the four last: `default-features = false` leaves them out, with all
//! that they depend on; the feature `show` brings back the first.
//!
//! [`Caseward`] is the door: it opens a data directory as a whole, and closes it.
//!
//! ```
//! use caseward::Caseward;
//! use caseward::engine::{Batch, How};
//! use caseward::events::Action;
//! use caseward::projections::{AsOf, Question};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path();
//! let caseward = Caseward::open(path).await?;
//! let organization = caseward.organization("default")?;
//! for command in [
//!     r#"{"command":{"appoint_org_admin":{"user":"judith"}}}"#,
//!     r#"{"actor":"user:judith","command":{"create_definition":{"definition":"burglary"}}}"#,
//!     r#"{"actor":"user:judith","command":{"open_case":{"case":"4711","definition":"burglary","creator":"ana"}}}"#,
//!     r#"{"actor":"user:judith","command":{"grant":{"on":"case:4711","to":"user:ana"}}}"#,
//! ] {
//!     let answers = organization.submit(Batch::one(command.as_bytes(), How::default())).await?;
//!     assert!(answers[0].refusal().is_none());
//! }
//! let reader = organization.reader(AsOf::Head, None).await?;
//! let question = Question::new("user:ana".parse()?, Action::Read, "case:4711".parse()?);
//! assert!(reader.check(&question).await?.decision);
//! drop(organization);
//! caseward.close().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The vocabulary is the crate `caseward_events`; every rule is in the crate `caseward_projections`.

pub mod backup;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "serve")]
pub mod console;
mod door;
pub mod engine;
pub mod fixture;
pub mod integrity;
pub mod proof;
pub mod seams;
#[cfg(feature = "serve")]
pub mod service;
#[cfg(feature = "show")]
pub mod show;
pub mod store;
pub mod verification;

pub use door::{Builder, Caseward, CloseError};

pub use caseward_events as events;
pub use caseward_projections as projections;
