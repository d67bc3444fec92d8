//! Stories about profiles, workspaces, person fields, completion, items and tasks.

use super::{Story, hour};
use caseward_events::Action::{
    ChangeForm, Delete, ManageAccess, Read, Register, Restrict, SearchQuery, SearchText, Share, Write,
};
use caseward_events::Code;
use serde_json::{Value, json};

/// User ann has profile p with module access from events 4 and 5 on; the row for definition D is event 6.
fn with_row(row: Value) -> Story {
    let mut story = Story::begun();
    story.accepted(1, "user:oa", json!({"configure_profile": {"profile": "p", "module_access": true}}));
    story.accepted(1, "user:oa", json!({"assign_profile": {"user": "ann", "profile": "p"}}));
    set_row(&mut story, row);
    story
}

fn set_row(story: &mut Story, mut row: Value) {
    row["profile"] = "p".into();
    row["definition"] = "D".into();
    story.accepted(1, "user:oa", json!({"set_form_access": row}));
}

#[test]
fn a_scope_is_a_predicate_and_cites_what_made_it_hold() {
    let mut story = with_row(json!({"read": "involved", "write": "workspace", "delete": "registered"}));
    story.accepted(1, "system:feed", json!({"place_in_workspace": {"user": "ann", "workspace": "w"}}));
    story.accepted(1, "system:feed", json!({"open_case": {"case": "M", "definition": "D", "creator": "ann"}}));
    let own = story.now("user:ann", Write, "case:M");
    assert_eq!((own.rule, &own.rights[..]), ("profile", &[Read, Write, Delete][..]));
    // The row; opened it; linked by its opening, and placed there; opened it; assigned; configured.
    assert_eq!(own.reasons[0].events, [6, 8, 7, 5, 4]);
    // A creator who moved loses the workspace, and nothing else.
    story.accepted(1, "system:feed", json!({"place_in_workspace": {"user": "ann", "workspace": "v"}}));
    assert_eq!(story.now("user:ann", Write, "case:M").rights, [Read, Delete]);
    // A user in a field links the case to the workspace that they are in then; a group does not.
    story.accepted(1, "system:feed", json!({"place_in_workspace": {"user": "ben", "workspace": "v"}}));
    let add = |field: &str, person: &str| json!({"add_person": {"case": "M", "field": field, "person": person}});
    story.accepted(1, "system:feed", add("f", "user:ben"));
    story.accepted(1, "system:feed", json!({"place_in_workspace": {"user": "ben", "workspace": null}}));
    assert_eq!(story.now("user:ann", Write, "case:M").rights, [Read, Write, Delete]);
    story.refused(Code::AlreadyThere, "system:feed", add("f", "user:ben"));
    story.accepted(1, "system:feed", add("g", "user:ben"));
    let remove = json!({"remove_person": {"case": "M", "field": "f", "person": "user:ben"}});
    story.accepted(1, "system:feed", remove.clone());
    story.refused(Code::NotThere, "system:feed", remove);
    // The other placement captured no workspace.
    assert_eq!(story.now("user:ann", Write, "case:M").rights, [Read, Delete]);
    // Involved through a group, as long as it is active; what is wider than read is clamped.
    assert_eq!(story.now("user:ann", Read, "case:C").rule, "no_grant");
    story.accepted(1, "system:feed", json!({"add_person": {"case": "C", "field": "f", "person": "group:g"}}));
    story.accepted(1, "system:feed", json!({"add_member": {"group": "g", "member": "user:ann"}}));
    assert_eq!(story.now("user:ann", Read, "case:C").rights, [Read]);
    story.accepted(1, "system:feed", json!({"deactivate_group": {"group": "g"}}));
    assert_eq!(story.now("user:ann", Read, "case:C").rule, "no_grant");
    story.accepted(1, "user:oa", json!({"configure_profile": {"profile": "p", "module_access": false}}));
    assert_eq!(story.now("user:ann", Read, "case:M").rule, "no_grant");
}

