//! Checkpoints made beside a running writer, and views on disk.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_made_under_a_running_writer_is_the_log_up_to_it() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    let keeping = Keeping::over(&store, &views).await;
    keeping.fill().await;
    let enough = Arc::new(AtomicBool::new(false));
    let writing = {
        let organization = keeping.organization.clone();
        let enough = Arc::clone(&enough);
        tokio::spawn(async move {
            for number in 0_u64.. {
                let line = busy_line(number);
                let batch = Batch::one(line.to_string().as_bytes(), How::default());
                organization.submit(batch).await.expect("it is taken");
                if enough.load(Ordering::Relaxed) {
                    return;
                }
            }
        })
    };
    let mut seen = Vec::new();
    while seen.len() < 8 {
        keeping.engine.checkpoint().await.expect("it is saved");
        // The views first: the log may only be longer.
        let (views, store) = (views.fork(), store.fork());
        let again = Keeping::over(&store, &views).await;
        assert_eq!(again.engine.remarks(), [""; 0]);
        again.assert_right().await;
        seen.push(again.saved());
    }
    enough.store(true, Ordering::Relaxed);
    writing.await.expect("it writes to its end");
    keeping.assert_right().await;
    assert!(seen.is_sorted(), "{seen:?}");
}

fn busy_line(number: u64) -> Value {
    let command = match number % 3 {
        0 => json!({"open_case": {"case": format!("N{number}"), "definition": "D1", "creator": format!("u{number}")}}),
        1 => json!({"grant": {"on": format!("case:N{}", number - 1), "to": "group:inner", "access": "write"}}),
        _ => json!({"add_member": {"group": "inner", "member": format!("user:u{number}")}}),
    };
    json!({"id": format!("n{number}"), "actor": "user:oa", "command": command})
}

#[tokio::test]
async fn on_disk_views_survive_a_restart_and_may_be_deleted_or_spoiled() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let first = Keeping::at(folder.path()).await;
    first.fill().await;
    first
        .engine
        .create_organization("second".parse().expect("a name"), caseward::events::Actor::unknown())
        .await
        .expect("it is made");
    let answer = first_answer(&first.apply(&grant("g", "user:x")).await);
    let head = first.organization.head();
    first.engine.save_views().await.expect("it is closed");
    assert!(!folder.path().join("views").exists(), "so little is not worth a checkpoint");
    first.engine.checkpoint().await.expect("it is saved");
    close(first, folder.path()).await;

    for harm in ["none", "deleted", "emptied", "cut", "foreign"] {
        let views = folder.path().join("views");
        match harm {
            "deleted" => std::fs::remove_dir_all(&views).expect("it is there"),
            "emptied" => empty_files(&views),
            "cut" => std::fs::remove_file(views.join("version")).expect("a database has one"),
            "foreign" => {
                std::fs::remove_dir_all(&views).expect("it is there");
                std::fs::write(&views, "not a folder").expect("there is room");
            }
            _ => {}
        }
        let again = Keeping::at(folder.path()).await;
        assert_eq!(again.organization.head(), head, "{harm}");
        let expected = if harm == "none" { head } else { Position::ZERO };
        assert_eq!(again.saved(), expected, "{harm}: {:?}", again.engine.remarks());
        again.assert_right().await;
        assert_eq!(first_answer(&again.apply(&grant("g", "user:x")).await), answer, "{harm}");
        again.engine.checkpoint().await.expect("it is saved");
        assert_eq!(first_answer(&again.apply(&grant("g", "user:x")).await), answer, "{harm}, saved again");
        close(again, folder.path()).await;
    }
}

fn empty_files(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("it is a folder") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            empty_files(&path);
        } else {
            std::fs::write(&path, b"").expect("it can be written");
        }
    }
}

#[test]
fn a_first_saving_that_was_cut_short_on_disk_is_gone_at_the_next_start() {
    use caseward::seams::{Generation, OrganizationNumber, Part, Shelf};
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let shelf = Shelf { organization: OrganizationNumber::DEFAULT, generation: Generation::FIRST };
    let id = "old".parse().expect("an id");
    let part = Part { shelf, rows: Vec::new(), ids: vec![(id, Position(7))], header: None };
    let id = "old".parse().expect("an id");
    let views = FjallViews::open(folder.path());
    views.write(part.clone()).expect("it is written");
    views.flush().expect("it is written");
    assert_eq!(views.find_id(shelf, &id).expect("it is read"), Some(Position(7)));
    drop(views);
    let views = FjallViews::open(folder.path());
    assert_eq!(views.find_id(shelf, &id).expect("it is read"), None);
    assert!(views.remarks()[0].contains("cut short"), "{:?}", views.remarks());
    views.write(Part { header: Some(vec![1]), ..part }).expect("it is written");
    drop(views);
    let views = FjallViews::open(folder.path());
    assert_eq!(views.remarks(), [""; 0]);
    assert_eq!(views.header(shelf).expect("it is read"), Some(vec![1]));
    assert_eq!(views.find_id(shelf, &id).expect("it is read"), Some(Position(7)));
}
