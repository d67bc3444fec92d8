//! What is held is within the bound, and readers and the writer go on meanwhile.

use super::*;

/// Many cases, each its creator's.
fn many(cases: usize) -> impl Iterator<Item = Value> {
    let policy = json!({"actor": "user:oa", "command": {"adopt_policy": {"creator_grant": "write"}}});
    let open = |number| {
        json!({"open_case": {"case": format!("N{number}"), "definition": "D1",
                                             "creator": format!("u{}", number % 17)}})
    };
    let opened = (0..cases).map(move |number| json!({"actor": "user:oa", "command": open(number)}));
    office().chain([policy]).chain(opened)
}

#[tokio::test]
async fn memory_counted_in_slices_equals_memory_counted_at_once() {
    let warm = Bounded::new(None).await;
    warm.fill(many(300)).await;
    warm.engine.checkpoint().await.expect("it is saved");
    let bound = MemoryBound::least_for(warm.organization.memory().bytes as u64 - 20_000);
    for one in [warm.again(Some(bound)).await, warm.again(NOTHING).await, warm] {
        let views = one.organization.at_head();
        for cases_max in [1, 7, 100_000] {
            let mut walk = FootprintWalk::default();
            while walk.step(&views, cases_max) {}
            assert_eq!(walk.footprint(), views.memory(), "{cases_max} cases at a time");
            let sum: usize = walk.projections().iter().map(|(_, bytes)| bytes).sum();
            assert!(sum <= views.memory().total(), "{cases_max} cases at a time");
        }
        assert!(views.floor().total() <= views.memory().total());
    }
}

#[tokio::test]
async fn memory_stays_within_its_bound_and_a_bound_below_the_minimum_is_reported_at_the_opening() {
    let first = Bounded::new(None).await;
    first.fill(many(1_000)).await;
    first.engine.checkpoint().await.expect("it is saved");
    let whole = first.organization.memory();
    let floor = first.again(NOTHING).await.within().floor_bytes;
    assert!(floor * 5 < whole.bytes as u64 * 4, "{floor} of {} cannot leave", whole.bytes);
    let bound = MemoryBound::least_for((floor + whole.bytes as u64) / 2);
    let half = first.again(Some(bound)).await;
    assert_eq!(half.engine.remarks(), [""; 0]);
    let asked = everything(&half.organization, half.organization.head()).1;
    for round in 0..3 {
        for resource in asked.iter().filter(|resource| resource.case().is_some()) {
            let at = half.organization.head();
            let reader = half.organization.reader(AsOf::Position(at), None).await.expect("it is there");
            reader.who("write".parse().expect("an action"), resource).await.expect("it is");
        }
        half.engine.hold_to_bound().await.expect("it runs");
        let (memory, within) = (half.organization.memory(), half.within());
        assert!(memory.bytes as u64 <= bound.views_bytes(), "round {round}: {memory:?}");
        assert!(within.cases_held > 100 && within.cases_cold > 100, "round {round}: {within:?}");
    }
    let tight = first.again(Some(MemoryBound::of_bytes(floor / 2))).await;
    let [told] = tight.engine.remarks() else { panic!("{:?}", tight.engine.remarks()) };
    assert!(told.contains("is below the minimum: "), "{told}");
    assert_eq!(tight.within().cases_held, 0);
}

