//! Answers on their way back to whoever sent commands.
//!
//! INVARIANT: whoever waits for an answer hears something, whatever becomes of the thread that should give it: what is
//! dropped unanswered says whether it could have been stored. Absent on purpose: answers themselves
//! ([`crate::engine::answer`]).

use crate::engine::answer::Answer;
use crate::engine::replay::OpenError;
use crate::engine::steps::Steps;
use crate::seams::StoreError;
use caseward_events::Refusal;
use caseward_events::answer::ClockInDoubt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::oneshot;

/// Why commands have no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The batch as a whole cannot be taken, whatever its commands say. None of it is stored.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The write or the sync failed, now or before, or a thread has panicked. Since then no command is taken; questions
    /// are answered still. These may be stored, if it was now that it failed.
    #[error("cannot store the commands")]
    Store(#[source] Arc<StoreError>),
    /// What is stored cannot be read back, to answer a known id.
    #[error("cannot read back what an earlier command stored")]
    ReadBack(#[source] Arc<OpenError>),
    /// A case that the commands are decided on has left memory and cannot be read again. None of them is stored.
    #[error("cannot decide the commands")]
    Cases(#[source] Arc<OpenError>),
    /// The clock is not believed, and nobody has said that it is right. None of the commands is stored.
    #[error("{0}: no command is taken before somebody says that it is right")]
    Clock(ClockInDoubt),
    /// The engine has stopped. None of the commands is stored.
    #[error("the engine has stopped; the commands were not accepted")]
    Stopped,
    /// The thread that was storing them has panicked. Sent again with the same ids, they are answered as the first time
    /// if they were stored, and decided now if they were not.
    #[error("the commands are in doubt: they may or may not have been stored; send them again with the same ids")]
    InDoubt,
}

/// A future of the answers. Dropping it changes nothing: the commands are decided all the same.
#[derive(Debug)]
pub struct Pending(pub(super) oneshot::Receiver<Reply>);

impl Future for Pending {
    type Output = Result<Vec<Answer>, CommandError>;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let received = Pin::new(&mut self.0).poll(context);
        received.map(|reply| reply.unwrap_or(Err(CommandError::InDoubt)))
    }
}

pub(super) type Reply = Result<Vec<Answer>, CommandError>;

/// Where the answers to some commands go.
#[derive(Debug)]
pub(super) struct ReplyTo {
    /// Nobody, by default.
    to: Option<oneshot::Sender<Reply>>,
    /// Whether what they append may be on its way to the disk.
    is_in_doubt: bool,
    /// For whoever follows them.
    pub(super) steps: Steps,
}

impl ReplyTo {
    pub(super) fn new() -> (ReplyTo, Pending) {
        let (to, pending) = oneshot::channel();
        (ReplyTo { to: Some(to), is_in_doubt: false, steps: Steps::sent() }, Pending(pending))
    }

    pub(super) fn nobody() -> ReplyTo {
        ReplyTo { to: None, is_in_doubt: false, steps: Steps::followed_by_nobody() }
    }

    /// Whether anybody waits for it still.
    pub(super) fn is_waited_for(&self) -> bool {
        self.to.as_ref().is_some_and(|to| !to.is_closed())
    }

    /// From now on nobody can say whether they are stored, until somebody does.
    pub(super) fn doubt(&mut self) {
        self.is_in_doubt = true;
    }

    pub(super) fn send(mut self, reply: Reply) {
        // Whoever asked may have gone.
        let _ = self.to.take().map(|to| to.send(reply));
    }
}

impl Drop for ReplyTo {
    fn drop(&mut self) {
        if let Some(to) = self.to.take() {
            let fate = if self.is_in_doubt { CommandError::InDoubt } else { CommandError::Stopped };
            let _ = to.send(Err(fate));
        }
    }
}
