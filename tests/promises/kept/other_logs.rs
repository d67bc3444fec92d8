//! Saved views of another log are set aside, and what is saved can be compared with a fold of the log.

use super::*;

#[tokio::test]
async fn views_of_another_log_or_above_the_head_are_set_aside() {
    let one = MemoryStore::new();
    let views = MemoryViews::new();
    let first = Keeping::over(&one, &views).await;
    // It has the keys of the first, and goes its own way.
    let other = one.fork();
    first.fill().await;
    first.engine.checkpoint().await.expect("it is saved");
    let stranger = Keeping::over(&MemoryStore::new(), &views.fork()).await;
    assert!(stranger.engine.remarks()[0].contains("another store made them"), "{:?}", stranger.engine.remarks());
    let none = MemoryViews::new();
    let second = Keeping::over(&other, &none).await;
    second.apply(&office()[0]).await;
    let above = Keeping::over(&other.fork(), &views.fork()).await;
    assert!(above.engine.remarks()[0].contains("the log ends at 1"), "{:?}", above.engine.remarks());
    above.assert_right().await;
    second.apply(&office()[1]).await;
    for command in office().into_iter().skip(2).chain(all_commands()) {
        second.apply(&command).await;
    }
    let another = Keeping::over(&other.fork(), &views.fork()).await;
    assert!(another.engine.remarks()[0].contains("another log"), "{:?}", another.engine.remarks());
    another.assert_right().await;
}

/// Two stores with the same keys and the same times, of which each has events that the other does not, and the last event
/// byte for byte the same.
async fn forks(root: &Path) -> [PathBuf; 2] {
    let paths = ["base", "fork"].map(|name| root.join(name));
    let clock = Arc::new(ManualClock::at(Timestamp::from_micros(1_800_000_000_000_000)));
    let at = |path: PathBuf| {
        let clock = Arc::clone(&clock);
        async move {
            let store = Arc::new(FjallStore::open(&path, Access::Create).expect("it opens"));
            let options = Options::new(Arc::new(FjallViews::open(&path)), clock);
            Keeping::of(Engine::open_with(store, options).await.expect("it opens"))
        }
    };
    let base = at(paths[0].clone()).await;
    for (number, command) in office().into_iter().enumerate() {
        let mut command = command;
        command["id"] = format!("office-{number}").into();
        base.apply(&command).await;
    }
    close(base, &paths[0]).await;
    copy(&paths[0], &paths[1]);
    for (path, to) in paths.iter().zip(["user:u5", "user:mallory"]) {
        let keeping = at(path.clone()).await;
        let granted = json!({"id": "g", "actor": "user:oa", "command": {"grant": {"on": "case:C1", "to": to}}});
        keeping.apply(&granted).await;
        let last = json!({"id": "last", "actor": "user:oa", "command": {"create_definition": {"definition": "D9"}}});
        keeping.apply(&last).await;
        keeping.engine.checkpoint().await.expect("it is saved");
        close(keeping, path).await;
    }
    paths
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("there is room");
    for entry in std::fs::read_dir(from).expect("it is a folder") {
        let path = entry.expect("it can be listed").path();
        let to = to.join(path.file_name().expect("it has a name"));
        if path.is_dir() { copy(&path, &to) } else { std::fs::copy(&path, &to).map(|_| ()).expect("there is room") }
    }
}

fn verify(data: &Path) -> (i32, String) {
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_caseward"));
    let output = program.arg("verify").env("CASEWARD_DATA", data).env("CASEWARD_LOG", "off").output();
    let output = output.expect("the program starts");
    (output.status.code().expect("it was not killed"), String::from_utf8(output.stdout).expect("it says text"))
}

#[tokio::test]
async fn saved_views_of_a_fork_with_the_same_keys_and_the_same_last_event_are_set_aside() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let [base, fork] = forks(folder.path()).await;
    let read = |path: PathBuf| async move {
        let keeping = Keeping::at(&path).await;
        let head = keeping.organization.head();
        let may = json!({"subject": "user:mallory", "action": "read", "resource": "case:C1"});
        let may = Question::from_value(may).expect("it can be asked");
        let decision = keeping.organization.check(&may).await.expect("it can be asked").decision;
        let last = keeping.organization.events(head).await.expect("it is there").pop().expect("it is there");
        let said = (decision, keeping.saved() == head, keeping.engine.remarks().to_vec(), last);
        close(keeping, &path).await;
        said
    };
    let (may, saved, remarks, last) = read(base.clone()).await;
    assert_eq!((may, saved, remarks.len()), (false, true, 0));
    let (may, saved, remarks, last_of_fork) = read(fork.clone()).await;
    assert_eq!((may, saved, remarks.len()), (true, true, 0));
    assert_eq!(last, last_of_fork, "the last event does not tell them apart");
    let (status, out) = verify(&base);
    assert!(
        status == 0 && out.contains("the saved views of default, up to position 6, are what the log folds to"),
        "{out}"
    );
    std::fs::remove_dir_all(base.join("views")).expect("they were saved");
    copy(&fork.join("views"), &base.join("views"));
    let (_, out) = verify(&base);
    assert!(out.contains("the saved views of default were not compared: it is of another log"), "{out}");
    let (may, _, remarks, _) = read(base.clone()).await;
    assert!(!may, "no event of this log grants it");
    assert!(remarks[0].contains("another log"), "{remarks:?}");
    assert!(base.join("views.aside").exists());
}

#[tokio::test]
async fn what_is_saved_is_compared_with_a_fold_of_the_log_row_by_row_and_id_by_id() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    let keeping = Keeping::over(&store, &views).await;
    keeping.fill().await;
    let mut folded = Views::default();
    let fold = async |folded: &mut Views| {
        while folded.tip() < keeping.organization.head() {
            let events = keeping.organization.events(folded.tip().next()).await.expect("they are read");
            events.iter().for_each(|event| folded.apply(event).expect("it fits"));
        }
    };
    fold(&mut folded).await;
    let compared = async |folded: &Views| {
        compare_saved(&store, &views, OrganizationNumber::DEFAULT, folded).await.expect("it is read")
    };
    assert_eq!(compared(&folded).await, SavedViews::None);
    keeping.engine.checkpoint().await.expect("it is saved");
    let at = keeping.saved();
    keeping.apply(&grant("g", "user:tail")).await;
    fold(&mut folded).await;
    let SavedViews::Compared { saved, rows, differences } = compared(&folded).await else { panic!("they are used") };
    assert_eq!((saved, differences), (at, Vec::new()));
    assert!(rows > 16, "every table has a row: {rows}");
    // A fold that ends elsewhere, with another id.
    let other = Keeping::over(&store.fork(), &MemoryViews::new()).await;
    other.apply(&grant("another", "user:another")).await;
    let mut others = Views::default();
    while others.tip() < other.organization.head() {
        let events = other.organization.events(others.tip().next()).await.expect("they are read");
        events.iter().for_each(|event| others.apply(event).expect("it fits"));
    }
    keeping.apply(&grant("h", "user:later")).await;
    let SavedViews::Compared { differences, .. } = compared(&others).await else { panic!("they are used") };
    let told = |part: &str| differences.iter().any(|difference| difference.of.contains(part));
    assert!(told("the command id another") && told("user:later"), "{differences:?}");
}
