//! What a verb that runs for another process reads from and writes to, and how one is run.

use super::frames::{Kind, frame};
use super::pipe::{PipeIn, PipeOut};
use axum::body::Bytes;
use caseward_events::OrganizationName;
use caseward_events::ask::FeedId;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Bytes that are held back at most for the position that they are of.
const HELD_MAX: usize = 4 << 20;

/// How a verb is run.
pub trait RunVerbs: Send + Sync {
    /// Runs the verb of a call in the thread that it is called in; its exit status.
    fn run(&self, call: &[u8], pipes: VerbPipes) -> u8;

    /// What a call asks, where its verb asks something of what is known about persons.
    fn asks(&self, call: &[u8]) -> Option<AskedVerb>;
}

/// A verb that asks something.
#[derive(Clone, Debug)]
pub struct AskedVerb {
    /// Whose data.
    pub organization: OrganizationName,
    /// As it is typed: `caseward who`.
    pub question: String,
    /// All arguments.
    pub arguments: Vec<String>,
}

/// What a verb reads from and writes to.
#[derive(Clone)]
pub struct VerbPipes {
    pub(super) input: Arc<Mutex<(PipeOut, Bytes)>>,
    pub(super) output: Arc<PipeIn>,
    /// What is printed of something that is followed, until it is told up to where that is.
    pub(super) held: Arc<Mutex<Vec<u8>>>,
    pub(super) holds: bool,
    pub(super) signal: watch::Receiver<Option<&'static str>>,
}

/// Standard input of a caller.
pub struct VerbInput(VerbPipes);

/// Standard output or standard error of a caller.
pub struct VerbOutput(VerbPipes, Kind);

impl VerbPipes {
    /// Standard input.
    #[must_use]
    pub fn input(&self) -> VerbInput {
        VerbInput(self.clone())
    }

    /// Standard output.
    #[must_use]
    pub fn output(&self) -> VerbOutput {
        VerbOutput(self.clone(), Kind::Output)
    }

    /// Standard error.
    #[must_use]
    pub fn error(&self) -> VerbOutput {
        VerbOutput(self.clone(), Kind::Error)
    }

    /// For a verb that follows something: what it prints goes out with the position that it is of, so that whoever prints it
    /// knows up to where it has come, however this process ends.
    #[must_use]
    pub fn following(self) -> VerbPipes {
        VerbPipes { holds: true, ..self }
    }

    /// Sends what was printed since, and up to which place of the feed that is: on a line of its own before it.
    pub fn shown(&self, place: FeedId) {
        let printed = std::mem::take(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner));
        let content = [format!("{place}\n").as_bytes(), &printed].concat();
        // Whoever is gone follows no more.
        let _ = self.output.send_and_wait(frame(Kind::Shown, &content));
    }

    /// The signal that the caller got, once it has.
    #[must_use]
    pub fn signal(&self) -> watch::Receiver<Option<&'static str>> {
        self.signal.clone()
    }
}

impl Read for VerbInput {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let mut input = self.0.input.lock().unwrap_or_else(PoisonError::into_inner);
        while input.1.is_empty() {
            match input.0.next_and_wait() {
                Some(piece) => input.1 = piece,
                None => return Ok(0),
            }
        }
        let taken = input.1.len().min(to.len());
        to[..taken].copy_from_slice(&input.1.split_to(taken));
        Ok(taken)
    }
}

impl Write for VerbOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.holds && self.1 == Kind::Output {
            let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.extend_from_slice(bytes);
            // What is too much for one frame goes out before its position.
            if held.len() > HELD_MAX {
                let held = std::mem::take(&mut *held);
                held.chunks(64 << 10).try_for_each(|piece| self.0.output.send_and_wait(frame(Kind::Output, piece)))?;
            }
            return Ok(bytes.len());
        }
        let taken = bytes.len().min(64 << 10);
        self.0.output.send_and_wait(frame(self.1, &bytes[..taken]))?;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
