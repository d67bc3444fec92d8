//! The generation before stays until it is dropped; what was swapped in is served, also after a restart.

use super::gate::*;
use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_generation_stays_until_it_is_dropped_and_each_projection_has_its_own() {
    let (store, head) = long_log().await;
    let views = MemoryViews::new();
    let gated = Gated::over(&store, &views).await;
    gated.engine.checkpoint().await.expect("it is saved");
    gated.rebuilt(Plan::default()).await;
    gated.rebuilt(of(&[Projection::CaseAccess])).await;
    let numbers = |views: &MemoryViews| views.shelves().iter().map(|shelf| shelf.generation.0).collect::<Vec<_>>();
    assert_eq!(numbers(&views), [1, 2, 3]);
    let own = [Projection::CaseAccess, Projection::Policy].map(|one| gated.generation_of(one).0);
    assert_eq!(own, [3, 2]);
    let again = Gated::over(&store.fork(), &views.fork()).await;
    assert_eq!(again.organization.status().checkpoint, head);
    let dropped = again.organization.drop_old().await.expect("they are dropped");
    assert_eq!(dropped, [Generation(1), Generation(2)]);
    assert_eq!(again.organization.drop_old().await.expect("there is nothing"), []);
    gated.organization.drop_old().await.expect("they are dropped");
    assert_eq!(numbers(&views), [3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_disk_a_generation_is_served_after_a_restart_and_the_first_one_can_be_dropped() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let mut answered = None;
    for round in 0..4 {
        let store = Arc::new(FjallStore::open(folder.path(), Access::Create).expect("it opens"));
        let views = Arc::new(FjallViews::open(folder.path()));
        let kept: Arc<dyn Storage> = Arc::<FjallStore>::clone(&store);
        let engine = Engine::open_with(kept, Options::new(views, Arc::new(SystemClock))).await.expect("it opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        assert_eq!(engine.remarks(), [""; 0]);
        let line =
            json!({"id": "once", "actor": "user:oa", "command": {"add_member": {"group": "g", "member": "user:a"}}});
        let answers = organization.submit(Batch::one(line.to_string().as_bytes(), How::default())).await;
        let position = answers.expect("it is taken")[0].to_json()["position"].clone();
        assert_eq!(
            *answered.get_or_insert_with(|| position.clone()),
            position,
            "a repeated id answers as the first time"
        );
        engine.checkpoint().await.expect("it is saved");
        assert_eq!(organization.status().checkpoint, organization.head());
        let rebuilt = organization.rebuild(Plan::default()).await.expect("it folds");
        assert_eq!((rebuilt.outcome, rebuilt.not_saved, rebuilt.generation.0), (Outcome::Swapped, None, round + 2));
        let dropped = if round == 1 { vec![Generation(1), Generation(2)] } else { Vec::new() };
        if round == 1 {
            assert_eq!(organization.drop_old().await.expect("they are dropped"), dropped);
        }
        drop((engine, organization));
        while Arc::strong_count(&store) > 1 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn views_that_were_swapped_in_resolve_instants_as_before() {
    let scene = office().await;
    let at = AsOf::Position(Position(2));
    let before = scene.organization.reader(at, None).await.expect("it is there").resolved();
    rebuilt(&scene, Plan::default()).await;
    assert_eq!(scene.organization.reader(at, None).await.expect("it is there").resolved(), before);
}
