//! Hand-worked stories: the reference itself put to the test, with answers and positions worked out on paper. Here those
//! about decisions; those about commands are in [`commands`], those about profiles in [`forms`], and those about walls,
//! delegations, links and broken glass in [`lent`].

mod commands;
mod forms;
mod lent;

use super::oracle::reasons::Reason;
use super::oracle::{Answer, Log, Mode, Verdict, World, check, who};
use super::oracle_candidate::clock;
use caseward_events::{Action, Code, Timestamp};
use serde_json::{Value, json};

/// Commands by name of the actor; each an hour after the one before, unless told.
#[derive(Default)]
struct Story {
    log: Log,
    hours: i64,
}

const HOUR: i64 = 3_600_000_000;

/// Hours after 2025-01-01.
fn hour(hours: i64) -> Timestamp {
    let start: Timestamp = "2025-01-01T00:00:00Z".parse().expect("it is an instant");
    Timestamp::from_micros(start.as_micros() + hours * HOUR)
}

impl Story {
    /// `user:oa` is org admin from event 1 on, definition D is event 2 and case C, opened by maker, event 3.
    fn begun() -> Story {
        let mut story = Story::default();
        story.accepted(1, "system:setup", json!({"appoint_org_admin": {"user": "oa"}}));
        story.accepted(1, "user:oa", json!({"create_definition": {"definition": "D", "access_control": true}}));
        story.accepted(1, "user:oa", json!({"open_case": {"case": "C", "definition": "D", "creator": "maker"}}));
        story
    }

    fn line(&mut self, line: Value) -> Answer {
        self.log.submit(&line.to_string(), Mode::Import, clock())
    }

    fn says(&mut self, actor: &str, command: Value) -> Answer {
        self.hours += 1;
        self.line(json!({"actor": actor, "time": hour(self.hours).to_string(), "command": command}))
    }

    /// Accepted with that many events; its warnings.
    fn accepted(&mut self, count: usize, actor: &str, command: Value) -> Vec<&'static str> {
        match self.says(actor, command.clone()) {
            Answer::Accepted { events, warnings, .. } if events == count => warnings,
            other => panic!("{command}: {other:?}"),
        }
    }

    fn refused(&mut self, code: Code, actor: &str, command: Value) {
        assert_eq!(self.says(actor, command.clone()), Answer::Refused(code), "{command}");
    }

    fn at(&self, position: u64, user: &str, action: Action, resource: &str) -> Verdict {
        check(&World::at(&self.log.events, position), user, action, resource, self.log.time_of(position))
    }

    fn now(&self, user: &str, action: Action, resource: &str) -> Verdict {
        self.at(self.log.head(), user, action, resource)
    }
}

fn allow(rule: &'static str, source: &str, subject: &str, rights: &[Action], events: &[u64]) -> Reason {
    let (source, subject) = (source.to_owned(), subject.to_owned());
    Reason { rule, effect: "allow", source, subject, rights: rights.to_vec(), events: events.to_vec(), loosely: None }
}

use Action::{Delete, ManageAccess, Read, Register, Restrict, Share, Write};

#[test]
fn the_lists_are_joined_and_every_reason_is_listed_in_order() {
    let mut story = Story::begun();
    story.accepted(1, "user:oa", json!({"grant": {"on": "case:C", "to": "user:ann", "access": "write"}}));
    let register = json!(["read", "register"]);
    story.accepted(1, "user:oa", json!({"grant": {"on": "definition:D", "to": "user:ann", "access": register}}));
    story.accepted(1, "user:oa", json!({"grant": {"on": "organization", "to": "user:ann", "access": ["search_text"]}}));
    let write = story.now("user:ann", Write, "case:C");
    assert_eq!((write.allowed, write.rule, write.disclose), (true, "case_grant", true));
    assert_eq!(write.rights, [Read, Write, Delete]);
    let from_definition = allow("definition_grant", "definition:D", "user:ann", &[Read], &[5]);
    let from_case = allow("case_grant", "case:C", "user:ann", &[Read, Write, Delete], &[4]);
    assert_eq!(write.reasons, [from_definition, from_case]);
    assert_eq!(story.now("user:ann", Read, "case:C").rule, "definition_grant");
    assert_eq!(story.now("user:ann", Register, "definition:D").rights, [Register]);
    assert_eq!(story.at(4, "user:ann", Register, "definition:D").rule, "no_grant");
    assert_eq!(story.now("user:ann", Share, "case:C").rule, "insufficient");
    assert_eq!(story.at(2, "user:ann", Read, "case:C").rule, "not_found");
}

