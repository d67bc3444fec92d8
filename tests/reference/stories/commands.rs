//! Stories about commands: ids and the order of codes, time, revokes, authority, nesting, policy.

use super::super::oracle::{Answer, Mode, World};
use super::{Story, hour};
use caseward_events::Action::{ManageAccess, Read, Write};
use caseward_events::policy::{Policy, Preset};
use caseward_events::{Code, Event, Warning};
use serde_json::{Value, json};

#[test]
fn a_known_id_answers_as_the_first_time_and_codes_come_in_order() {
    let mut story = Story::begun();
    let open = json!({"open_case": {"case": "N", "definition": "D", "creator": "ann"}});
    let line = |id: &str, more: Value| {
        let mut line = json!({"id": id, "actor": "system:feed", "time": hour(40).to_string(), "command": open});
        for (key, value) in more.as_object().expect("it is written as one") {
            line[key] = value.clone();
        }
        line
    };
    let first = Answer::Accepted { position: 4, events: 1, warnings: vec!["unregistered"], replayed: false };
    assert_eq!(story.line(line("a", json!({}))), first);
    let again = Answer::Accepted { position: 4, events: 1, warnings: vec!["unregistered"], replayed: true };
    assert_eq!(story.line(line("a", json!({"time": hour(1).to_string(), "causation_id": "z"}))), again);
    assert_eq!(story.line(line("a", json!({"reason": "other"}))), Answer::Refused(Code::IdReused));
    assert_eq!(story.line(line("a", json!({"command": {"no": 1}}))), Answer::Refused(Code::IdReused));
    assert_eq!(story.line(line("b", json!({"command": {"no": 1}}))), Answer::Refused(Code::Invalid));
    assert_eq!(story.line(line("b", json!({"time": null}))), Answer::Refused(Code::Invalid));
    let back = json!({"time": hour(39).to_string(), "expected_version": 7});
    assert_eq!(story.line(line("b", back)), Answer::Refused(Code::TimeGoesBack));
    let ahead = json!({"time": "2999-01-01T00:00:00Z", "expected_version": 7});
    assert_eq!(story.line(line("b", ahead)), Answer::Refused(Code::TimeAhead));
    assert_eq!(story.line(line("b", json!({"expected_version": 7}))), Answer::Refused(Code::VersionConflict));
    // One event is in the stream of N; what was refused did not take the id.
    assert_eq!(story.line(line("b", json!({"expected_version": 1}))), Answer::Refused(Code::Exists));
    let no_change = json!({"id": "c", "time": hour(41).to_string(), "command": {"reopen_case": {"case": "N"}}});
    let nothing = Answer::Accepted { position: 4, events: 0, warnings: vec![], replayed: false };
    assert_eq!((story.line(no_change.clone()), story.line(no_change)), (nothing.clone(), nothing));
}

#[test]
fn a_live_commit_is_strictly_later_and_brings_no_time() {
    let mut story = Story::begun();
    let line = json!({"actor": "user:oa", "command": {"complete_case": {"case": "C"}}}).to_string();
    let last = story.log.time_of(3);
    assert!(matches!(story.log.submit(&line, Mode::Live, hour(0)), Answer::Accepted { events: 1, .. }));
    assert_eq!(story.log.time_of(4).as_micros(), last.as_micros() + 1);
    let timed = json!({"time": hour(50).to_string(), "command": {"reopen_case": {"case": "C"}}}).to_string();
    assert_eq!(story.log.submit(&timed, Mode::Live, hour(60)), Answer::Refused(Code::Invalid));
    assert_eq!(story.log.submit(&line, Mode::Import, hour(60)), Answer::Refused(Code::Invalid));
    let reopen = json!({"command": {"reopen_case": {"case": "C"}}}).to_string();
    story.log.submit(&reopen, Mode::Live, hour(60));
    assert_eq!(story.log.time_of(5), hour(60));
    assert_eq!(story.log.position_at(hour(59)), 4);
    assert_eq!(story.log.position_at(hour(-1)), 0);
}

