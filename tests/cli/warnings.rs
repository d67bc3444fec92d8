//! What a producer is told of access that was given or taken and does not do what one may think.

use crate::cli_fixture::{Desk, Said};
use serde_json::{Value, json};

/// A definition with two cases, `sealed` under restriction with an entry for `user:lee`; a disabled user, a group switched
/// off, an entry whose time is over, a wall, a profile that gives nothing.
fn desk() -> Desk {
    let commands = [
        json!({"appoint_org_admin": {"user": "root"}}),
        json!({"create_definition": {"definition": "d", "access_control": true}}),
        json!({"create_definition": {"definition": "open", "access_control": false}}),
        json!({"open_case": {"case": "plain", "definition": "d", "creator": "root"}}),
        json!({"open_case": {"case": "sealed", "definition": "d", "creator": "root"}}),
        json!({"grant": {"on": "case:sealed", "to": "user:lee", "access": "write"}}),
        json!({"restrict_case": {"case": "sealed", "entries": [{"to": "user:lee"}]}}),
        json!({"disable_user": {"user": "gone"}}),
        json!({"deactivate_group": {"group": "off"}}),
        json!({"grant": {"on": "case:plain", "to": "user:late", "valid_until": "2024-02-01T00:00:00Z"}}),
        json!({"raise_wall": {"on": "definition:d", "against": "group:press"}}),
        json!({"add_member": {"group": "press", "member": "user:pia"}}),
        json!({"configure_profile": {"profile": "p", "search_text": true}}),
    ];
    let line = |(minute, command): (usize, &Value)| {
        json!({"actor": "user:root", "time": format!("2024-01-01T00:{minute:02}:00Z"), "command": command}).to_string()
            + "\n"
    };
    Desk::of(&commands.iter().enumerate().map(line).collect::<String>())
}

fn say(desk: &Desk, arguments: &[&str]) -> Said {
    desk.ask(&[arguments, &["--actor", "user:root"]].concat())
}

fn warnings(desk: &Desk, command: Value) -> Vec<Value> {
    let file = desk.data().with_extension("jsonl");
    std::fs::write(&file, json!({"actor": "user:root", "command": command}).to_string()).expect("there is room");
    let said = desk.ask(&["apply", file.to_str().expect("a plain name"), "--output", "jsonl"]);
    let answer: Value = serde_json::from_str(&said.out).unwrap_or_else(|why| panic!("{why}: {said:?}"));
    assert_eq!(answer["status"], "accepted", "{answer}");
    answer["warnings"].as_array().expect("a list").clone()
}

#[test]
fn whatever_keeps_access_that_is_given_from_giving_anything_is_told_with_its_because() {
    let desk = desk();
    for (command, because) in [
        (json!({"grant": {"on": "case:sealed", "to": "user:ext"}}), "restricted"),
        (json!({"grant": {"on": "definition:open", "to": "user:ext"}}), "access_control_off"),
        (json!({"grant": {"on": "case:plain", "to": "user:gone"}}), "user_disabled"),
        (json!({"grant": {"on": "case:plain", "to": "group:off"}}), "group_inactive"),
        (json!({"grant": {"on": "case:plain", "to": "user:old", "valid_until": "2020-01-01T00:00:00Z"}}), "expired"),
        (
            json!({"grant": {"on": "case:plain", "to": "user:new", "valid_from": "2999-01-01T00:00:00Z"}}),
            "not_yet_valid",
        ),
        (json!({"grant": {"on": "case:plain", "to": "user:pia", "access": "write"}}), "walled"),
        (json!({"grant": {"on": "definition:d", "to": "group:press"}}), "walled"),
        (json!({"grant": {"on": "restriction:sealed", "to": "user:gone"}}), "user_disabled"),
        (json!({"add_member": {"group": "off", "member": "user:ana"}}), "group_inactive"),
        (json!({"add_member": {"group": "press", "member": "user:gone"}}), "user_disabled"),
        (json!({"assign_profile": {"user": "ana", "profile": "p"}}), "no_module_access"),
        (json!({"appoint_org_admin": {"user": "gone"}}), "user_disabled"),
        (json!({"delegate": {"delegation": "x", "from": "user:gone", "to": "user:ana"}}), "user_disabled"),
        (
            json!({"assign_activity": {"case": "plain", "activity": "a", "to": ["user:gone", "user:ina"]}}),
            "user_disabled",
        ),
        (
            json!({"assign_activity": {"case": "plain", "activity": "a", "to": ["user:ina", "group:off"]}}),
            "group_inactive",
        ),
        (json!({"assign_activity": {"case": "plain", "activity": "b", "to": ["group:press"]}}), "walled"),
        (json!({"add_person": {"case": "plain", "field": "officer", "person": "user:gone"}}), "user_disabled"),
        (json!({"add_person": {"case": "plain", "field": "team", "person": "group:off"}}), "group_inactive"),
        (json!({"add_person": {"case": "plain", "field": "team", "person": "user:pia"}}), "walled"),
    ] {
        let told = warnings(&desk, command.clone());
        assert_eq!(
            (told.len(), &told[0]["code"], &told[0]["because"]),
            (1, &json!("dormant"), &json!(because)),
            "{command}"
        );
    }
    for useful in [
        json!({"grant": {"on": "case:plain", "to": "user:ana"}}),
        // More than what the wall takes.
        json!({"grant": {"on": "organization", "to": "user:pia", "access": ["manage_access"]}}),
        json!({"update_grant": {"on": "case:plain", "to": "user:ana", "access": "write"}}),
    ] {
        assert_eq!(warnings(&desk, useful.clone()), Vec::<Value>::new(), "{useful}");
    }
}

