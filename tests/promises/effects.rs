//! What one command may come to: warnings, commits and events have limits, and beyond them a refusal harms nobody else.

use crate::scene::{Scene, office};
use caseward::engine::store::NoCheckpoints;
use caseward::engine::{Answer, Batch, EffectLimits, Engine, How, Options, SystemClock};
use caseward::events::{Code, OrganizationName, Submission};
use caseward::store::MemoryStore;
use serde_json::{Value, json};
use std::sync::Arc;

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

/// An office where a commit may come to little.
async fn limited(limits: EffectLimits) -> Scene {
    let store = MemoryStore::new();
    let options = Options::new(Arc::new(NoCheckpoints), Arc::new(SystemClock)).limited(limits);
    let engine = Engine::open_with(Arc::new(store.clone()), options).await.expect("it opens");
    let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
    let scene = Scene { engine, organization, store };
    for command in [
        json!({"appoint_org_admin": {"user": "oa"}}),
        json!({"create_definition": {"definition": "D1", "access_control": true}}),
        json!({"open_case": {"case": "C1", "definition": "D1", "creator": "maker"}}),
    ] {
        accepted(&scene, command).await;
    }
    scene
}

fn assign(activity: &str, many: usize) -> Value {
    let to: Vec<_> = (0..many).map(|number| format!("user:{activity}-{number}")).collect();
    json!({"assign_activity": {"case": "C1", "activity": activity, "to": to}})
}

fn restrict(entries: usize) -> Value {
    let entries: Vec<_> = (0..entries).map(|number| json!({"to": format!("user:u{number}")})).collect();
    json!({"restrict_case": {"case": "C1", "entries": entries}})
}

async fn sent(scene: &Scene, commands: &[Value], how: How) -> Vec<Option<Code>> {
    let lines = commands.iter().map(|command| oa(command.clone()).to_string());
    let submissions = lines.map(|line| Submission::parse(line.as_bytes())).collect();
    let answers = scene.organization.submit(Batch { submissions, how }).await.expect("memory does not fail");
    answers.iter().map(|answer: &Answer| answer.refusal().map(|refusal| refusal.code)).collect()
}

#[tokio::test]
async fn a_commit_at_a_limit_is_taken_and_one_above_it_is_refused_and_harms_nobody_beside_it() {
    let events = EffectLimits { commit_events: 5, ..EffectLimits::default() };
    let event_bytes = EffectLimits { event_bytes: 400, ..EffectLimits::default() };
    let commit_bytes = EffectLimits { commit_bytes: 900, ..EffectLimits::default() };
    for (limits, at, above) in [
        (events, assign("a", 4), assign("b", 5)),
        (event_bytes, restrict(5), assign("b", 40)),
        (commit_bytes, assign("a", 4), assign("b", 9)),
    ] {
        let scene = limited(limits).await;
        let other = |name: &str| json!({"add_member": {"group": "g", "member": format!("user:{name}")}});
        // Dry, alone, and among others: what is too large is refused, and nothing else is.
        let dry = How { dry_run: true, ..How::default() };
        assert_eq!(sent(&scene, std::slice::from_ref(&above), dry).await, [Some(Code::TooLarge)], "{limits:?}");
        let head = scene.organization.head();
        assert_eq!(sent(&scene, std::slice::from_ref(&above), How::default()).await, [Some(Code::TooLarge)]);
        assert_eq!((scene.organization.head(), scene.organization.at_head().tip()), (head, head), "{limits:?}");
        let mixed = [other("before"), above.clone(), other("behind")];
        assert_eq!(sent(&scene, &mixed, How::default()).await, [None, Some(Code::TooLarge), None], "{limits:?}");
        let atomic = How { atomic: true, ..How::default() };
        let whole = [other("one"), above, other("two")];
        let refused = Some(Code::BatchRefused);
        assert_eq!(sent(&scene, &whole, atomic).await, [refused, Some(Code::TooLarge), refused], "{limits:?}");
        assert_eq!(sent(&scene, &[other("one"), other("two")], atomic).await, [None, None], "{limits:?}");
        assert_eq!(sent(&scene, &[at], How::default()).await, [None], "{limits:?}");
        let again = Scene::over(scene.store.fork()).await;
        assert_eq!(again.organization.head(), scene.organization.head(), "what is stored can be read");
    }
}

#[tokio::test]
async fn a_revoke_succeeds_whatever_it_comes_to() {
    let scene = limited(EffectLimits { commit_events: 3, commit_bytes: 700, event_bytes: 350 }).await;
    many_grants(&scene, 9).await;
    accepted(&scene, json!({"adopt_policy": {"definition_revoke_cascades": true}})).await;
    let revoked = accepted(&scene, json!({"revoke": {"on": "definition:D1", "to": "user:ben"}})).await;
    assert_eq!(revoked["events"].as_array().map(Vec::len), Some(10));
}