#[test]
fn write_delete_and_share_of_a_profile_need_read_from_any_source_and_completion_locks_write() {
    let mut story = with_row(json!({"read": "registered", "write": "all", "delete": "all", "share": true}));
    story.accepted(1, "user:oa", json!({"set_sharing": {"definition": "D", "enabled": true}}));
    assert_eq!(story.now("user:ann", Write, "case:C").rule, "no_grant");
    story.accepted(1, "user:oa", json!({"grant": {"on": "case:C", "to": "user:ann"}}));
    assert_eq!(story.now("user:ann", Share, "case:C").rights, [Read, Write, Delete, Share]);
    story.accepted(1, "system:feed", json!({"complete_case": {"case": "C"}}));
    let locked = story.now("user:ann", Write, "case:C");
    assert_eq!((locked.rule, &locked.rights[..]), ("completed_locked", &[Read, Delete, Share][..]));
    story.accepted(1, "user:oa", json!({"revoke": {"on": "case:C", "to": "user:ann"}}));
    assert_eq!(story.now("user:ann", Write, "case:C").rule, "no_grant");
    set_row(&mut story, json!({"read": "all"}));
    assert_eq!(story.now("user:ann", Write, "case:C").rule, "completed_locked");
    set_row(&mut story, json!({"write_completed": true}));
    assert_eq!(story.now("user:ann", Write, "case:C").rule, "profile");
    let contradiction = |row: Value| json!({"set_form_access": row});
    let none = json!({"profile": "p", "definition": "D", "read": "none"});
    story.refused(Code::Contradictory, "user:oa", contradiction(none));
    let none = json!({"profile": "p", "definition": "D", "write": "none"});
    story.refused(Code::Contradictory, "user:oa", contradiction(none));
    story.accepted(0, "user:oa", json!({"set_form_access": {"profile": "q", "definition": "D", "read": "none"}}));
    story.accepted(1, "user:oa", json!({"set_sharing": {"definition": "D", "enabled": false}}));
    assert_eq!(story.now("user:ann", Share, "case:C").rule, "insufficient");
}

#[test]
fn administrator_mode_is_no_org_admin() {
    let mut story = with_row(json!({"register": true, "change_form": true}));
    assert_eq!(story.now("user:ann", Register, "definition:D").rights, [Register, ChangeForm]);
    let switches = json!({"profile": "p", "administrator": true, "search_text": true});
    story.accepted(1, "user:oa", json!({"configure_profile": switches}));
    let case = story.now("user:ann", Restrict, "case:C");
    assert_eq!((case.rule, &case.rights[..]), ("insufficient", &[Read, Write, Delete, ManageAccess][..]));
    assert_eq!(story.now("user:ann", ManageAccess, "definition:D").rule, "module_administrator");
    assert_eq!(story.now("user:ann", ManageAccess, "organization").rule, "insufficient");
    assert_eq!(story.now("user:ann", SearchText, "organization").rule, "profile");
    assert_eq!(story.now("user:ann", SearchQuery, "organization").rule, "module_administrator");
    story.refused(Code::NotAuthorized, "user:ann", json!({"assign_profile": {"user": "ben", "profile": "p"}}));
    story.accepted(1, "user:ann", json!({"set_sharing": {"definition": "D", "enabled": true}}));
    assert!(story.now("user:ann", Share, "case:C").allowed);
    story.accepted(1, "user:oa", json!({"restrict_case": {"case": "C", "entries": []}}));
    assert_eq!(story.now("user:ann", Read, "case:C").rule, "restricted");
}