#[test]
fn a_restriction_replaces_and_its_list_is_not_revived() {
    let mut story = Story::begun();
    story.accepted(1, "user:oa", json!({"grant": {"on": "definition:D", "to": "user:ann", "access": "write"}}));
    let entries = json!([{"to": "group:g", "access": "read"}, {"to": "user:oa", "access": ["share"]}]);
    story.accepted(1, "user:oa", json!({"restrict_case": {"case": "C", "entries": entries}}));
    story.accepted(1, "system:feed", json!({"add_member": {"group": "g", "member": "user:ben"}}));
    let ann = story.now("user:ann", Write, "case:C");
    assert_eq!((ann.allowed, ann.rule, ann.disclose, ann.rights.len()), (false, "restricted", false, 0));
    let denying = Reason { effect: "deny", ..allow("restricted", "case:C", "user:ann", &[], &[5]) };
    assert_eq!(ann.reasons, [denying]);
    let ben = story.now("user:ben", Read, "case:C");
    assert_eq!(ben.reasons, [allow("restricted_entry", "restriction:C", "group:g", &[Read], &[5, 6])]);
    assert_eq!(story.now("user:ben", Write, "case:C").rule, "insufficient");
    story.accepted(1, "user:oa", json!({"lift_restriction": {"case": "C"}}));
    assert_eq!(story.now("user:ann", Write, "case:C").rule, "definition_grant");
    story.accepted(1, "user:oa", json!({"restrict_case": {"case": "C", "entries": []}}));
    assert_eq!(story.now("user:ben", Read, "case:C").rule, "restricted");
    assert_eq!(story.at(6, "user:ben", Read, "case:C").rule, "restricted_entry");
}

#[test]
fn an_org_admin_is_capped_by_the_own_entry_and_by_nothing_else() {
    let mut story = Story::begun();
    story.accepted(1, "system:feed", json!({"add_member": {"group": "g", "member": "user:oa"}}));
    let entries = json!([{"to": "group:g", "access": "write"}]);
    story.accepted(1, "user:oa", json!({"restrict_case": {"case": "C", "entries": entries}}));
    let free = story.now("user:oa", Write, "case:C");
    let all = [Read, Write, Delete, Share, ManageAccess, Restrict];
    let through_group = allow("restricted_entry", "restriction:C", "group:g", &[Read, Write, Delete], &[5, 4]);
    assert_eq!(free.reasons, [allow("org_admin", "case:C", "user:oa", &all, &[1, 5]), through_group]);
    let own = json!({"on": "restriction:C", "to": "user:oa", "access": ["share"], "valid_until": hour(20).to_string()});
    story.accepted(1, "user:oa", json!({"grant": own}));
    let capped = story.now("user:oa", Write, "case:C");
    assert_eq!((capped.allowed, capped.rule), (false, "org_admin_capped"));
    assert_eq!(capped.rights, [Read, Share, ManageAccess, Restrict]);
    let cap = allow("org_admin_capped", "case:C", "user:oa", &[Read, Share, ManageAccess, Restrict], &[1, 6, 5]);
    let through_group = allow("restricted_entry", "restriction:C", "group:g", &[Read], &[5, 4]);
    let by_name = allow("restricted_entry", "restriction:C", "user:oa", &[Read, Share], &[6, 5]);
    assert_eq!(capped.reasons, [cap, through_group, by_name]);
    let read = story.now("user:oa", Read, "case:C");
    assert_eq!((read.allowed, read.rule), (true, "org_admin_capped"));
    let world = World::at(&story.log.events, story.log.head());
    assert_eq!(check(&world, "user:oa", Write, "case:C", hour(20)).rule, "org_admin");
    story.accepted(1, "user:oa", json!({"adopt_policy": {"org_admin_entry": "ignore"}}));
    let ignored = story.now("user:oa", Write, "case:C");
    assert_eq!((ignored.rule, &ignored.reasons[0].events[..]), ("org_admin", &[1, 5, 7][..]));
}

#[test]
fn the_shortest_path_is_cited_and_an_inactive_group_is_no_way() {
    let mut story = Story::begun();
    // To g3: by g1 and g2 (events 4, 5, 6), by g2 alone (7, 6), by g4 alone (9, 8).
    for (group, member) in [
        ("g1", "user:ann"),
        ("g2", "group:g1"),
        ("g3", "group:g2"),
        ("g2", "user:ann"),
        ("g3", "group:g4"),
        ("g4", "user:ann"),
    ] {
        story.accepted(1, "system:feed", json!({"add_member": {"group": group, "member": member}}));
    }
    story.accepted(1, "user:oa", json!({"grant": {"on": "case:C", "to": "group:g3", "access": "read"}}));
    let cited = |story: &Story| story.now("user:ann", Read, "case:C").reasons.remove(0).events;
    assert_eq!(cited(&story), [10, 7, 6]);
    story.accepted(1, "system:feed", json!({"deactivate_group": {"group": "g2"}}));
    assert_eq!(cited(&story), [10, 9, 8]);
    story.accepted(1, "system:feed", json!({"deactivate_group": {"group": "g4"}}));
    let missed = story.now("user:ann", Read, "case:C");
    assert_eq!((missed.rule, missed.reasons.len()), ("group_inactive", 0));
    assert_eq!(story.now("user:ann", Write, "case:C").rule, "no_grant");
    assert_eq!(story.at(10, "user:ann", Read, "case:C").rule, "case_grant");
    story.accepted(0, "system:feed", json!({"deactivate_group": {"group": "g4"}}));
    story.refused(Code::AlreadyMember, "system:feed", json!({"add_member": {"group": "g1", "member": "user:ann"}}));
    story.refused(Code::Cycle, "system:feed", json!({"add_member": {"group": "g1", "member": "group:g3"}}));
    story.refused(Code::Cycle, "system:feed", json!({"add_member": {"group": "g1", "member": "group:g1"}}));
    story.refused(Code::NotAMember, "system:feed", json!({"remove_member": {"group": "g3", "member": "user:ann"}}));
}

