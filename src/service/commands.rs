//! Which part each command asks for.
//!
//! INVARIANT: every command has a row here, which the compiler sees to. Absent on purpose: whether the actor may do it, which
//! the rules decide.

use super::callers::Part;
use caseward_events::{Command, Labelled};

/// The part without which a caller may not send this command.
#[must_use]
pub fn part_of(command: &Command) -> Part {
    match command {
        Command::AddMember(_)
        | Command::RemoveMember(_)
        | Command::DeactivateGroup(_)
        | Command::ActivateGroup(_)
        | Command::DisableUser(_)
        | Command::EnableUser(_)
        | Command::Offboard(_)
        | Command::PlaceInWorkspace(_)
        | Command::AssignProfile(_)
        | Command::ConfigureProfile(_)
        | Command::SetFormAccess(_) => Part::Directory,
        Command::AppointOrgAdmin(_)
        | Command::DismissOrgAdmin(_)
        | Command::AdoptPolicy(_)
        | Command::AdoptVocabulary(_)
        | Command::Erase(_)
        | Command::ReplaceKey(_) => Part::Admin,
        Command::SetLabel(label) => match label.of {
            Labelled::User(_) | Labelled::Group(_) | Labelled::Profile(_) | Labelled::Workspace(_) => Part::Directory,
            Labelled::Case(_) | Labelled::Definition(_) => Part::Produce,
        },
        Command::CreateDefinition(_)
        | Command::SetAccessControl(_)
        | Command::SetSharing(_)
        | Command::OpenCase(_)
        | Command::CompleteCase(_)
        | Command::ReopenCase(_)
        | Command::Grant(_)
        | Command::UpdateGrant(_)
        | Command::Revoke(_)
        | Command::RestrictCase(_)
        | Command::LiftRestriction(_)
        | Command::AddPerson(_)
        | Command::RemovePerson(_)
        | Command::AssignActivity(_)
        | Command::ReleaseActivity(_)
        | Command::Delegate(_)
        | Command::EndDelegation(_)
        | Command::AddItem(_)
        | Command::RemoveItem(_)
        | Command::CheckOutItem(_)
        | Command::CheckInItem(_)
        | Command::Attach(_)
        | Command::Detach(_)
        | Command::ShareCase(_)
        | Command::RevokeLink(_)
        | Command::RaiseWall(_)
        | Command::LowerWall(_)
        | Command::BreakGlass(_) => Part::Produce,
    }
}