#[test]
fn each_of_several_who_are_given_nothing_is_named() {
    let desk = desk();
    let entries = json!([{"to": "user:ana"}, {"to": "user:gone"}, {"to": "group:off"},
        {"to": "user:old", "valid_until": "2020-01-01T00:00:00Z"}]);
    let told = warnings(&desk, json!({"restrict_case": {"case": "plain", "entries": entries}}));
    let named: Vec<_> = told.iter().map(|one| (one["subject"].clone(), one["because"].clone())).collect();
    let expected = [("user:gone", "user_disabled"), ("group:off", "group_inactive"), ("user:old", "expired")];
    assert_eq!(named, expected.map(|(subject, because)| (json!(subject), json!(because))));
    warnings(&desk, json!({"adopt_policy": {"creator_grant": "write"}}));
    let opened = json!({"open_case": {"case": "new", "definition": "open", "creator": "gone"}});
    let told = warnings(&desk, opened);
    let dormant: Vec<_> = told.iter().filter(|one| one["code"] == "dormant").collect();
    assert_eq!(
        (dormant.len(), &dormant[0]["because"], &dormant[0]["user"]),
        (1, &json!("user_disabled"), &json!("gone"))
    );
}

#[test]
fn several_reasons_are_one_warning_and_the_list_that_counts_is_named() {
    let desk = desk();
    let told = warnings(&desk, json!({"grant": {"on": "case:sealed", "to": "user:gone"}}));
    let also = json!([{"because": "user_disabled", "user": "gone"}]);
    assert_eq!((told.len(), &told[0]["list"], &told[0]["also"]), (1, &json!("restriction:sealed"), &also));
    let said = say(&desk, &["grant", "case:sealed", "user:ext"]);
    assert!(said.err.contains("only `restriction:sealed` counts until that is lifted"), "{said:?}");
    assert!(said.err.contains("hint: caseward grant restriction:sealed SUBJECT"), "{said:?}");
}

#[test]
fn what_is_taken_from_a_restricted_case_names_what_stays() {
    let desk = desk();
    let said = say(&desk, &["revoke", "case:sealed", "user:lee"]);
    assert!(said.status == 0 && said.err.contains("(grants_survive)"), "{said:?}");
    assert!(said.err.contains("hint: caseward revoke restriction:sealed user:lee"), "{said:?}");
}

#[test]
fn nobody_who_takes_away_is_told_to_give() {
    let desk = desk();
    for list in ["case:plain", "case:sealed", "definition:d", "organization", "restriction:sealed"] {
        let said = say(&desk, &["revoke", list, "user:stranger"]);
        assert!(said.status == 3 && said.err.contains("(no_such_grant)"), "{said:?}");
        assert!(said.err.contains("hint: ") && !said.err.contains("caseward grant"), "{said:?}");
    }
}

