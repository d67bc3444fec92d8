//! What is asked of the register, and by whom.
//!
//! Absent on purpose: what becomes of it (`commit_group::register`).

use caseward_events::event::TokenIssued;
use caseward_events::token::TokenId;
use caseward_events::{Actor, OrganizationName, Via};

/// A command of the register.
#[derive(Debug)]
pub(in crate::engine) enum RegisterCommand {
    CreateOrganization(OrganizationName),
    IssueToken(Box<TokenIssued>),
    WithdrawToken(TokenId),
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// Through whom, where it came through a caller of the service.
    pub via: Option<Via>,
}

impl From<Actor> for By {
    fn from(actor: Actor) -> By {
        By { actor, via: None }
    }
}
