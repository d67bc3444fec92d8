//! A rebuild that is stopped, paused, killed or cancelled.

use super::gate::*;
use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_rebuild_continues_where_it_was_and_a_paused_one_waits() {
    // More slices than it is let read before it is stopped, however many of those it had asked for already.
    let (store, head) = log_with(2_400).await;
    let views = MemoryViews::new();
    let gated = Gated::over(&store, &views).await;
    let rebuilding = gated.organization.begin_rebuild(Plan::default()).expect("none is running");
    let control = rebuilding.control();
    let another = gated.organization.begin_rebuild(Plan::default());
    assert!(matches!(another, Err(RebuildError::Running)));
    // It may have looked for a wish already, and waits for the first of three slices; not for another.
    control.pause();
    gated.scans.add_permits(3);
    for _ in 0..20_000 {
        tokio::task::yield_now().await;
    }
    assert!(control.progress().paused && gated.scans.available_permits() >= 2);
    control.resume();
    while gated.scans.available_permits() > 0 || control.progress().done == Position::ZERO {
        tokio::task::yield_now().await;
    }
    assert!(control.progress().events_per_second > 0);
    control.stop();
    gated.scans.add_permits(1);
    let stopped = rebuilding.finished().await.expect("it stops");
    assert_eq!(stopped.outcome, Outcome::Stopped);
    assert!(stopped.position > Position::ZERO && stopped.position < head, "{stopped:?}");
    drop(gated);
    // After a restart, too.
    let again = Gated::over(&store.fork(), &views.fork()).await;
    let rebuilt = again.rebuilt(Plan::default()).await;
    assert_eq!((rebuilt.outcome, rebuilt.from), (Outcome::Swapped, stopped.position));
    assert_eq!((rebuilt.generation, rebuilt.position), (stopped.generation, head));
    assert_eq!(rebuilt.differences, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_killed_after_any_write_changes_nothing_and_continues() {
    let (store, head) = long_log().await;
    let views = MemoryViews::new();
    let first = Gated::over(&store, &views).await;
    first.engine.checkpoint().await.expect("it is saved");
    let often = Plan { save_every: Some(1), ..Plan::default() };
    let counted = views.fork();
    Gated::over(&store.fork(), &counted).await.rebuilt(often.clone()).await;
    let (steps, mut went_on) = (counted.steps(), 0);
    assert!(steps > 12, "only {steps} steps");
    // Saved on its way, and only at its end.
    for (killed, plan) in (0..steps).flat_map(|step| [(step, often.clone()), (step, Plan::default())]) {
        let disk = views.fork();
        let dying = Gated::over(&store.fork(), &disk).await;
        disk.fail_after(killed);
        dying.scans.add_permits(OPEN);
        let _ = dying.organization.rebuild(plan).await;
        let left = disk.fork();
        let again = Gated::over(&store.fork(), &left).await;
        assert_eq!(again.engine.remarks(), [""; 0], "step {killed}");
        assert_eq!(again.organization.status().checkpoint, head, "step {killed}");
        let rebuilt = again.rebuilt(Plan::default()).await;
        assert_eq!((rebuilt.outcome, rebuilt.differences), (Outcome::Swapped, Vec::new()), "step {killed}");
        assert_eq!(rebuilt.not_saved, None);
        went_on += usize::from(rebuilt.from > Position::ZERO);
        let last = Gated::over(&store.fork(), &left.fork()).await;
        assert_eq!(last.generation_of(Projection::Ids), rebuilt.generation);
        assert_eq!(last.organization.status().checkpoint, head);
    }
    assert!(went_on > 3, "only {went_on} went on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_is_cancelled_leaves_nothing_while_it_runs_or_after() {
    let (store, _) = long_log().await;
    let views = MemoryViews::new();
    for stops_first in [false, true] {
        let gated = Gated::over(&store, &views).await;
        let plan = Plan { save_every: Some(1), ..Plan::default() };
        let rebuilding = gated.organization.begin_rebuild(plan).expect("none is running");
        gated.scans.add_permits(2);
        let control = rebuilding.control();
        while gated.scans.available_permits() > 0 || control.progress().done == Position::ZERO {
            tokio::task::yield_now().await;
        }
        if stops_first {
            control.stop()
        } else {
            control.cancel()
        }
        gated.scans.add_permits(1);
        let outcome = rebuilding.finished().await.expect("it ends").outcome;
        drop(control);
        let gone = gated.organization.cancel_rebuild().await.expect("it is taken away");
        let expected = if stops_first { (Outcome::Stopped, true) } else { (Outcome::Cancelled, false) };
        assert_eq!((outcome, gone.is_some()), expected);
        assert_eq!(views.shelves(), []);
    }
}
