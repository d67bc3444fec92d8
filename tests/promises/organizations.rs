//! Several organizations in one store, fully apart.

use crate::scene::Scene;
use caseward::engine::{Batch, How};
use caseward::events::{Actor, Code, OrganizationName, Position};
use serde_json::json;

fn name(text: &str) -> OrganizationName {
    text.parse().expect("a name")
}

#[tokio::test]
async fn an_organization_that_no_operator_created_is_not_found() {
    let scene = Scene::new().await;
    let refusal = scene.engine.organization(&name("north")).expect_err("nobody created it");
    assert_eq!(refusal.code, Code::NotFound);
    assert!(refusal.hint.is_some_and(|hint| hint.contains("org create north")));
}

#[tokio::test]
async fn each_has_its_own_log_positions_ids_and_policy_and_survives_a_restart() {
    let scene = Scene::new().await;
    for one in ["north", "south"] {
        let answer = scene.engine.create_organization(name(one), Actor::unknown()).await.expect("memory does not fail");
        assert!(answer.refusal().is_none());
    }
    let again = scene.engine.create_organization(name("north"), Actor::unknown()).await.expect("memory does not fail");
    assert_eq!(again.refusal().map(|refusal| refusal.code), Some(Code::Exists));
    // The same ids and names everywhere; each command counts where it was sent.
    for (one, definitions) in [("north", 2), ("south", 1), ("default", 3)] {
        let organization = scene.engine.organization(&name(one)).expect("it was created");
        for number in 0..definitions {
            let command = json!({"id": format!("c-{number}"), "command": {"create_definition": {"definition": format!("d{number}")}}});
            let batch = Batch::one(command.to_string().as_bytes(), How::default());
            let answers = organization.submit(batch).await.expect("memory does not fail");
            assert!(answers[0].refusal().is_none(), "{one} {command}");
        }
    }
    let reopened = Scene::over(scene.store.fork()).await;
    for scene in [&scene, &reopened] {
        let heads: Vec<_> =
            scene.engine.organizations().iter().map(|one| (one.name().to_string(), one.head())).collect();
        let expected = [("default", 3), ("north", 2), ("south", 1)];
        assert_eq!(heads, expected.map(|(name, head)| (name.to_owned(), Position(head))));
    }
}
