//! What one command may come to: warnings, commits and events have limits, and beyond them a refusal harms nobody else.

use crate::scene::{Scene, office};
use serde_json::{Value, json};

fn oa(command: Value) -> Value {
    json!({"actor": "user:oa", "command": command})
}

async fn accepted(scene: &Scene, command: Value) -> Value {
    let answer = scene.apply(&oa(command.clone())).await;
    assert!(answer.refusal().is_none(), "{command}: {:?}", answer.refusal());
    answer.to_json()
}

/// So many cases of `D1`, each with an entry for `user:ben`, who is on the list of the definition too.
async fn many_grants(scene: &Scene, cases: usize) {
    for number in 0..cases {
        let case = format!("N{number:03}");
        accepted(scene, json!({"open_case": {"case": case, "definition": "D1", "creator": "maker"}})).await;
        accepted(scene, json!({"grant": {"on": format!("case:{case}"), "to": "user:ben"}})).await;
    }
    accepted(scene, json!({"grant": {"on": "definition:D1", "to": "user:ben"}})).await;
}

#[tokio::test]
async fn a_warning_names_the_first_hundred_and_says_how_many_there_are() {
    let scene = office().await;
    many_grants(&scene, 103).await;
    for number in 0..102 {
        let group = format!("g{number:03}");
        accepted(&scene, json!({"add_member": {"group": group, "member": "user:ben"}})).await;
        accepted(&scene, json!({"grant": {"on": "organization", "to": format!("group:{group}")}})).await;
    }
    let mut revoke = oa(json!({"revoke": {"on": "definition:D1", "to": "user:ben"}}));
    revoke["id"] = json!("r1");
    let answer = scene.apply(&revoke).await.to_json();
    let [ineffective, survive] = &answer["warnings"].as_array().expect("there are some")[..] else {
        panic!("{}", answer["warnings"])
    };
    assert_eq!((&survive["code"], &survive["count"]), (&json!("grants_survive"), &json!(103)));
    let cases: Vec<_> = (0..100).map(|number| json!(format!("N{number:03}"))).collect();
    assert_eq!(survive["cases"], json!(cases));
    assert_eq!((&ineffective["code"], &ineffective["count"]), (&json!("ineffective"), &json!(102)));
    assert_eq!(ineffective["entries"].as_array().map(Vec::len), Some(100));
    let again = scene.apply(&revoke).await.to_json();
    assert_eq!((&again["replayed"], &again["warnings"]), (&json!(true), &answer["warnings"]));
}
