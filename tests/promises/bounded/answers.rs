//! An engine that holds no case answers as one that holds all, wherever the cases come back from.

use super::*;

#[tokio::test]
async fn an_engine_with_all_cases_evicted_answers_as_one_with_all_in_memory() {
    let cold = Bounded::over(NOTHING, MemoryStore::new(), MemoryViews::new(), clock()).await;
    let warm = Bounded::over(None, MemoryStore::new(), MemoryViews::new(), clock()).await;
    let dry = How { dry_run: true, ..How::default() };
    let atomic = How { atomic: true, ..How::default() };
    let bad = json!({"actor": "user:oa", "command": {"complete_case": {"case": "nobody-opened-it"}}});
    for line in lines() {
        for (commands, how) in [
            (vec![line.clone()], dry),
            (vec![line.clone(), bad.clone()], atomic),
            (vec![line.clone()], How::default()),
            (vec![line.clone()], How::default()),
        ] {
            cold.cool().await;
            assert_eq!(cold.within().cases_held, 0, "before {line}");
            assert_eq!(cold.send(&commands, how).await, warm.send(&commands, how).await, "{line}");
        }
    }
    assert!(cold.within().cases_returned > 100);
    for at in 0..=cold.organization.head().0 {
        cold.cool().await;
        assert_eq!(cold.answers(Position(at)).await, warm.answers(Position(at)).await, "at {at}");
    }
    // And after a restart, with a tail behind the checkpoint.
    let grant = [json!({"id": "tail", "actor": "user:oa", "command": {"grant": {"on": "case:C2", "to": "user:tail"}}})];
    assert_eq!(cold.send(&grant, How::default()).await, warm.send(&grant, How::default()).await);
    let again = cold.again(NOTHING).await;
    assert_eq!(again.engine.remarks().len(), 1, "only of the bound: {:?}", again.engine.remarks());
    let head = warm.organization.head();
    for at in [head.0 / 3, head.0 / 2, head.0] {
        assert_eq!(again.answers(Position(at)).await, warm.answers(Position(at)).await, "at {at}, after a restart");
    }
    assert_eq!(again.within().suspended, None);
}

#[tokio::test]
async fn an_opening_loads_only_the_cases_that_the_bound_allows_and_finds_the_others() {
    let first = Bounded::new(None).await;
    first.fill(lines().into_iter()).await;
    first.engine.checkpoint().await.expect("it is saved");
    let (cold, warm) = (first.again(NOTHING).await, first.again(None).await);
    let within = cold.within();
    assert_eq!((within.cases_held, within.cases_cold, within.cases_returned), (0, 4, 0));
    assert_eq!(cold.organization.status(), warm.organization.status());
    assert_eq!(cold.differences(&warm), NONE);
    assert_eq!(cold.within().cases_returned, 4);
}

#[tokio::test]
async fn evicted_cases_with_damaged_or_missing_rows_are_loaded_from_the_log_and_the_next_start_folds_it() {
    for gone in [false, true] {
        let cold = Bounded::new(NOTHING).await;
        cold.fill(lines().into_iter()).await;
        let head = cold.organization.head();
        let expected = cold.answers(head).await;
        cold.cool().await;
        if gone {
            cold.views.set_aside("the test wants it so");
        } else {
            assert!((0..).take_while(|&place| cold.views.spoil(place)).count() > 5);
        }
        assert_eq!(cold.answers(head).await, expected, "gone: {gone}");
        let why = cold.within().suspended.expect("it is told");
        assert!(why.contains("a row is missing, damaged or stale"), "{why}");
        // It goes on, all in memory.
        let grant = json!({"actor": "user:oa", "command": {"grant": {"on": "case:C2", "to": "user:late"}}});
        cold.fill([grant].into_iter()).await;
        cold.cool().await;
        assert_eq!((cold.within().cases_held, cold.within().cases_cold), (4, 0));
        let again = cold.again(NOTHING).await;
        assert!(again.engine.remarks()[0].contains("could not be brought back"), "{:?}", again.engine.remarks());
        let (one, two) = (cold.answers(head.next()).await, again.answers(head.next()).await);
        assert_eq!(one, two, "gone: {gone}");
    }
}

/// Every verb that looks at a case, each with what it was answered.
async fn asked_about_c1(cold: &Bounded) -> Vec<(&'static str, Result<Value, Error>)> {
    let line = json!({"subject": "user:maker", "action": "read", "resource": "case:C1"});
    let question = Question::parse(line.to_string().as_bytes()).expect("it can be asked");
    let (asker, action, resource) = (question.subject.clone(), question.action, question.resource.clone());
    let reader = cold.organization.reader(AsOf::Head, None).await.expect("it is there");
    let timeline = TimelineQuery { resource: resource.clone(), from: None, to: None, after: None, limit: None };
    let report = |about| ReportQuery { about, from: None, to: None, limit: 9 };
    let (of_case, of_user) =
        (report(About::Resource(resource.clone())), report(About::User("maker".parse().expect("an id"))));
    let diff = async |of: &str| {
        let of: Reference = of.parse().expect("a reference");
        reader.diff(&of, AsOf::Position(Position(1))).await.map(|diff| json!(diff))
    };
    vec![
        ("check", cold.organization.check(&question).await.map(|decision| json!(decision))),
        ("explain", reader.check(&question).await.map(|decision| json!(decision))),
        ("who", reader.who(action, &resource).await.map(|who| json!(who))),
        ("what", reader.what(&asker, action, WhatPart::default()).await.map(|what| json!(what.answer))),
        ("rights", reader.rights(&asker, &resource).await.map(|rights| json!(rights))),
        ("exists", reader.exists(&resource).await.map(|exists| json!(exists))),
        ("access", reader.access(&question, None, None).await.map(|access| json!(access.intervals))),
        ("diff of a case", diff("case:C1").await),
        ("diff of a user", diff("user:maker").await),
        ("diff of all", diff("organization").await),
        ("timeline", reader.timeline(&timeline).await.map(|timeline| json!(timeline.bands))),
        ("report of a case", reader.report(&of_case).await.map(|report| json!(report.pairs.len()))),
        ("report of a user", reader.report(&of_user).await.map(|report| json!(report.pairs.len()))),
    ]
}

