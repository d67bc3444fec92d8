//! The vocabulary of Caseward: what may be asked of it, and what it remembers.
//!
//! One word per thing. *Subject*: whom access is granted to or checked for. *Actor*: who caused an event. *Position*:
//! place in the organization's log, dense, from 1. *Stream*, *stream version*: the events of one thing and their
//! number. *Commit*: the events of one accepted command or atomic batch. *Grant*, *update*, *revoke*, *restriction*.
//! *Refusal*: the rules say no, a normal outcome.
//!
//! INVARIANT: no I/O, no clock, no randomness, no async: time is an argument. `tests/architecture` guards it.
//! Absent on purpose: any state. What events add up to is the crate `caseward-projections`.
//! Read on in [`command`] (what may be changed), [`mod@ask`] and [`answer`] (what may be asked, and what comes of both),
//! [`event`] (what happened), [`codec`] (how it is stored).

pub mod answer;
pub mod ask;
pub mod codec;
pub mod command;
pub mod command_from_events;
mod draft;
pub mod event;
pub mod fact;
pub mod form;
pub mod id;
pub mod label;
pub mod limits;
mod malformed;
pub mod nearest;
pub mod plain_text;
pub mod policy;
mod public_key;
pub mod query;
pub mod reads;
pub mod recorded;
pub mod reference;
pub mod refusal;
pub mod rights;
pub mod seal;
pub mod submission;
pub mod time;
pub mod token;
mod via;
pub mod vocabulary;
pub mod warning;

pub use answer::Decision;
pub use ask::{AsOf, Question};
pub use command::Command;
pub use draft::Draft;
pub use event::Event;
pub use fact::{Decoded, Fact};
pub use form::{FormAccess, ProfileSettings, Scope};
pub use id::{
    ActivityId, CaseId, CommandId, DefinitionId, DelegationId, FieldId, GroupId, ItemId, LinkId, ProfileId, SystemId,
    TaskId, Text, UserId, WorkspaceId,
};
pub use label::Label;
pub use policy::Policy;
pub use public_key::{BadPublicKey, PublicKey};
pub use query::Query;
pub use recorded::{ActorRef, Header, Position, Recorded};
pub use reference::{
    Actor, Asker, Entity, Labelled, ListRef, OrganizationName, Party, Reference, Resource, Stream, Subject,
};
pub use refusal::{Code, Refusal};
pub use rights::{Action, Rights};
pub use seal::KeyNumber;
pub use submission::Submission;
pub use time::{Timestamp, Window};
pub use via::{BadVia, CertificateName, JwtSubject, Via};
pub use vocabulary::Vocabulary;
pub use warning::Warning;
