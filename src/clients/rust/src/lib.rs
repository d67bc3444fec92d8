//! The client of Caseward: its vocabulary ([`caseward_events`]) and an HTTP door, nothing of the engine.
//!
//! ```no_run
//! use caseward_client::{Client, events::{Action, Command, Draft, Question, command::Grant}};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new("http://127.0.0.1:7557".parse()?).with_token("cw_…");
//! let session = client.session(); // sees what it wrote
//! let grant = Command::Grant(Grant::new("case:4711".parse()?, "user:ana".parse()?));
//! session.send(&Draft::new(grant).by("user:judith".parse()?).because("takes over")).await?;
//! let question = Question::new("user:ana".parse()?, Action::Read, "case:4711".parse()?);
//! assert!(session.check(&question).await?.decision);
//! # Ok(())
//! # }
//! ```
//! INVARIANT: a command has its id before it is sent for the first time, so that sending it again stores it once.
//! Absent on purpose: a runtime of its own (it runs on the caller's tokio), and where trust in certificates comes from: the
//! feature `tls` takes a configuration of rustls. Read on in [`Client`].

mod address;
mod asking;
mod client;
mod door;
mod error;
mod feed;
mod pages;
mod retries;

pub use address::{Address, BadAddress};
pub use caseward_events as events;
pub use client::{Batch, Client};
pub use error::{Error, Problem};
pub use feed::{ChangesFeed, Commit, EventsFeed, Heartbeat, Told};
pub use pages::{Page, Pages};
pub use retries::{Retries, new_id};