#[test]
fn what_has_ended_is_not_said_to_be_so_already() {
    let desk = desk();
    for verb in [
        &["update", "case:plain", "user:late", "read"][..],
        &["grant", "case:plain", "user:late", "--on-existing", "ignore"],
    ] {
        let said = say(&desk, verb);
        assert_eq!(said.status, 0, "{said:?}");
        assert!(said.out.starts_with("nothing to change") && !said.out.contains("already"), "{said:?}");
        assert!(said.err.contains("its window has ended, at 2024-02-01T00:00:00Z"), "{said:?}");
    }
}

#[test]
fn an_asterisk_is_an_id_like_any_other_and_told_to_be() {
    let desk = desk();
    for command in [
        json!({"raise_wall": {"on": "case:plain", "against": "user:*"}}),
        json!({"grant": {"on": "case:plain", "to": "user:*"}}),
        json!({"add_member": {"group": "all", "member": "user:*"}}),
        json!({"restrict_case": {"case": "plain", "entries": [{"to": "group:*"}]}}),
        json!({"add_person": {"case": "plain", "field": "officer", "person": "user:*"}}),
        json!({"assign_profile": {"user": "*", "profile": "p"}}),
        json!({"place_in_workspace": {"user": "*", "workspace": "w"}}),
        json!({"appoint_org_admin": {"user": "*"}}),
        json!({"delegate": {"delegation": "all", "from": "user:root", "to": "user:*"}}),
        json!({"open_case": {"case": "new", "definition": "d", "creator": "*"}}),
        json!({"disable_user": {"user": "*"}}),
        json!({"deactivate_group": {"group": "*"}}),
        json!({"erase": {"subject": "user:*"}}),
    ] {
        let told = warnings(&desk, command.clone());
        assert_eq!(told.last().map(|warning| &warning["code"]), Some(&json!("no_wildcard")), "{command}");
    }
}

#[test]
fn an_entry_that_was_taken_away_and_comes_back_by_a_command_that_may_be_late_is_told() {
    let desk = desk();
    let give = |mode: &str| json!({"grant": {"on": "case:plain", "to": "user:ana", "on_existing": mode}});
    let take = json!({"revoke": {"on": "case:plain", "to": "user:ana"}});
    assert_eq!(warnings(&desk, give("ignore")), Vec::<Value>::new(), "it is the first");
    warnings(&desk, take.clone());
    let told = warnings(&desk, give("ignore"));
    let expected = (1, &json!("given_again"), &json!("user:ana"), &json!("case:plain"));
    assert_eq!((told.len(), &told[0]["code"], &told[0]["subject"], &told[0]["on"]), expected);
    warnings(&desk, take.clone());
    assert_eq!(warnings(&desk, give("update"))[0]["code"], "given_again");
    warnings(&desk, take);
    assert_eq!(warnings(&desk, give("error")), Vec::<Value>::new(), "it says itself that there was none");
    let again = |command: Value| {
        let told = warnings(&desk, command.clone());
        let told: Vec<_> = told.iter().filter(|one| one["code"] == "given_again").collect();
        assert_eq!((told.len(), &told[0]["subject"]), (1, &json!("user:ana")), "{command}");
    };
    let never = |command: Value| {
        let told = warnings(&desk, command.clone());
        assert!(told.iter().all(|one| one["code"] != "given_again"), "{command}: {told:?}");
    };
    let update = |to: Value| {
        let mut body = json!({"on": "case:plain", "to": "user:ana"});
        body.as_object_mut().expect("it is one").extend(to.as_object().expect("it is one").clone());
        json!({"update_grant": body})
    };
    // More than there ever was is given for the first time; what was lowered or closed since is given again.
    never(update(json!({"access": "write"})));
    never(update(json!({"access": "read"})));
    again(update(json!({"access": "write"})));
    never(update(json!({"valid_until": "2024-01-05T00:00:00Z"})));
    again(json!({"grant": {"on": "case:plain", "to": "user:ana", "access": "write", "on_existing": "update"}}));
    never(update(json!({"access": "read"})));
    let assign = json!({"assign_activity": {"case": "plain", "activity": "a", "to": ["user:ana"]}});
    again(assign.clone());
    warnings(&desk, json!({"revoke": {"on": "case:plain", "to": "user:ana"}}));
    again(assign);
    // An entry whose time ran out by itself was taken away by nobody.
    never(json!({"update_grant": {"on": "case:plain", "to": "user:late", "valid_until": null}}));
    never(json!({"appoint_org_admin": {"user": "ana"}}));
    never(json!({"dismiss_org_admin": {"user": "ana"}}));
    again(json!({"appoint_org_admin": {"user": "ana"}}));
}

