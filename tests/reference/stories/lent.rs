//! Stories about walls, delegations, links and broken glass.

use super::super::oracle::{World, check, what, who};
use super::{Story, allow, hour};
use caseward_events::Action::{ManageAccess, Read, Register, Restrict, SearchText, Share, Write};
use caseward_events::Code;
use serde_json::json;

#[test]
fn a_wall_takes_content_whatever_else_gives_it_and_binds_through_inactive_groups() {
    let mut story = Story::begun();
    story.accepted(1, "system:feed", json!({"add_member": {"group": "g", "member": "user:ann"}}));
    story.accepted(1, "system:feed", json!({"add_member": {"group": "h", "member": "group:g"}}));
    let access = json!(["write", "manage_access"]);
    story.accepted(1, "user:oa", json!({"grant": {"on": "case:C", "to": "user:ann", "access": access}}));
    let wall = json!({"on": "definition:D", "against": "group:h"});
    story.accepted(1, "user:oa", json!({"raise_wall": wall}));
    story.refused(Code::AlreadyWalled, "user:oa", json!({"raise_wall": wall}));
    story.accepted(1, "system:feed", json!({"deactivate_group": {"group": "g"}}));
    let walled = story.now("user:ann", Read, "case:C");
    assert_eq!((walled.rule, &walled.rights[..], walled.disclose), ("wall", &[ManageAccess][..], true));
    // The membership path, and not that a group on it is inactive: the wall would stand without that.
    assert_eq!((walled.reasons[0].rule, &walled.reasons[0].events[..]), ("wall", &[7, 4, 5][..]));
    let left = allow("case_grant", "case:C", "user:ann", &[ManageAccess], &[6]);
    assert_eq!(walled.reasons[1..], [left]);
    assert_eq!(story.now("user:ann", ManageAccess, "case:C").rule, "case_grant");
    story.refused(Code::NoSuchWall, "user:ann", json!({"lower_wall": {"on": "case:C", "against": "group:h"}}));
    story.refused(Code::NotAuthorized, "user:ann", json!({"lower_wall": wall}));
    story.accepted(1, "user:oa", json!({"lower_wall": wall}));
    assert_eq!(story.now("user:ann", Read, "case:C").rule, "case_grant");
    story.accepted(1, "user:oa", json!({"raise_wall": {"on": "organization", "against": "user:oa"}}));
    let admin = story.now("user:oa", Write, "case:C");
    assert_eq!((admin.rule, &admin.rights[..]), ("wall", &[ManageAccess, Restrict][..]));
    assert_eq!(story.now("user:oa", SearchText, "organization").rule, "org_admin");
    story.accepted(1, "user:oa", json!({"adopt_policy": {"walls_bind_admins": false}}));
    assert_eq!(story.now("user:oa", Write, "case:C").rule, "org_admin");
}

#[test]
fn a_delegation_lends_lists_and_profile_and_nothing_where_either_is_walled() {
    let mut story = Story::begun();
    let rights = json!(["write", "manage_access", "register"]);
    story.accepted(1, "user:oa", json!({"grant": {"on": "definition:D", "to": "user:ann", "access": rights}}));
    let delegate = |id: &str, from: &str, to: &str| json!({"delegate": {"delegation": id, "from": from, "to": to}});
    story.refused(Code::NotAuthorized, "user:ben", delegate("d", "user:ann", "user:ben"));
    story.accepted(1, "user:ann", delegate("d", "user:ann", "user:ben"));
    story.refused(Code::Exists, "user:oa", delegate("d", "user:oa", "user:ben"));
    story.accepted(1, "user:ben", delegate("e", "user:ben", "user:cy"));
    story.accepted(1, "user:oa", delegate("f", "user:oa", "user:cy"));
    let lent = story.now("user:ben", Write, "case:C");
    assert_eq!((lent.rule, lent.reasons[0].subject.as_str()), ("delegation", "user:ann"));
    assert_eq!(lent.reasons[0].source, "delegation:d");
    // Not passed on, and nothing from being an org admin.
    assert_eq!(story.now("user:cy", Write, "case:C").rule, "no_grant");
    let wall = |on: &str, against: &str| json!({"raise_wall": {"on": on, "against": against}});
    story.accepted(1, "user:oa", wall("definition:D", "user:ben"));
    let ways = [(ManageAccess, "case:C"), (Register, "definition:D")];
    assert!(ways.iter().all(|(action, there)| story.now("user:ben", *action, there).rule == "no_grant"));
    story.accepted(1, "user:oa", json!({"lower_wall": {"on": "definition:D", "against": "user:ben"}}));
    assert!(ways.iter().all(|(action, there)| story.now("user:ben", *action, there).rule == "delegation"));
    story.accepted(1, "user:oa", wall("organization", "user:ann"));
    assert!(ways.iter().all(|(action, there)| story.now("user:ben", *action, there).rule == "no_grant"));
    assert_eq!(story.now("user:ann", ManageAccess, "case:C").rule, "definition_grant");
    story.refused(Code::NotAuthorized, "user:oa", json!({"end_delegation": {"delegation": "d"}}));
    story.refused(Code::NotFound, "user:oa", json!({"end_delegation": {"delegation": "z"}}));
    story.accepted(1, "user:ann", json!({"end_delegation": {"delegation": "d"}}));
    story.accepted(0, "user:ann", json!({"end_delegation": {"delegation": "d"}}));
}

