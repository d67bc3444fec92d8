//! What is answered of a proof that holds.

use super::check::{Proved, What};
use caseward_events::answer::{HistoryEntry, OlderHead, ProofAnswer, ProofKind, ProvedMatter};

impl Proved {
    /// In the form that programs read; the answer stands in it as `check` gives it.
    #[must_use]
    pub fn answer(&self) -> ProofAnswer {
        let Proved { head, what } = self;
        let what = match what {
            What::Events(events) => ProvedMatter::Events { events: events.iter().map(HistoryEntry::from).collect() },
            What::Decision { asked, decision, streams, .. } => ProvedMatter::Decision {
                question: asked.clone(),
                answer: decision.clone(),
                streams: streams.clone(),
                settled: (asked.at > head.time).then_some(false),
            },
            What::Consistency { older } => {
                ProvedMatter::Consistency { older: OlderHead { size: older.size, time: older.time } }
            }
        };
        let (proved, origin) = (self.kind(), head.origin.to_string());
        ProofAnswer { proved, origin, size: head.size, time: head.time, what }
    }

    fn kind(&self) -> ProofKind {
        match self.what {
            What::Events(_) => ProofKind::Event,
            What::Decision { .. } => ProofKind::Decision,
            What::Consistency { .. } => ProofKind::Consistency,
        }
    }
}