#[test]
fn public_links_that_work_again_are_counted() {
    let desk = desk();
    let codes = |command: Value| -> Vec<(Value, Value)> {
        warnings(&desk, command).iter().map(|one| (one["code"].clone(), one["links"].clone())).collect()
    };
    let sharing = |enabled: bool| json!({"set_sharing": {"definition": "d", "enabled": enabled}});
    assert_eq!(codes(sharing(true)), []);
    codes(json!({"share_case": {"case": "plain", "link": "b"}}));
    codes(json!({"share_case": {"case": "plain", "link": "a"}}));
    codes(json!({"share_case": {"case": "sealed", "link": "c"}}));
    codes(json!({"share_case": {"case": "plain", "link": "gone"}}));
    codes(json!({"revoke_link": {"link": "gone"}}));
    codes(sharing(false));
    let back = |links: Value| [(json!("links_return"), links)];
    assert_eq!(codes(json!({"lift_restriction": {"case": "sealed"}})), [], "sharing is off");
    assert_eq!(codes(sharing(true)), back(json!(["a", "b", "c"])));
    codes(json!({"restrict_case": {"case": "sealed", "entries": []}}));
    codes(sharing(false));
    assert_eq!(codes(sharing(true)), back(json!(["a", "b"])), "one is restricted");
    assert_eq!(codes(json!({"lift_restriction": {"case": "sealed"}})), back(json!(["c"])));
}

#[test]
fn a_group_that_is_switched_on_again_has_the_entries_that_it_had() {
    let desk = desk();
    warnings(&desk, json!({"grant": {"on": "case:plain", "to": "group:off"}}));
    warnings(&desk, json!({"grant": {"on": "organization", "to": "group:off"}}));
    let told = warnings(&desk, json!({"activate_group": {"group": "off"}}));
    let named = (&told[0]["code"], &told[0]["lists"], &told[0]["count"]);
    assert_eq!(named, (&json!("entries_remain"), &json!(["case:plain", "organization"]), &json!(2)));
}

/// A reason is sealed for whom its command names first.
#[test]
fn whoever_erases_is_told_how_many_reasons_can_still_be_read() {
    let desk = desk();
    let because = |command: Value| {
        let file = desk.data().with_extension("jsonl");
        let line = json!({"actor": "user:root", "reason": "as she said", "command": command});
        std::fs::write(&file, line.to_string()).expect("there is room");
        desk.ask(&["apply", file.to_str().expect("a plain name")])
    };
    let restrict = |entries: Value| json!({"restrict_case": {"case": "plain", "entries": entries}});
    for command in [
        json!({"grant": {"on": "case:plain", "to": "user:eva"}}),
        restrict(json!([{"to": "user:ana"}, {"to": "user:eva"}])),
        json!({"add_member": {"group": "team", "member": "user:eva"}}),
    ] {
        assert_eq!(because(command.clone()).status, 0, "{command}");
    }
    let said = say(&desk, &["do", "erase", "subject=user:eva"]);
    let told = "note: 2 reasons that may speak of user:eva stand with commands that name somebody else first, and can still \
                be read: caseward history user:eva";
    assert!(said.status == 0 && said.err.contains(told), "{said:?}");
    let said = because(json!({"erase": {"subject": "user:ana"}}));
    assert!(!said.err.contains("reasons that may speak"), "what named her first is gone: {said:?}");
    let said = because(json!({"erase": {"subject": "group:team"}}));
    assert!(!said.err.contains("may speak"), "so is this: {said:?}");
    let said = say(&desk, &["do", "erase", "subject=user:eva"]);
    assert!(!said.err.contains("may speak"), "nothing was erased: {said:?}");
}
