//! A command becomes events, or a refusal (`semantics.md` section 5).
//!
//! The order of codes is the order of this page: `invalid` (what only the log shows), `invalid_window`, time,
//! `version_conflict`, `not_authorized`, then `not_found` and the codes of the command's own row, which stand with it in
//! the rooms below. A known id comes before all of them: the engine answers it, for it holds the log.
//!
//! INVARIANT: deciding changes nothing. What it reads is the tip, events decided before and not yet durable included.

mod activities;
mod authority;
mod blocking;
mod cases;
mod definitions;
mod dormant;
mod effects;
mod grants;
mod handing;
mod items;
mod offboard;
mod organization;
mod profiles;
mod returning;

use crate::facts::position::{Pos32, When};
use crate::fold::at_hand::AtHand;
use authority::Authority;
use caseward_events::command::{Command, EndDelegation, RevokeLink};
use caseward_events::submission::Content;
use caseward_events::{Actor, Code, Event, OrganizationName, Refusal, Stream, Timestamp, Warning};

/// When a command is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecideAt {
    /// It happens now: its events bear this time, which is later than that of the last event.
    Live(Timestamp),
    /// It happened when it says; the engine's clock shows this.
    Import {
        /// The engine's clock.
        clock: Timestamp,
    },
}

/// An accepted command.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// What its events bear.
    pub time: Timestamp,
    /// What happens; nothing, where nothing changes.
    pub events: Vec<Event>,
    /// What may surprise.
    pub warnings: Vec<Warning>,
}

/// What a command of a row comes to.
#[derive(Default)]
struct Outcome {
    events: Vec<Event>,
    warnings: Vec<Warning>,
}

impl Outcome {
    /// Accepted, and nothing changes.
    fn unchanged() -> Outcome {
        Outcome::default()
    }

    fn one(event: impl Into<Event>) -> Outcome {
        Outcome { events: vec![event.into()], warnings: Vec::new() }
    }

    fn warn(mut self, warning: impl IntoIterator<Item = Warning>) -> Outcome {
        self.warnings.extend(warning);
        self
    }
}

/// Decides a command at the tip; `own` is the name of the organization it was sent to. A cascade over more than
/// `cascade_cases` cases is one event; the answers that follow from it are the same.
///
/// # Errors
/// The refusal, the first that applies.
pub fn decide(
    views: AtHand<'_>,
    own: &OrganizationName,
    content: &Content,
    moment: DecideAt,
    cascade_cases: usize,
) -> Result<Decided, Refusal> {
    let time = time_of(content, moment)?;
    // What an earlier release took is history, which an import brings as it was.
    if let DecideAt::Live(_) = moment {
        content.command.judge_spelling()?;
    }
    let deciding = Deciding { views, own, actor: &content.actor, now: time, cascade_cases };
    deciding.judge_nesting(&content.command)?;
    deciding.judge_elsewhere(&content.command)?;
    deciding.judge_windows(&content.command)?;
    deciding.judge_time(moment)?;
    deciding.judge_version(content)?;
    deciding.judge_authority(&Authority::of(&content.command))?;
    let Outcome { events, mut warnings } = deciding.outcome(&content.command)?;
    warnings.extend(dormant::no_wildcard(&content.command).filter(|_| !events.is_empty()));
    Ok(Decided { time, events, warnings })
}

fn time_of(content: &Content, moment: DecideAt) -> Result<Timestamp, Refusal> {
    match (moment, content.time) {
        (DecideAt::Live(now), None) => Ok(now),
        (DecideAt::Import { .. }, Some(time)) => Ok(time),
        (DecideAt::Live(_), Some(_)) => {
            Err(Refusal::invalid("`time` is only for an import; what is applied is recorded now")
                .hint("leave `time` out, or use caseward import"))
        }
        (DecideAt::Import { .. }, None) => Err(Refusal::invalid("`time` is missing; an import brings its own times")
            .hint("give each line a `time`, or use caseward apply")),
    }
}

struct Deciding<'a> {
    views: AtHand<'a>,
    own: &'a OrganizationName,
    actor: &'a Actor,
    now: Timestamp,
    /// A cascade over more cases is one event.
    cascade_cases: usize,
}

/// What may lie above the head counts: it was decided before.
const TIP: Pos32 = Pos32::LATEST;