#[test]
fn a_revoke_on_a_definition_leaves_case_grants_or_takes_them_along() {
    let mut story = Story::begun();
    let grant = |on: &str, to: &str, access: &str| json!({"grant": {"on": on, "to": to, "access": access}});
    story.accepted(1, "system:feed", json!({"open_case": {"case": "B", "definition": "D", "creator": "ann"}}));
    story.accepted(1, "system:feed", json!({"add_member": {"group": "g", "member": "user:ann"}}));
    for (on, to, access) in [
        ("definition:D", "user:ann", "write"),
        ("case:C", "user:ann", "read"),
        ("case:B", "user:ann", "read"),
        ("organization", "group:g", "read"),
        ("definition:D", "group:g", "write"),
    ] {
        story.accepted(1, "user:oa", grant(on, to, access));
    }
    let revoke = json!({"revoke": {"on": "definition:D", "to": "user:ann"}});
    assert_eq!(story.accepted(1, "user:oa", revoke.clone()), ["grants_survive", "ineffective"]);
    let warnings = &story.log.events[10].first.as_ref().expect("it is the first of its command").warnings;
    let [Warning::Ineffective { entries, .. }, Warning::GrantsSurvive { cases, .. }] = &warnings[..] else {
        panic!("{warnings:?}")
    };
    let named: Vec<String> =
        entries.iter().map(|entry| format!("{} {} {}", entry.on, entry.to, entry.rights)).collect();
    assert_eq!(named, ["definition:D group:g read, write, delete", "organization group:g read"]);
    assert_eq!(cases.iter().map(|case| case.as_str()).collect::<Vec<_>>(), ["B", "C"]);
    story.accepted(1, "user:oa", grant("definition:D", "user:ann", "read"));
    story.accepted(1, "user:oa", json!({"adopt_policy": {"definition_revoke_cascades": true}}));
    assert_eq!(story.accepted(3, "user:oa", revoke), ["ineffective"]);
    let lists: Vec<String> =
        story.log.events[13..].iter().map(|recorded| recorded.event.fields()["on"].to_string()).collect();
    assert_eq!(lists, ["\"definition:D\"", "\"case:B\"", "\"case:C\""]);
    // Inside the commit it is answered as it stands there.
    let own = |position| {
        story.at(position, "user:ann", Read, "case:C").reasons.iter().map(|why| why.rule).collect::<Vec<_>>()
    };
    assert_eq!(own(15), ["organization_grant", "definition_grant", "case_grant"]);
    assert_eq!(own(16), ["organization_grant", "definition_grant"]);
}

#[test]
fn the_last_enabled_org_admin_stays_and_authority_is_asked_where_it_counts() {
    let mut story = Story::begun();
    let dismiss = |user: &str| json!({"dismiss_org_admin": {"user": user}});
    story.accepted(1, "user:oa", json!({"appoint_org_admin": {"user": "ob"}}));
    story.accepted(1, "system:feed", json!({"disable_user": {"user": "ob"}}));
    story.refused(Code::LastOrgAdmin, "user:oa", dismiss("oa"));
    story.refused(Code::LastOrgAdmin, "system:feed", json!({"disable_user": {"user": "oa"}}));
    story.refused(Code::NotAuthorized, "user:ob", dismiss("oa"));
    story.accepted(1, "user:oa", dismiss("ob"));
    // Without bypass an org admin may not read, but still commands.
    story.accepted(1, "user:oa", json!({"adopt_policy": {"org_admin_bypass": false}}));
    assert_eq!(story.now("user:oa", Read, "case:C").rule, "no_grant");
    assert_eq!(story.now("user:oa", ManageAccess, "organization").rule, "org_admin");
    let manager = json!({"on": "definition:D", "to": "user:mia", "access": ["manage_access"]});
    story.accepted(1, "user:oa", json!({"grant": manager}));
    story.accepted(1, "user:mia", json!({"grant": {"on": "case:C", "to": "user:ann"}}));
    story.refused(Code::NotAuthorized, "user:mia", json!({"grant": {"on": "organization", "to": "user:ann"}}));
    story.refused(Code::NotAuthorized, "user:mia", json!({"grant": {"on": "case:X", "to": "user:ann"}}));
    story.refused(Code::NotFound, "user:oa", json!({"grant": {"on": "case:X", "to": "user:ann"}}));
    story.refused(Code::NotAuthorized, "user:mia", json!({"restrict_case": {"case": "C", "entries": []}}));
    story.accepted(1, "user:oa", json!({"restrict_case": {"case": "C", "entries": []}}));
    story.refused(Code::NotAuthorized, "user:mia", json!({"revoke": {"on": "case:C", "to": "user:ann"}}));
    story.accepted(1, "user:oa", json!({"adopt_policy": {"access_managers": "trusted"}}));
    story.accepted(1, "user:mia", json!({"revoke": {"on": "case:C", "to": "user:ann"}}));
    story.refused(Code::NotAuthorized, "user:mia", json!({"grant": {"on": "restriction:C", "to": "user:mia"}}));
}

