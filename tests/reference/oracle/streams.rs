//! Streams (`semantics.md` section 5): `case:Y` (also its lists, walls, links, activities, broken glass),
//! `definition:X` (also its list and walls), `group:G`, `profile:P` (also its matrix rows), `item:I`, `task:T`,
//! `user:U` (disable, workspace, profile, delegations from that user), `organization` (the rest).

use super::world::World;
use caseward_events::command::Command;
use caseward_events::{Event, Recorded};

/// The number of events in the stream addressed; 0 for a new one, and for one that cannot be known.
pub fn version(events: &[Recorded], command: &Command) -> u64 {
    let stream = stream_addressed(events, command);
    events.iter().filter(|recorded| stream_of(&recorded.event) == stream).count() as u64
}

/// A command addresses the stream of its first event.
fn stream_addressed(events: &[Recorded], command: &Command) -> String {
    match command {
        Command::CreateDefinition(command) => format!("definition:{}", command.definition),
        Command::SetAccessControl(command) => format!("definition:{}", command.definition),
        Command::SetSharing(command) => format!("definition:{}", command.definition),
        Command::Grant(command) => stream_of_list(&command.on.to_string()),
        Command::UpdateGrant(command) => stream_of_list(&command.on.to_string()),
        Command::Revoke(command) => stream_of_list(&command.on.to_string()),
        Command::RaiseWall(command) | Command::LowerWall(command) => command.on.to_string(),
        Command::AddMember(command) | Command::RemoveMember(command) => format!("group:{}", command.group),
        Command::DeactivateGroup(command) | Command::ActivateGroup(command) => format!("group:{}", command.group),
        Command::DisableUser(command) | Command::EnableUser(command) | Command::Offboard(command) => {
            format!("user:{}", command.user)
        }
        Command::PlaceInWorkspace(command) => format!("user:{}", command.user),
        Command::AssignProfile(command) => format!("user:{}", command.user),
        Command::Delegate(command) => format!("user:{}", command.from),
        Command::ConfigureProfile(command) => format!("profile:{}", command.profile),
        Command::SetFormAccess(command) => format!("profile:{}", command.profile),
        Command::AddItem(command) | Command::RemoveItem(command) => format!("item:{}", command.item),
        Command::CheckOutItem(command) | Command::CheckInItem(command) => format!("item:{}", command.item),
        Command::Attach(command) | Command::Detach(command) => format!("task:{}", command.task),
        Command::SetLabel(command) => stream_of_label(&command.of.to_string()),
        Command::AppointOrgAdmin(_)
        | Command::DismissOrgAdmin(_)
        | Command::AdoptPolicy(_)
        | Command::AdoptVocabulary(_)
        | Command::Erase(_)
        | Command::ReplaceKey(_) => "organization".to_owned(),
        Command::EndDelegation(command) => {
            let world = World::at(events, events.len() as u64);
            let found = world.delegation(command.delegation.as_str()).map(|found| found.from.clone());
            found.unwrap_or_default()
        }
        Command::RevokeLink(command) => {
            let world = World::at(events, events.len() as u64);
            world.facts.links.get(&format!("link:{}", command.link)).map(|link| link.case.clone()).unwrap_or_default()
        }
        of_case => case_named(of_case).unwrap_or_default(),
    }
}

/// The case that a command about one case is about.
pub fn case_named(command: &Command) -> Option<String> {
    let case = match command {
        Command::OpenCase(command) => &command.case,
        Command::RestrictCase(command) => &command.case,
        Command::CompleteCase(command) | Command::ReopenCase(command) | Command::LiftRestriction(command) => {
            &command.case
        }
        Command::AddPerson(command) | Command::RemovePerson(command) => &command.case,
        Command::AssignActivity(command) | Command::ReleaseActivity(command) => &command.case,
        Command::AddItem(command) | Command::RemoveItem(command) => &command.case,
        Command::ShareCase(command) => &command.case,
        Command::BreakGlass(command) => &command.case,
        _ => return None,
    };
    Some(format!("case:{case}"))
}

/// The stream that an event is in.
pub fn stream_of(event: &Event) -> String {
    match event {
        Event::DefinitionCreated(event) => format!("definition:{}", event.definition),
        Event::AccessControlSet(event) => format!("definition:{}", event.definition),
        Event::SharingSet(event) => format!("definition:{}", event.definition),
        Event::AccessGranted(event) => stream_of_list(&event.on.to_string()),
        Event::GrantUpdated(event) => stream_of_list(&event.on.to_string()),
        Event::GrantRevoked(event) => stream_of_list(&event.on.to_string()),
        Event::GrantsRevoked(event) => format!("definition:{}", event.definition),
        Event::WallRaised(event) => event.on.to_string(),
        Event::WallLowered(event) => event.on.to_string(),
        Event::MemberAdded(event) => format!("group:{}", event.group),
        Event::MemberRemoved(event) => format!("group:{}", event.group),
        Event::GroupDeactivated(event) => format!("group:{}", event.group),
        Event::GroupActivated(event) => format!("group:{}", event.group),
        Event::UserDisabled(event) => format!("user:{}", event.user),
        Event::UserEnabled(event) => format!("user:{}", event.user),
        Event::UserOffboarded(event) => format!("user:{}", event.user),
        Event::UserPlaced(event) => format!("user:{}", event.user),
        Event::ProfileAssigned(event) => format!("user:{}", event.user),
        Event::Delegated(event) => format!("user:{}", event.from),
        Event::DelegationEnded(event) => format!("user:{}", event.from),
        Event::ProfileConfigured(event) => format!("profile:{}", event.profile),
        Event::FormAccessSet(event) => format!("profile:{}", event.profile),
        Event::ItemAdded(event) => format!("item:{}", event.item),
        Event::ItemRemoved(event) => format!("item:{}", event.item),
        Event::ItemCheckedOut(event) => format!("item:{}", event.item),
        Event::ItemCheckedIn(event) => format!("item:{}", event.item),
        Event::Attached(event) => format!("task:{}", event.task),
        Event::Detached(event) => format!("task:{}", event.task),
        Event::LabelSet(event) => stream_of_label(&event.of.to_string()),
        of_case => stream_of_case(of_case),
    }
}

fn stream_of_case(event: &Event) -> String {
    let case = match event {
        Event::CaseOpened(event) => &event.case,
        Event::CaseCompleted(event) => &event.case,
        Event::CaseReopened(event) => &event.case,
        Event::CaseRestricted(event) => &event.case,
        Event::RestrictionLifted(event) => &event.case,
        Event::PersonAdded(event) => &event.case,
        Event::PersonRemoved(event) => &event.case,
        Event::ActivityAssigned(event) => &event.case,
        Event::ActivityReleased(event) => &event.case,
        Event::CaseShared(event) => &event.case,
        Event::LinkRevoked(event) => &event.case,
        Event::GlassBroken(event) => &event.case,
        _ => return "organization".to_owned(),
    };
    format!("case:{case}")
}

/// A label is in the stream of what it names; a workspace has none of its own.
fn stream_of_label(of: &str) -> String {
    if of.starts_with("workspace:") { "organization".to_owned() } else { of.to_owned() }
}

/// A restricted list is in the stream of its case.
pub fn stream_of_list(list: &str) -> String {
    list.replacen("restriction:", "case:", 1)
}
