//! Walls, few and many, raised and lowered, against users, groups and groups around them: as they stood at every position.

use crate::checkpoint::Kept;
use crate::scene::{Scene, office};
use caseward::events::{Action, Asker, Position, Resource, Timestamp};
use caseward::projections::{Pos32, When};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const USERS: u32 = 24;

/// Each is in a group of four; all groups are in one, and every third is inactive.
fn groups_of(user: u32) -> [String; 2] {
    [format!("group:team{}", user / 4), "group:everybody".to_owned()]
}

async fn accepted(scene: &Scene, command: Value) {
    let sent = json!({"actor": "user:oa", "command": command});
    assert!(scene.apply(&sent).await.refusal().is_none(), "{command}");
}

async fn crowd() -> Scene {
    let scene = office().await;
    for user in 0..USERS {
        let team = format!("team{}", user / 4);
        accepted(&scene, json!({"grant": {"on": "case:C2", "to": format!("user:w{user}")}})).await;
        accepted(&scene, json!({"add_member": {"group": team, "member": format!("user:w{user}")}})).await;
    }
    for team in 0..USERS / 4 {
        accepted(&scene, json!({"add_member": {"group": "everybody", "member": format!("group:team{team}")}})).await;
        if team % 3 == 0 {
            accepted(&scene, json!({"deactivate_group": {"group": format!("team{team}")}})).await;
        }
    }
    scene
}

#[tokio::test]
async fn walls_bind_whom_they_name_at_every_position_however_many_were_raised_and_lowered() {
    let scene = crowd().await;
    let mut standing: BTreeSet<(&str, String)> = BTreeSet::new();
    let mut states = vec![(scene.organization.head(), standing.clone())];
    let users = (0..12).map(|user| format!("user:w{}", user * 5 % USERS));
    let against: Vec<String> = users.chain((0..3).map(|team| format!("group:team{team}"))).collect();
    let places = ["organization", "definition:D1", "organization"];
    let raised = against.iter().zip(places.iter().cycle()).map(|(against, on)| (*on, against.clone(), true));
    let raised: Vec<_> = raised.chain([("case:C2", "group:everybody".to_owned(), true)]).collect();
    let lowered = raised.iter().rev().map(|(on, against, _)| (*on, against.clone(), false));
    for (on, against, raise) in raised.iter().cloned().chain(lowered) {
        let verb = if raise { "raise_wall" } else { "lower_wall" };
        accepted(&scene, json!({verb: {"on": on, "against": against}})).await;
        if raise {
            standing.insert((on, against))
        } else {
            standing.remove(&(on, against))
        };
        states.push((scene.organization.head(), standing.clone()));
    }
    let views = scene.organization.at_head();
    let mut saved = views.clone();
    let cut = saved.cut(scene.organization.head());
    let mut kept = Kept::default();
    kept.take(&saved, &cut);
    let loaded = kept.load();
    let at = Timestamp::from_micros(1_800_000_000_000_000);
    let case: Resource = "case:C2".parse().expect("a resource");
    for (position, standing) in &states {
        let when = When { place: Pos32::from(Position(position.0)), at };
        for user in 0..USERS {
            let asker: Asker = format!("user:w{user}").parse().expect("an asker");
            let names = |against: &String| *against == asker.to_string() || groups_of(user).contains(against);
            let walled = standing.iter().any(|(_, against)| names(against));
            for views in [&*views, &loaded] {
                let asked = views.ask(|views| views.check(&asker, Action::Read, &case, when).allowed);
                let allowed = asked.expect("no case has left them");
                assert_eq!(allowed, !walled, "{asker} at {position}");
            }
        }
    }
}