#[tokio::test]
async fn cases_in_use_stay_in_memory_and_idle_ones_are_evicted() {
    let first = Bounded::new(None).await;
    first.fill(many(1_000)).await;
    first.engine.checkpoint().await.expect("it is saved");
    let whole = first.organization.memory().bytes as u64;
    let floor = first.again(NOTHING).await.within().floor_bytes;
    let half = first.again(Some(MemoryBound::least_for((floor + whole) / 2))).await;
    let ask = async |number: usize| {
        let line = json!({"subject": format!("user:u{}", number % 17), "action": "write",
                          "resource": format!("case:N{number}")});
        let question = Question::parse(line.to_string().as_bytes()).expect("it can be asked");
        assert!(half.organization.check(&question).await.expect("it can be asked").decision);
    };
    let (mut hot_back, mut others_back) = (0, 0);
    for round in 0..40 {
        let before = half.within().cases_returned;
        for hot in (0..20).map(|number| number * 50) {
            ask(hot).await;
        }
        let between = half.within().cases_returned;
        for other in 0..10 {
            ask((round * 97 + other * 61) % 1_000).await;
        }
        hot_back += between - before;
        others_back += half.within().cases_returned - between;
        half.engine.hold_to_bound().await.expect("it runs");
    }
    assert!(hot_back * 2 < others_back, "{hot_back} came back that everybody asks for, {others_back} others");
    assert!(half.within().cases_cold > 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn readers_and_the_writer_continue_while_cases_are_evicted_and_loaded() {
    const CASES: usize = 300;
    let cold = Arc::new(Bounded::new(NOTHING).await);
    cold.fill(many(CASES)).await;
    cold.cool().await;
    let over = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> =
        (0..2_u64).map(|seed| tokio::spawn(read(Arc::clone(&cold), Arc::clone(&over), seed))).collect();
    for number in 0..400 {
        let case = format!("case:N{}", number * 7 % CASES);
        let to = format!("user:new-{number}");
        let line = json!({"actor": "user:oa", "command": {"grant": {"on": case, "to": to}}});
        cold.fill([line].into_iter()).await;
        if number % 3 == 0 {
            cold.cool().await;
        }
    }
    over.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.expect("every answer is right") > 100);
    }
    assert!(cold.within().cases_returned > 1_000);
    // A row that came back and was changed and saved meanwhile is no damage.
    assert_eq!(cold.within().suspended, None);
    cold.cool().await;
    let warm = Bounded::over(None, cold.store.fork(), MemoryViews::new(), Arc::new(SystemClock)).await;
    assert_eq!(cold.differences(&warm), NONE);
}

/// Asks for what has been so since the beginning, until it is over; how often.
async fn read(cold: Arc<Bounded>, over: Arc<AtomicBool>, seed: u64) -> usize {
    let (mut chance, mut asked) = (Chance(seed), 0);
    while !over.load(Ordering::Relaxed) {
        let number = chance.below(300);
        for (user, right) in [(number % 17, true), ((number + 1) % 17, false)] {
            let line = json!({"subject": format!("user:u{user}"), "action": "write",
                              "resource": format!("case:N{number}")});
            let question = Question::parse(line.to_string().as_bytes()).expect("it can be asked");
            let decision = cold.organization.check(&question).await.expect("it can be asked");
            assert_eq!(decision.decision, right, "{line}");
        }
        asked += 1;
    }
    asked
}

#[tokio::test]
async fn on_disk_evicted_cases_are_loaded_row_by_row_in_a_new_organization_too() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let cache = Cache::Bytes(1 << 20);
    let store = FjallStore::open_caching(folder.path(), Access::Create, cache).expect("it opens");
    let views = Arc::new(FjallViews::open_caching(folder.path(), cache));
    let engine = Engine::open_with(Arc::new(store), Options::new(views, Arc::new(SystemClock)).within(NOTHING)).await;
    let engine = engine.expect("it opens");
    let name: OrganizationName = "second".parse().expect("a name");
    engine.create_organization(name.clone(), caseward::events::Actor::unknown()).await.expect("it is made");
    let organization = engine.organization(&name).expect("it was made");
    for command in many(100) {
        let answers = organization.submit(Batch::one(command.to_string().as_bytes(), How::default())).await;
        assert!(answers.expect("it is taken")[0].refusal().is_none(), "{command}");
    }
    engine.checkpoint().await.expect("it is saved");
    engine.hold_to_bound().await.expect("it runs");
    let within = || organization.memory().within.expect("it is bounded");
    assert_eq!((within().cases_held, within().cases_cold, within().cases_returned), (0, 102, 0));
    let line = json!({"subject": "user:u16", "action": "write", "resource": "case:N50"});
    let question = Question::parse(line.to_string().as_bytes()).expect("it can be asked");
    assert!(organization.check(&question).await.expect("it can be asked").decision);
    assert!(within().cases_returned <= 8, "{:?}", within());
}