#[test]
fn a_link_reads_its_case_and_the_first_that_applies_decides() {
    let mut story = Story::begun();
    let share = |link: &str| json!({"share_case": {"case": "C", "link": link, "valid_until": hour(50).to_string()}});
    story.refused(Code::SharingDisabled, "user:oa", share("x"));
    story.refused(Code::NotAuthorized, "user:ann", share("x"));
    story.accepted(1, "user:oa", json!({"set_sharing": {"definition": "D", "enabled": true}}));
    story.accepted(1, "user:oa", share("x"));
    story.refused(Code::Exists, "user:oa", share("x"));
    let asked = |story: &Story, action, there: &str| {
        let verdict = story.now("link:x", action, there);
        (verdict.rule, verdict.rights.len(), verdict.disclose)
    };
    assert_eq!(asked(&story, Read, "case:C"), ("link", 1, true));
    assert_eq!(asked(&story, Write, "case:C"), ("insufficient", 1, true));
    assert_eq!(asked(&story, Read, "case:Z"), ("not_found", 0, false));
    assert_eq!(asked(&story, Register, "definition:D"), ("no_grant", 0, true));
    assert_eq!(story.now("link:y", Read, "case:C").rule, "not_found");
    let world = World::at(&story.log.events, story.log.head());
    assert_eq!(who(&world, Read, "case:C", hour(9)).links, ["link:x"]);
    assert_eq!(what(&world, "link:x", Read, None, hour(9)), ["case:C"]);
    assert_eq!(check(&world, "link:x", Write, "case:C", hour(50)).rule, "expired");
    story.accepted(1, "user:oa", json!({"restrict_case": {"case": "C", "entries": []}}));
    assert_eq!(asked(&story, Write, "case:C"), ("restricted", 0, false));
    story.accepted(1, "user:oa", json!({"set_sharing": {"definition": "D", "enabled": false}}));
    assert_eq!(asked(&story, Read, "case:C"), ("no_grant", 0, false));
    story.refused(Code::NotFound, "user:ann", json!({"revoke_link": {"link": "y"}}));
    story.refused(Code::NotAuthorized, "user:ann", json!({"revoke_link": {"link": "x"}}));
    story.accepted(1, "user:oa", json!({"revoke_link": {"link": "x"}}));
    story.accepted(0, "user:oa", json!({"revoke_link": {"link": "x"}}));
    assert_eq!(asked(&story, Read, "case:C"), ("expired", 0, false));
}

#[test]
fn a_broken_glass_keeps_its_level_and_end_and_stops_at_walls_and_caps() {
    let mut story = Story::begun();
    let mut broken = |hours: i64, user: &str, minutes: u32| {
        story.hours = hours;
        let command = json!({"break_glass": {"case": "C", "minutes": minutes}});
        let line = json!({"actor": user, "reason": "fire", "time": hour(hours).to_string(), "command": command});
        story.line(line)
    };
    assert_eq!(broken(4, "user:ann", 30), super::Answer::Refused(Code::BreakGlassOff));
    story.accepted(1, "user:oa", json!({"adopt_policy": {"break_glass": "write"}}));
    let entries = json!([{"to": "user:oa", "access": "read"}]);
    story.accepted(1, "user:oa", json!({"restrict_case": {"case": "C", "entries": entries}}));
    story.accepted(1, "user:oa", json!({"raise_wall": {"on": "case:C", "against": "user:ben"}}));
    let mut broken = |user: &str, minutes: u32| {
        let command = json!({"break_glass": {"case": "C", "minutes": minutes}});
        story.line(json!({"actor": user, "reason": "fire", "time": hour(10).to_string(), "command": command}))
    };
    assert_eq!(broken("user:ann", 61), super::Answer::Refused(Code::TooLong));
    assert_eq!(broken("user:ben", 60), super::Answer::Refused(Code::Wall));
    assert!(matches!(broken("user:ann", 60), super::Answer::Accepted { events: 1, .. }));
    assert!(matches!(broken("user:oa", 60), super::Answer::Accepted { events: 1, .. }));
    story.hours = 10;
    // However much the policy allows, an end that no instant can name is too long.
    story.accepted(1, "user:oa", json!({"adopt_policy": {"break_glass_max_minutes": u32::MAX}}));
    let command = json!({"break_glass": {"case": "C", "minutes": u32::MAX}});
    let line = json!({"actor": "user:eve", "reason": "fire", "time": hour(20).to_string(), "command": command});
    assert_eq!(story.line(line), super::Answer::Refused(Code::TooLong));
    story.accepted(1, "user:oa", json!({"adopt_policy": {"break_glass": "off"}}));
    let world = World::at(&story.log.events, story.log.head());
    let rule = |user: &str, action, at| check(&world, user, action, "case:C", at).rule;
    assert_eq!(rule("user:ann", Write, hour(10)), "break_glass");
    assert_eq!(rule("user:ann", Share, hour(10)), "insufficient");
    assert_eq!(rule("user:ann", Write, hour(11)), "restricted");
    assert_eq!(rule("user:ann", Write, hour(9)), "restricted");
    // A capped org admin stays capped.
    assert_eq!(rule("user:oa", Write, hour(10)), "org_admin_capped");
}
