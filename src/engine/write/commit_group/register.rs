//! What is asked of the register, which has no views: creating an organization, issuing a token, withdrawing one.
//!
//! INVARIANT: names and numbers are unique, also among those that wait for the same sync, and what is decided here is seen
//! by nobody before that sync.

use super::CommitGroup;
use super::command_ids::fresh_id;
use crate::engine::answer::{Accepted, Answer};
use crate::engine::clock::Clock;
use crate::engine::tenant::register::Register;
use crate::engine::write::committer::Pipeline;
use crate::engine::write::register_command::{By, RegisterCommand};
use caseward_events::codec::encode_into;
use caseward_events::event::{OrganizationCreated, TokenWithdrawn};
use caseward_events::token::TokenId;
use caseward_events::{Code, Event, OrganizationName, Position, Recorded, Refusal};
use std::sync::PoisonError;

impl CommitGroup {
    pub(super) fn register(&mut self, command: RegisterCommand, by: By, pipeline: &mut Pipeline) -> Answer {
        // The register holds what is durable, and the next number and position follow from it; this is rare enough.
        pipeline.drain();
        let mut register = pipeline.committer().register.write().unwrap_or_else(PoisonError::into_inner);
        let decided = match command {
            RegisterCommand::CreateOrganization(name) => self.created(&register, name).map(Some),
            RegisterCommand::IssueToken(issued) => Ok(Some((*issued).into())),
            RegisterCommand::WithdrawToken(token) => self.withdrawn(&register, token),
        };
        let ahead = self.ready.registered.len() as u64;
        let end = Position(register.head.0 + ahead);
        let (position, events) = match decided {
            Err(refusal) => return Answer::Refused(refusal),
            Ok(None) => (end, Vec::new()),
            Ok(Some(event)) => {
                let time = self.clock.now().max(register.last.next());
                register.last = time;
                (end.next(), vec![recorded(end.next(), time, by, event)])
            }
        };
        for event in &events {
            self.encoded.push(|bytes| encode_into(event, bytes));
            self.ready.registered.push(event.clone());
        }
        Answer::Accepted(Accepted {
            position,
            events,
            warnings: Vec::new(),
            replayed: false,
            foreseen: None,
            clock_behind: None,
        })
    }

    fn created(&self, register: &Register, name: OrganizationName) -> Result<Event, Refusal> {
        let waiting = || {
            self.ready.registered.iter().filter_map(|recorded| match &recorded.event {
                Event::OrganizationCreated(created) => Some(created),
                _ => None,
            })
        };
        if waiting().any(|created| created.name == name) || register.get(&name).is_some() {
            let refusal = Refusal::new(Code::Exists, format!("the organization `{name}` already exists"));
            return Err(refusal.hint("caseward org list"));
        }
        let ahead = u32::try_from(waiting().count()).expect("a group is limited");
        Ok(OrganizationCreated { name, number: register.next_number().0 + ahead }.into())
    }

    /// Nothing where it was withdrawn before.
    fn withdrawn(&self, register: &Register, token: TokenId) -> Result<Option<Event>, Refusal> {
        let waiting = |wanted: fn(&Event) -> Option<TokenId>| {
            self.ready.registered.iter().any(|recorded| wanted(&recorded.event) == Some(token))
        };
        let known = register.tokens.get(&token);
        if known.is_none() && !waiting(issued) {
            let refusal = Refusal::new(Code::NotFound, format!("there is no token {token}"));
            return Err(refusal.hint("caseward token list"));
        }
        let is_withdrawn = known.is_some_and(|token| token.withdrawn.is_some()) || waiting(withdrawn);
        Ok((!is_withdrawn).then(|| TokenWithdrawn { token }.into()))
    }
}

fn issued(event: &Event) -> Option<TokenId> {
    if let Event::TokenIssued(issued) = event { Some(issued.token) } else { None }
}

fn withdrawn(event: &Event) -> Option<TokenId> {
    if let Event::TokenWithdrawn(withdrawn) = event { Some(withdrawn.token) } else { None }
}

fn recorded(position: Position, time: caseward_events::Timestamp, by: By, event: Event) -> Recorded {
    Recorded {
        position,
        stream_version: position.0,
        time,
        command_id: fresh_id(),
        index: 0,
        count: 1,
        commit_index: 0,
        commit_count: 1,
        actor: by.actor,
        via: by.via,
        reason: None,
        correlation_id: None,
        causation_id: None,
        first: None,
        event,
    }
}