#[test]
fn access_control_off_is_for_every_enabled_user_and_cites_what_switched_it_off() {
    let mut story = Story::begun();
    story.accepted(1, "user:oa", json!({"adopt_policy": {"access_control_default": "off"}}));
    story.accepted(1, "user:oa", json!({"create_definition": {"definition": "E"}}));
    story.accepted(1, "system:feed", json!({"open_case": {"case": "F", "definition": "E", "creator": "ann"}}));
    let read = story.now("user:nobody", Read, "case:F");
    let open = allow("access_control_off", "case:F", "user:nobody", &[Read, Write, Delete], &[5, 4]);
    assert_eq!((read.rule, read.reasons), ("access_control_off", vec![open]));
    assert_eq!(story.now("user:nobody", Register, "definition:E").rule, "access_control_off");
    assert_eq!(story.now("user:nobody", Share, "case:F").rule, "insufficient");
    let world = World::at(&story.log.events, story.log.head());
    let named = ["user:ann", "user:maker", "user:oa"].map(str::to_owned).to_vec();
    let readers = who(&world, Read, "case:F", hour(9));
    assert_eq!((readers.everyone, readers.subjects), (true, named));
    let sharers = who(&world, Share, "case:F", hour(9));
    assert_eq!((sharers.everyone, sharers.subjects), (false, vec!["user:oa".to_owned()]));
    let grant = json!({"grant": {"on": "case:F", "to": "user:ann", "access": ["share"]}});
    assert_eq!(story.accepted(1, "user:oa", grant), ["dormant"]);
    story.accepted(1, "user:oa", json!({"set_access_control": {"definition": "E", "enabled": true}}));
    assert_eq!(story.now("user:nobody", Read, "case:F").rule, "no_grant");
    story.accepted(1, "user:oa", json!({"set_access_control": {"definition": "E", "enabled": false}}));
    assert_eq!(story.now("user:nobody", Read, "case:F").reasons[0].events, [9]);
    story.accepted(1, "system:feed", json!({"disable_user": {"user": "ann"}}));
    let disabled = story.now("user:ann", Read, "case:F");
    let denying = Reason { effect: "deny", ..allow("user_disabled", "case:F", "user:ann", &[], &[10]) };
    assert_eq!((disabled.rule, disabled.disclose, disabled.reasons), ("user_disabled", true, vec![denying]));
}

#[test]
fn a_window_is_half_open_and_what_ended_still_exists() {
    let mut story = Story::begun();
    let window = json!({"on": "case:C", "to": "user:ann", "valid_from": hour(10).to_string(),
        "valid_until": hour(20).to_string()});
    story.accepted(1, "user:oa", json!({"grant": window.clone()}));
    let world = World::at(&story.log.events, 4);
    let rule = |at: Timestamp| check(&world, "user:ann", Read, "case:C", at).rule;
    let just_before = |instant: Timestamp| Timestamp::from_micros(instant.as_micros() - 1);
    assert_eq!(rule(just_before(hour(10))), "not_yet_valid");
    assert_eq!(rule(hour(10)), "case_grant");
    assert_eq!(rule(just_before(hour(20))), "case_grant");
    assert_eq!(rule(hour(20)), "expired");
    story.hours = 30;
    story.refused(Code::AlreadyGranted, "user:oa", json!({"grant": window}));
    // Merged with what is there, the window would end as it begins; the bound cleared, it would not.
    let until = |until: Value| json!({"update_grant": {"on": "case:C", "to": "user:ann", "valid_until": until}});
    story.refused(Code::InvalidWindow, "user:oa", until(hour(10).to_string().into()));
    story.accepted(1, "user:oa", until(Value::Null));
    assert_eq!(story.now("user:ann", Read, "case:C").rule, "case_grant");
    story.accepted(0, "user:oa", until(Value::Null));
}