impl Deciding<'_> {
    fn when(&self) -> When {
        When::latest(self.now)
    }

    fn judge_time(&self, moment: DecideAt) -> Result<(), Refusal> {
        let DecideAt::Import { clock } = moment else { return Ok(()) };
        let time = self.now;
        if let Some(last) = self.views.timeline.last()
            && time < last
        {
            return Err(Refusal::new(Code::TimeGoesBack, format!("{time} is earlier than the last event, {last}"))
                .hint("sort the lines by `time`; nothing is ever rewritten, so what came later stays later")
                .fact("last", last.to_string()));
        }
        if time > clock {
            return Err(Refusal::new(Code::TimeAhead, format!("{time} is later than the engine's clock, {clock}"))
                .hint("an import holds what happened; send what is to come when it comes")
                .fact("clock", clock.to_string()));
        }
        Ok(())
    }

    fn judge_version(&self, content: &Content) -> Result<(), Refusal> {
        let Some(expected) = content.expected_version else { return Ok(()) };
        let Some(stream) = self.stream(&content.command) else {
            return if expected == 0 { Ok(()) } else { Err(conflict("a stream that cannot be known", expected, 0)) };
        };
        let actual = self.views.stream_version(&stream);
        if expected == actual {
            return Ok(());
        }
        Err(conflict(&format!("`{stream}`"), expected, actual)
            .hint(format!("look at what changed: caseward history {stream}"))
            .fact("stream", stream.to_string()))
    }

    /// The stream of the first event; of a delegation or link, where there is one.
    fn stream(&self, command: &Command) -> Option<Stream> {
        let views = self.views;
        match command {
            Command::EndDelegation(EndDelegation { delegation }) => {
                let number = views.delegations.names.get(delegation)?;
                let from = views.delegations.get(number).from;
                Some(Stream::User(views.directory.users.id(from).clone()))
            }
            Command::RevokeLink(RevokeLink { link }) => {
                let case = views.links.get(views.links.names.get(link)?).case;
                Some(Stream::Case(views.cases.names.id(case).clone()))
            }
            other => other.stream(),
        }
    }

    fn outcome(&self, command: &Command) -> Result<Outcome, Refusal> {
        match command {
            Command::CreateDefinition(command) => self.create_definition(command),
            Command::SetAccessControl(command) => self.set_access_control(command),
            Command::SetSharing(command) => self.set_sharing(command),
            Command::OpenCase(command) => self.open_case(command),
            Command::CompleteCase(command) => self.complete_case(command),
            Command::ReopenCase(command) => self.reopen_case(command),
            Command::Grant(command) => self.grant(command),
            Command::UpdateGrant(command) => self.update_grant(command),
            Command::Revoke(command) => self.revoke(command),
            Command::RestrictCase(command) => self.restrict_case(command),
            Command::LiftRestriction(command) => self.lift_restriction(command),
            Command::AddMember(command) => self.add_member(command),
            Command::RemoveMember(command) => self.remove_member(command),
            Command::DeactivateGroup(command) => Ok(self.set_group_active(command, false)),
            Command::ActivateGroup(command) => Ok(self.set_group_active(command, true)),
            Command::DisableUser(command) => self.disable_user(command),
            Command::EnableUser(command) => Ok(self.enable_user(command)),
            Command::Offboard(command) => self.offboard(command),
            Command::AppointOrgAdmin(command) => Ok(self.appoint_org_admin(command)),
            Command::DismissOrgAdmin(command) => self.dismiss_org_admin(command),
            Command::AdoptPolicy(command) => self.adopt_policy(command),
            Command::AdoptVocabulary(command) => Ok(self.adopt_vocabulary(command)),
            Command::PlaceInWorkspace(command) => Ok(self.place_in_workspace(command)),
            Command::AssignProfile(command) => Ok(self.assign_profile(command)),
            Command::ConfigureProfile(command) => Ok(self.configure_profile(command)),
            Command::SetFormAccess(command) => self.set_form_access(command),
            Command::AddPerson(command) => self.add_person(command),
            Command::RemovePerson(command) => self.remove_person(command),
            Command::AssignActivity(command) => self.assign_activity(command),
            Command::ReleaseActivity(command) => self.release_activity(command),
            Command::Delegate(command) => self.delegate(command),
            Command::EndDelegation(command) => self.end_delegation(command),
            Command::AddItem(command) => self.add_item(command),
            Command::RemoveItem(command) => self.remove_item(command),
            Command::CheckOutItem(command) => self.check_out_item(command),
            Command::CheckInItem(command) => Ok(self.check_in_item(command)),
            Command::Attach(command) => self.attach(command),
            Command::Detach(command) => self.detach(command),
            Command::ShareCase(command) => self.share_case(command),
            Command::RevokeLink(command) => self.revoke_link(command),
            Command::RaiseWall(command) => self.raise_wall(command),
            Command::LowerWall(command) => self.lower_wall(command),
            Command::BreakGlass(command) => self.break_glass(command),
            Command::SetLabel(command) => self.set_label(command),
            Command::Erase(command) => Ok(self.erase(command)),
            Command::ReplaceKey(command) => Ok(self.replace_key(command)),
        }
    }
}

fn conflict(stream: &str, expected: u64, actual: u64) -> Refusal {
    let message = format!("{stream} is at version {actual}, not {expected}");
    Refusal::new(Code::VersionConflict, message).fact("expected", expected).fact("actual", actual)
}