#[test]
fn facts_about_items_and_tasks_stand_against_a_restriction_and_it_against_them() {
    let mut story = Story::begun();
    let restrict = json!({"restrict_case": {"case": "C", "entries": []}});
    story.accepted(1, "system:feed", json!({"open_case": {"case": "B", "definition": "D", "creator": "ann"}}));
    let item = |item: &str, case: &str| json!({"item": item, "case": case});
    let away = |to: &str| json!({"item": "i", "organization": to});
    let task = |entity: &str| json!({"task": "t", "entity": entity});
    story.accepted(1, "system:feed", json!({"add_item": item("i", "C")}));
    for (name, undo, body) in [
        ("add_item", "remove_item", item("i", "B")),
        ("check_out_item", "check_in_item", away("lab")),
        ("attach", "detach", task("case:C")),
    ] {
        if name == "attach" {
            story.accepted(1, "system:feed", json!({"attach": task("item:i")}));
        }
        story.accepted(1, "system:feed", json!({name: body}));
        story.accepted(0, "system:feed", json!({name: body}));
        story.refused(Code::Blocked, "user:oa", restrict.clone());
        story.accepted(1, "system:feed", json!({undo: body}));
        story.accepted(0, "system:feed", json!({undo: body}));
    }
    story.refused(Code::Invalid, "system:feed", json!({"check_out_item": away("default")}));
    story.accepted(1, "user:oa", restrict);
    story.refused(Code::CaseRestricted, "system:feed", json!({"add_item": item("i", "B")}));
    story.refused(Code::CaseRestricted, "system:feed", json!({"check_out_item": away("lab")}));
    story.refused(Code::CaseRestricted, "system:feed", json!({"attach": task("case:B")}));
    story.accepted(1, "system:feed", json!({"add_item": item("fresh", "C")}));
    story.accepted(1, "system:feed", json!({"check_out_item": {"item": "k", "organization": "lab"}}));
    story.refused(Code::CaseRestricted, "system:feed", json!({"add_item": item("k", "C")}));
    story.accepted(1, "system:feed", json!({"check_out_item": {"item": "k", "organization": "court"}}));
    story.accepted(0, "system:feed", json!({"check_in_item": {"item": "k", "organization": "lab"}}));
    story.accepted(1, "system:feed", json!({"detach": task("item:i")}));
}

#[test]
fn an_assignment_raises_and_a_restricted_case_takes_only_who_may_write_it() {
    let mut story = Story::begun();
    let assign = |activity: &str, to: Value| json!({"assign_activity": {"case": "C", "activity": activity, "to": to}});
    let window = hour(100).to_string();
    let shared = json!({"on": "case:C", "to": "user:ann", "access": ["share"], "valid_until": window});
    story.accepted(1, "user:oa", json!({"grant": shared}));
    // One assignment, ann raised, ben granted.
    story.accepted(3, "system:feed", assign("a", json!(["user:ann", "user:ben", "user:ann"])));
    assert_eq!(story.now("user:ann", Share, "case:C").rights, [Read, Write, Delete, Share]);
    story.accepted(0, "system:feed", assign("a", json!(["user:ben"])));
    story.accepted(1, "user:oa", json!({"revoke": {"on": "case:C", "to": "user:ben"}}));
    // No new assignee, yet raised again.
    story.accepted(1, "system:feed", assign("a", json!(["user:ben"])));
    story.accepted(0, "system:feed", assign("a", json!([])));
    let release = json!({"release_activity": {"case": "C", "activity": "a", "to": ["user:ben", "user:cy"]}});
    story.accepted(1, "system:feed", release.clone());
    story.accepted(0, "system:feed", release);
    assert!(story.now("user:ben", Write, "case:C").allowed);
    let entries =
        json!([{"to": "group:g", "access": "write"}, {"to": "group:h"}, {"to": "user:ann", "access": "write"}]);
    story.accepted(1, "user:oa", json!({"restrict_case": {"case": "C", "entries": entries}}));
    story.refused(Code::RestrictedUnlisted, "system:feed", assign("a", json!(["user:ann", "user:ben"])));
    story.refused(Code::RestrictedUnlisted, "system:feed", assign("b", json!(["group:h"])));
    story.accepted(1, "system:feed", assign("b", json!(["group:g", "user:ann", "user:oa"])));
}
