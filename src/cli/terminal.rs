//! Where a verb reads and writes: the terminal, files or pipes of this process, or those of another process for which the
//! verb runs.
//!
//! INVARIANT: a verb asks here and nowhere else, so that it says the same wherever it runs.

use crate::service::VerbPipes;
use anstream::{AutoStream, ColorChoice};
use caseward_events::ask::FeedId;
use std::io::{self, IsTerminal, Read, Write};

/// See the module. Clones are the same one.
#[derive(Clone)]
pub enum Terminal {
    /// Of this process.
    Own,
    /// Of another one.
    Other(OtherTerminal),
}

/// What it is, as far as verbs ask.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Nature {
    /// Whether a person types standard input.
    pub types: bool,
    /// Whether a person reads standard output.
    pub reads: bool,
    /// Whether a person reads standard error.
    pub reads_errors: bool,
    /// Whether standard output takes colours.
    pub colours: bool,
    /// Whether standard error does.
    pub colours_errors: bool,
    /// How wide standard output is.
    pub columns: Option<u16>,
}

impl Terminal {
    /// What it is.
    #[must_use]
    pub fn nature(&self) -> Nature {
        match self {
            Terminal::Own => {
                let width = terminal_size::terminal_size_of(io::stdout()).map(|(terminal_size::Width(width), _)| width);
                Nature {
                    types: io::stdin().is_terminal(),
                    reads: io::stdout().is_terminal(),
                    reads_errors: io::stderr().is_terminal(),
                    colours: AutoStream::choice(&io::stdout()) != ColorChoice::Never,
                    colours_errors: AutoStream::choice(&io::stderr()) != ColorChoice::Never,
                    columns: width,
                }
            }
            Terminal::Other(other) => other.nature,
        }
    }

    /// Whether it is that of this process, on which bars can be drawn and questions asked.
    #[must_use]
    pub fn is_own(&self) -> bool {
        matches!(self, Terminal::Own)
    }

    /// Tells whoever a verb runs for up to where it has shown what it follows.
    pub fn shown(&self, place: FeedId) {
        if let Terminal::Other(other) = self {
            other.pipes.shown(place);
        }
    }

    /// Standard input.
    #[must_use]
    pub fn input(&self) -> Box<dyn Read + Send> {
        match self {
            Terminal::Own => Box::new(io::stdin()),
            Terminal::Other(other) => Box::new(other.pipes.input()),
        }
    }

    /// Standard output.
    #[must_use]
    pub fn output(&self) -> Box<dyn Write + Send> {
        match self {
            Terminal::Own => Box::new(io::stdout()),
            Terminal::Other(other) => Box::new(other.pipes.output()),
        }
    }

    /// Standard error.
    #[must_use]
    pub fn error(&self) -> Box<dyn Write + Send> {
        match self {
            Terminal::Own => Box::new(io::stderr()),
            Terminal::Other(other) => Box::new(other.pipes.error()),
        }
    }
}

/// The terminal of another process.
#[derive(Clone)]
pub struct OtherTerminal {
    pipes: VerbPipes,
    nature: Nature,
}

impl OtherTerminal {
    /// What a verb there reads from and writes to.
    #[must_use]
    pub fn new(pipes: VerbPipes, nature: Nature) -> OtherTerminal {
        OtherTerminal { pipes, nature }
    }
}
