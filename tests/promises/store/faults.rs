//! Restarts, failures and damage: of the store in memory, as told.

use super::*;

#[tokio::test]
async fn a_failed_write_poisons_and_a_restart_finds_what_reached_the_disk() {
    for (failure, found) in [(Failure::BeforeWrite, 2), (Failure::AfterWrite, 5)] {
        let store = MemoryStore::new();
        append(&store, vec![run(ONE, 1, &[5; 2])]).await;
        store.fail_next_append(failure);
        assert!(matches!(put(&store, vec![run(ONE, 3, &[5; 3])]).await, Err(StoreError::Fault { .. })));
        assert!(matches!(put(&store, vec![run(ONE, 3, &[5])]).await, Err(StoreError::Poisoned(_))));
        assert_eq!(head(&store, ONE).await, 2, "{failure:?}");
        assert_eq!(read(&store, 1, ALL).await.len(), 2, "{failure:?}");
        assert_eq!((store.appends(), store.syncs()), (2, 1), "{failure:?}");
        let restarted = store.fork();
        assert_eq!(head(&restarted, ONE).await, found, "{failure:?}");
        append(&restarted, vec![run(ONE, found + 1, &[5])]).await;
    }
}

#[tokio::test]
async fn a_clone_is_the_same_store_and_a_fork_another() {
    let store = MemoryStore::new();
    append(&store, vec![run(ONE, 1, &[5])]).await;
    let (clone, fork) = (store.clone(), store.fork());
    append(&store, vec![run(ONE, 2, &[5])]).await;
    assert_eq!((head(&clone, ONE).await, head(&fork, ONE).await), (2, 1));
    assert_eq!((clone.syncs(), fork.syncs()), (2, 0));
}

#[tokio::test]
async fn a_replaced_event_is_read_as_it_is_now() {
    let store = MemoryStore::new();
    append(&store, vec![run(ONE, 1, &[5; 3])]).await;
    assert_eq!(store.replace(ONE, Position(2), b"spoilt".to_vec()), Some(event(2, 5)));
    assert_eq!(read(&store, 2, ALL).await, [b"spoilt".to_vec(), event(3, 5)]);
    assert_eq!(store.replace(ONE, Position(4), Vec::new()), None);
    assert_eq!(store.replace(ONE, Position(0), Vec::new()), None);
    assert_eq!(store.replace(TWO, Position(1), Vec::new()), None);
}

#[tokio::test]
async fn readers_do_not_wait_for_a_sync_nor_see_what_it_has_yet_to_confirm() {
    let store = Arc::new(MemoryStore::new());
    append(&*store, vec![run(ONE, 1, &[5])]).await;
    let hold = store.hold_appends();
    let writer = thread::spawn({
        let store = Arc::clone(&store);
        move || on_this_thread(put(&*store, vec![run(ONE, 2, &[5])]))
    });
    hold.until_reached();
    assert_eq!(head(&*store, ONE).await, 1);
    assert_eq!(read(&*store, 1, ALL).await.len(), 1);
    assert!(read(&*store, 2, ALL).await.is_empty());
    drop(hold);
    writer.join().expect("it does not panic").expect("it is taken");
    assert_eq!(read(&*store, 1, ALL).await.len(), 2);
}
