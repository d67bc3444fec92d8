//! Which lines were to take access away, or to keep it away: what is refused of them leaves somebody with what they should
//! not have.
//!
//! INVARIANT: a line that names such a command counts also where it is refused for its form. Absent on purpose: whether
//! somebody had what was to be taken; that is not known of a line that was refused.

use caseward_events::submission::parse_json;
use caseward_events::{Command, FormAccess, ProfileSettings, Rights, Scope, Window};
use serde_json::Value;

/// The command that a line names, also where it is none for its form, and whether it was to take access away.
pub fn of_line(text: &[u8]) -> Option<(&'static str, bool)> {
    of_value(&parse_json(text).ok()?)
}

/// The same of a line that was parsed.
pub fn of_value(line: &Value) -> Option<(&'static str, bool)> {
    let command = line.get("command")?;
    let name = Command::NAMES.iter().find(|name| command.get(**name).is_some())?;
    match Command::parse(command.clone()) {
        Ok(command) => Some((name, takes_away(&command))),
        // What it was to say is not known, so it counts where it might have.
        Err(_) => Some((name, MIGHT.contains(name))),
    }
}

/// Every command that takes access away, be it by some of its values alone.
const MIGHT: [&str; 18] = [
    "revoke",
    "update_grant",
    "restrict_case",
    "raise_wall",
    "offboard",
    "disable_user",
    "remove_member",
    "deactivate_group",
    "dismiss_org_admin",
    "end_delegation",
    "revoke_link",
    "remove_person",
    "set_access_control",
    "set_sharing",
    "assign_profile",
    "place_in_workspace",
    "configure_profile",
    "set_form_access",
];

/// Whether a command can do nothing but take access away, or sets something to where it gives least.
pub fn takes_away(command: &Command) -> bool {
    match command {
        Command::Revoke(_)
        | Command::RestrictCase(_)
        | Command::RaiseWall(_)
        | Command::Offboard(_)
        | Command::DisableUser(_)
        | Command::RemoveMember(_)
        | Command::DeactivateGroup(_)
        | Command::DismissOrgAdmin(_)
        | Command::EndDelegation(_)
        | Command::RevokeLink(_)
        | Command::RemovePerson(_) => true,
        // Access control on: who is on no list has nothing any more.
        Command::SetAccessControl(set) => set.enabled,
        Command::SetSharing(set) => !set.enabled,
        Command::AssignProfile(assigned) => assigned.profile.is_none(),
        Command::PlaceInWorkspace(placed) => placed.workspace.is_none(),
        Command::UpdateGrant(update) => {
            update.rights_from(Rights::NONE) == Rights::READ || update.window_from(Window::ALWAYS) != Window::ALWAYS
        }
        Command::ConfigureProfile(set) => {
            let all =
                ProfileSettings { module_access: true, administrator: true, search_text: true, search_query: true };
            set.settings_from(all) != all
        }
        Command::SetFormAccess(set) => {
            let (every, on) = (Scope::All, true);
            let all = FormAccess {
                read: every,
                write: every,
                delete: every,
                register: on,
                share: on,
                write_completed: on,
                change_form: on,
            };
            set.access_from(all) != all
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_takes_access_away_counts_by_what_it_sets_and_by_its_name_where_that_is_not_known() {
        let of = |command: Value| of_value(&json!({"command": command})).expect("it names a command").1;
        for taking in [
            json!({"revoke": {"on": "case:1", "to": "user:a"}}),
            json!({"remove_person": {"case": "1", "field": "f", "person": "user:a"}}),
            json!({"set_access_control": {"definition": "d", "enabled": true}}),
            json!({"set_sharing": {"definition": "d", "enabled": false}}),
            json!({"assign_profile": {"user": "a", "profile": null}}),
            json!({"place_in_workspace": {"user": "a", "workspace": null}}),
            json!({"update_grant": {"on": "case:1", "to": "user:a", "access": "read"}}),
            json!({"update_grant": {"on": "case:1", "to": "user:a", "valid_until": "2024-01-01T00:00:00Z"}}),
            json!({"configure_profile": {"profile": "p", "module_access": false}}),
            json!({"set_form_access": {"profile": "p", "definition": "d", "read": "none"}}),
            json!({"revoke": "what"}),
            json!({"update_grant": {"on": "case:1"}}),
        ] {
            assert!(of(taking.clone()), "{taking}");
        }
        for other in [
            json!({"grant": {"on": "case:1", "to": "user:a"}}),
            json!({"grant": {}}),
            json!({"set_access_control": {"definition": "d", "enabled": false}}),
            json!({"assign_profile": {"user": "a", "profile": "p"}}),
            json!({"update_grant": {"on": "case:1", "to": "user:a", "access": "write"}}),
            json!({"update_grant": {"on": "case:1", "to": "user:a", "valid_until": null}}),
            json!({"configure_profile": {"profile": "p", "module_access": true}}),
            json!({"set_form_access": {"profile": "p", "definition": "d", "read": "all"}}),
        ] {
            assert!(!of(other.clone()), "{other}");
        }
        assert_eq!(of_line(br#"{"time":"never","command":{"revoke":{"on":"case:1"}}}"#), Some(("revoke", true)));
        assert_eq!(of_line(br#"{"command":{"revoke""#), None);
    }

    #[test]
    fn every_name_is_one_of_a_command() {
        assert!(MIGHT.iter().all(|name| Command::NAMES.contains(name)));
    }
}
