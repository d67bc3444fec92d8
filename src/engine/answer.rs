//! Answers to commands, with events as the log has them; their form is [`CommandAnswer`]'s.

use caseward_events::Recorded;
use caseward_events::answer::{self, CommandAnswer};

/// The answer to one command. A refusal is a normal outcome, not an error.
pub type Answer = CommandAnswer<Recorded>;

/// What an accepted command did.
pub type Accepted = answer::Accepted<Recorded>;
