//! Ids of commands that have left memory are found again.

use super::*;

#[tokio::test]
async fn old_ids_answer_as_the_first_time_after_many_checkpoints_and_fresh_ones_are_asked_for_once() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    let first = Keeping::over(&store, &views).await;
    first.fill().await;
    let mut answers = Vec::new();
    for number in 0..12 {
        let line = grant(&format!("id-{number}"), &format!("user:u{number}"));
        answers.push((line.clone(), first_answer(&first.apply(&line).await)));
        if number % 3 == 0 {
            first.engine.checkpoint().await.expect("it is saved");
        }
    }
    let again = Keeping::over(&store.fork(), &views.fork()).await;
    let unsaved = Keeping::over(&store.fork(), &MemoryViews::new()).await;
    for keeping in [&first, &again, &unsaved] {
        let head = keeping.organization.head();
        for (line, answer) in &answers {
            assert_eq!(first_answer(&keeping.apply(line).await), *answer, "{line}");
            let mut changed = line.clone();
            changed["command"]["grant"]["to"] = "user:somebody-else".into();
            let refusal = keeping.apply(&changed).await;
            assert_eq!(refusal.refusal().expect("it is another command").code, Code::IdReused);
        }
        assert_eq!(keeping.organization.head(), head);
    }
    let misses = views.misses();
    first.apply(&grant("fresh", "user:fresh")).await;
    assert_eq!(views.misses(), misses + 1);
}

#[tokio::test]
async fn old_ids_that_cannot_be_read_are_found_in_the_log_and_what_was_saved_is_set_aside_at_the_next_start() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    let keeping = Keeping::over(&store, &views).await;
    keeping.fill().await;
    let old = first_answer(&keeping.apply(&grant("old", "user:old")).await);
    keeping.engine.checkpoint().await.expect("it is saved");
    let saved = keeping.saved();
    let recent = first_answer(&keeping.apply(&grant("recent", "user:recent")).await);
    views.damage_ids();
    for _ in 0..2 {
        assert_eq!(first_answer(&keeping.apply(&grant("old", "user:old")).await), old);
        assert_eq!(first_answer(&keeping.apply(&grant("recent", "user:recent")).await), recent);
        keeping.engine.checkpoint().await.expect_err("ids would be where they cannot be read");
        assert_eq!(keeping.saved(), saved);
    }
    let head = keeping.organization.head();
    let fresh = keeping.apply(&grant("fresh", "user:fresh")).await.to_json();
    assert_eq!((fresh["replayed"] == json!(true), keeping.organization.head()), (false, head.next()));
    keeping.assert_right().await;
    let again = Keeping::over(&store.fork(), &views.fork()).await;
    assert_eq!((again.saved(), again.engine.remarks().len()), (Position::ZERO, 1));
    assert_eq!(first_answer(&again.apply(&grant("old", "user:old")).await), old);
    again.assert_right().await;
}

#[tokio::test]
async fn ids_that_were_undone_are_fresh_again_beside_a_checkpoint() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    let keeping = Keeping::over(&store, &views).await;
    keeping.fill().await;
    keeping.engine.checkpoint().await.expect("it is saved");
    let dry = How { dry_run: true, ..How::default() };
    assert!(keeping.send(&grant("dry", "user:x"), dry).await.refusal().is_none());
    let atomic = Batch {
        submissions: [grant("dry", "user:x"), grant("bad", "user:x")]
            .iter()
            .map(|line| caseward::events::Submission::parse(line.to_string().as_bytes()))
            .collect(),
        how: How { atomic: true, ..How::default() },
    };
    let refused = keeping.organization.submit(atomic).await.expect("it is taken");
    assert!(refused.iter().all(|answer| answer.refusal().is_some()), "the second grant is there already");
    keeping.engine.checkpoint().await.expect("it is saved");
    let answer = keeping.apply(&grant("dry", "user:y")).await.to_json();
    assert_ne!(answer["replayed"], json!(true), "{answer}");
}