#[test]
fn groups_nest_64_deep_and_not_deeper() {
    let mut story = Story::default();
    let nest = |outer: usize, inner: usize| json!({"add_member": {"group": format!("n{outer}"), "member": format!("group:n{inner}")}});
    // n1 in n2 in ... in n32, and n33 in ... in n64: joined they are 64, and one more is too many at either end.
    for inner in (1..32).chain(33..64) {
        story.accepted(1, "system:feed", nest(inner + 1, inner));
    }
    story.accepted(1, "system:feed", nest(33, 32));
    story.refused(Code::Invalid, "system:feed", nest(65, 64));
    story.refused(Code::Invalid, "system:feed", nest(1, 0));
    story.refused(Code::Cycle, "system:feed", nest(1, 64));
    story.accepted(1, "system:feed", json!({"add_member": {"group": "n1", "member": "user:ann"}}));
    assert_eq!(World::at(&story.log.events, 64).groups_around("user:ann", true).len(), 64);
}

#[test]
fn a_policy_is_adopted_where_it_changes_something_and_leaves_restrictions_alone() {
    let mut story = Story::begun();
    story.accepted(0, "user:oa", json!({"adopt_policy": {"preset": "caseward"}}));
    story.accepted(1, "user:oa", json!({"adopt_policy": {"creator_grant": "write"}}));
    // At the first of its two positions the case is there and the grant is not.
    story.accepted(2, "system:feed", json!({"open_case": {"case": "G", "definition": "D", "creator": "ann"}}));
    assert_eq!(story.at(5, "user:ann", Write, "case:G").rule, "no_grant");
    assert_eq!(story.at(6, "user:ann", Write, "case:G").rule, "case_grant");
    story.accepted(1, "user:oa", json!({"restrict_case": {"case": "C", "entries": []}}));
    story.refused(Code::CaseRestricted, "user:oa", json!({"adopt_policy": {"preset": "cmf"}}));
    story.refused(Code::AlreadyRestricted, "user:oa", json!({"restrict_case": {"case": "C", "entries": []}}));
    story.accepted(1, "user:oa", json!({"lift_restriction": {"case": "C"}}));
    story.refused(Code::NotRestricted, "user:oa", json!({"lift_restriction": {"case": "C"}}));
    story.accepted(1, "user:oa", json!({"adopt_policy": {"preset": "cmf"}}));
    story.refused(Code::RestrictionDisabled, "user:oa", json!({"restrict_case": {"case": "C", "entries": []}}));
    let Event::PolicyAdopted(adopted) = &story.log.events[8].event else { panic!("{:?}", story.log.events[8]) };
    assert_eq!(adopted.keys.keys().count(), 11, "a preset sets every key");
    // The table of section 6, written out once more.
    let caseward = json!({"access_control_default": "on", "restriction": "enabled", "org_admin_bypass": true,
        "org_admin_entry": "cap", "access_managers": "managers", "definition_revoke_cascades": false,
        "assignment_grant": true, "creator_grant": "none", "walls_bind_admins": true, "break_glass": "off",
        "break_glass_max_minutes": 60});
    let with = |changes: Value| {
        let mut table = caseward.clone();
        table.as_object_mut().expect("it is one").extend(changes.as_object().expect("it is one").clone());
        table
    };
    let written = |policy: Policy| serde_json::to_value(policy).expect("a policy is JSON");
    assert_eq!(written(Policy::default()), caseward);
    assert_eq!(written(Preset::Caseward.policy()), caseward);
    let cmf = json!({"access_control_default": "off", "restriction": "disabled", "org_admin_bypass": false,
        "access_managers": "trusted"});
    assert_eq!(written(Preset::Cmf.policy()), with(cmf));
    assert_eq!(written(Preset::Am.policy()), with(json!({"restriction": "disabled", "assignment_grant": false})));
    let safe = json!({"assignment_grant": false, "walls_bind_admins": false});
    assert_eq!(written(Preset::Safe.policy()), with(safe));
}
