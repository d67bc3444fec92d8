//! Creating an organization, which is an event of the register and changes no views.
//!
//! INVARIANT: names and numbers are unique, also among those that wait for the same sync.

use super::CommitGroup;
use super::command_ids::fresh_id;
use crate::engine::answer::{Accepted, Answer};
use crate::engine::clock::Clock;
use crate::engine::write::committer::Pipeline;
use caseward_events::codec::encode_into;
use caseward_events::event::OrganizationCreated;
use caseward_events::{Actor, Code, OrganizationName, Position, Recorded, Refusal};
use std::sync::PoisonError;

impl CommitGroup {
    pub(super) fn create_organization(
        &mut self,
        name: OrganizationName,
        actor: Actor,
        pipeline: &mut Pipeline,
    ) -> Answer {
        // The register holds what is durable, and the next number and position follow from it; this is rare enough.
        pipeline.drain();
        let mut register = pipeline.committer().register.write().unwrap_or_else(PoisonError::into_inner);
        let taken = self.ready.created.iter().any(|(_, created)| created.name == name);
        if taken || register.get(&name).is_some() {
            let refusal = Refusal::new(Code::Exists, format!("the organization `{name}` already exists"));
            return Answer::Refused(refusal.hint("caseward org list"));
        }
        let time = self.clock.now().max(register.last.next());
        let ahead = u32::try_from(self.ready.created.len()).expect("a group is limited");
        let position = Position(register.head.0 + u64::from(ahead) + 1);
        let number = register.next_number().0 + ahead;
        register.last = time;
        let created = OrganizationCreated { name, number };
        self.ready.created.push((position, created.clone()));
        let recorded = Recorded {
            position,
            stream_version: position.0,
            time,
            command_id: fresh_id(),
            index: 0,
            count: 1,
            commit_index: 0,
            commit_count: 1,
            actor,
            reason: None,
            correlation_id: None,
            causation_id: None,
            first: None,
            event: created.into(),
        };
        self.encoded.push(|bytes| encode_into(&recorded, bytes));
        Answer::Accepted(Accepted {
            position,
            events: vec![recorded],
            warnings: Vec::new(),
            replayed: false,
            foreseen: None,
            clock_behind: None,
        })
    }
}
