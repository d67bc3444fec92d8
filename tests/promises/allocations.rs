//! A check without reasons does not allocate, whoever asks, of whatever, allowed or denied, now or then.

use crate::scene::{Scene, office};
use caseward::events::ask::actions_of;
use caseward::events::{Action, Asker, Position, Resource, Timestamp};
use caseward::projections::{Pos32, When};
use serde_json::{Value, json};

/// Lists long enough to be searched, groups nested, windows over, a restriction, a capped admin.
async fn crowd() -> Scene {
    let scene = office().await;
    let oa = |command: Value| json!({"actor": "user:oa", "command": command});
    for number in 0..40 {
        let inner = json!({"add_member": {"group": format!("g{number}"), "member": "user:u"}});
        let grant = json!({"grant": {"on": "definition:D1", "to": format!("group:g{number}"), "access": ["share"]}});
        let outer = json!({"add_member": {"group": "all", "member": format!("group:g{number}")}});
        for command in [inner, grant, outer] {
            assert!(scene.apply(&oa(command)).await.refusal().is_none());
        }
    }
    for command in [
        json!({"deactivate_group": {"group": "g7"}}),
        json!({"grant": {"on": "case:C2", "to": "group:g7", "access": "write"}}),
        json!({"grant": {"on": "case:C2", "to": "user:u", "valid_until": "2020-01-01T00:00:00Z"}}),
        json!({"grant": {"on": "organization", "to": "group:all"}}),
        json!({"restrict_case": {"case": "C1", "entries": [{"to": "user:oa"}, {"to": "group:g3", "access": "write"}]}}),
        json!({"disable_user": {"user": "maker"}}),
    ] {
        assert!(scene.apply(&oa(command.clone())).await.refusal().is_none(), "{command}");
    }
    scene
}

#[tokio::test]
async fn a_check_without_reasons_does_not_allocate() {
    let scene = crowd().await;
    let head = scene.organization.head();
    let parse = |text: &&str| text.parse::<Resource>().expect("a resource");
    let resources = ["case:C1", "case:C2", "case:C9", "definition:D1", "organization"].iter().map(parse);
    let askers = ["user:u", "user:oa", "user:maker", "user:nobody", "link:l"];
    let askers = askers.map(|text| text.parse::<Asker>().expect("an asker"));
    let views = scene.organization.at_head();
    let at = Timestamp::from_micros(1_800_000_000_000_000);
    let (mut asked, mut allowed) = (0, 0);
    for resource in resources {
        for asker in &askers {
            for &action in actions_of(&resource) {
                for position in 0..=head.0 {
                    let when = When { place: Pos32::from(Position(position)), at };
                    let mut yes = false;
                    let counted = allocation_counter::measure(|| {
                        let verdict = views.ask(|views| views.check(asker, action, &resource, when));
                        yes = verdict.is_ok_and(|verdict| verdict.allowed);
                    });
                    assert_eq!(counted.count_total, 0, "{asker} {action} {resource} at {position}");
                    asked += 1;
                    allowed += u32::from(yes);
                }
            }
        }
    }
    assert!(asked > 10_000 && allowed > 100, "{asked} asked, {allowed} allowed");
    let shared = views.ask(|views| views.check(&askers[0], Action::Share, &resources_first(), When::latest(at)));
    assert!(shared.expect("all is in memory").rights.has(Action::Read));
}

fn resources_first() -> Resource {
    "case:C2".parse().expect("a resource")
}