#[tokio::test]
async fn an_evicted_case_that_cannot_be_read_anywhere_is_a_fault_for_every_verb_and_no_panic() {
    let cold = Bounded::over(NOTHING, MemoryStore::new(), MemoryViews::new(), clock()).await;
    cold.fill(lines().into_iter()).await;
    cold.cool().await;
    let expected: Vec<_> = asked_about_c1(&cold).await.into_iter().map(|(verb, answer)| (verb, answer.ok())).collect();
    assert!(expected.iter().all(|(_, answer)| answer.is_some()), "{expected:?}");
    cold.cool().await;
    let head = cold.organization.head();
    let spoil = || assert!((0..).take_while(|&place| cold.views.spoil(place)).count() > 5);
    spoil();
    let opened = cold.store.replace(OrganizationNumber::DEFAULT, Position(3), b"no event".to_vec());
    let of_c1 = |id: &str| {
        let line = json!({"id": id, "actor": "user:oa", "command": {"grant": {"on": "case:C1", "to": "user:late"}}});
        vec![Submission::parse(line.to_string().as_bytes())]
    };
    for round in 0..2 {
        for (verb, answer) in asked_about_c1(&cold).await {
            let error = answer.expect_err(verb);
            assert_eq!(error.kind(), Kind::Corruption, "{verb}, round {round}: {error}");
        }
        for how in [How::default(), How { dry_run: true, ..How::default() }, How { atomic: true, ..How::default() }] {
            let sent = cold.organization.submit(Batch { submissions: of_c1("late"), how }).await;
            assert_eq!(sent.expect_err("it cannot be decided").kind(), Kind::Corruption, "{how:?}");
        }
        // Nothing of it is left, and what needs no case is answered.
        assert_eq!((cold.organization.head(), cold.organization.at_head().tip()), (head, head));
        let reader = cold.organization.reader(AsOf::Head, None).await.expect("it is there");
        let (oa, definition) = ("user:oa".parse().expect("an asker"), "definition:D1".parse().expect("a resource"));
        assert!(!reader.rights(&oa, &definition).await.expect("no case plays a part").rights.is_empty());
        assert_eq!(cold.within().suspended, None, "nothing comes from the log");
    }
    // Once the log can be read, cases come from it.
    cold.store.replace(OrganizationNumber::DEFAULT, Position(3), opened.expect("there is one"));
    for ((verb, answer), (_, expected)) in asked_about_c1(&cold).await.into_iter().zip(expected) {
        assert_eq!(answer.ok(), expected, "{verb}");
    }
    assert!(cold.within().suspended.is_some());
    let sent = cold.organization.submit(Batch { submissions: of_c1("late"), how: How::default() }).await;
    assert!(sent.expect("it is decided")[0].refusal().is_none());
}

#[tokio::test]
async fn a_row_damaged_during_an_opening_costs_only_time() {
    let first = Bounded::new(None).await;
    first.fill(lines().into_iter()).await;
    first.engine.checkpoint().await.expect("it is saved");
    let grant = json!({"actor": "user:oa", "command": {"grant": {"on": "case:C1", "to": "user:tail"}}});
    first.fill([grant].into_iter()).await;
    let views = first.views.fork();
    views.spoil_once_read(Table::Cases as u8);
    let again = Bounded::over(NOTHING, first.store.fork(), views, Arc::new(SystemClock)).await;
    let [remark, _] = again.engine.remarks() else { panic!("{:?}", again.engine.remarks()) };
    assert!(remark.contains("a row is missing, damaged or stale"), "{remark}");
    let head = first.organization.head();
    assert_eq!(again.answers(head).await, first.answers(head).await);
}

#[tokio::test]
async fn evicted_cases_are_loaded_from_the_generation_that_is_served_after_a_rebuild() {
    let cold = Bounded::new(NOTHING).await;
    cold.fill(lines().into_iter()).await;
    let head = cold.organization.head();
    let expected = cold.answers(head).await;
    for projections in
        [&[Projection::Policy][..], &[Projection::CaseAccess], &[Projection::Directory], &Projection::ALL]
    {
        cold.cool().await;
        assert_eq!(cold.within().cases_held, 0);
        let plan = Plan { projections: projections.to_vec(), ..Plan::default() };
        let rebuilt = cold.organization.rebuild(plan).await.expect("it folds");
        assert_eq!((rebuilt.differences, rebuilt.outcome), (Vec::new(), Outcome::Swapped));
        // Nothing of what was served before is asked any more.
        cold.organization.drop_old().await.expect("they are taken away");
        for _ in 0..2 {
            assert_eq!(cold.answers(head).await, expected, "{projections:?}");
            cold.cool().await;
            let within = cold.within();
            assert_eq!((within.cases_held, within.suspended), (0, None), "{projections:?}");
        }
        assert_eq!(cold.again(NOTHING).await.answers(head).await, expected, "{projections:?}, after a restart");
    }
}
