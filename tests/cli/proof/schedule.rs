//! Heads that are written while a program runs (`--heads-dir`).

use super::*;

#[test]
fn heads_are_written_while_a_program_runs_and_when_it_stops() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
    SigningKeys::make(&folder.path().join("SIGNING")).expect("there is room");
    let keys = SigningKeys::open(&folder.path().join("SIGNING")).expect("it was made");
    let heads_dir = folder.path().join("heads");
    let create = |id: &str| Batch {
        submissions: vec![Submission::from_value(&json!({"command": {"create_definition": {"definition": id}}}))],
        how: How::default(),
    };
    runtime.block_on(async {
        let engine =
            Engine::open(Arc::new(MemoryStore::new()), Arc::new(SystemClock), &mut |_| {}).await.expect("it opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        let every = Duration::from_millis(2);
        let schedule = Schedule::start(engine.clone(), keys, heads_dir.clone(), every).expect("there is a thread");
        organization.submit(create("one")).await.expect("it is stored");
        let since = Instant::now();
        while !heads_dir.join("default-1.note").exists() {
            assert!(since.elapsed() < Duration::from_secs(60), "no head is written");
            tokio::task::yield_now().await;
        }
        organization.submit(create("two")).await.expect("it is stored");
        tokio::task::spawn_blocking(move || schedule.stop()).await.expect("it does not panic").expect("it is written");
    });
    let written = heads::files(&heads_dir).expect("it can be listed");
    let names: Vec<_> =
        written.iter().map(|path| path.file_name().expect("it has one").display().to_string()).collect();
    assert_eq!(names, ["default-1.note", "default-2.note"]);
}

#[test]
fn a_log_behind_a_head_that_it_signed_takes_no_command_and_signs_nothing() {
    let desk = desk_of(&history("eve"));
    let (heads, file) = (beside(&desk, "heads"), beside(&desk, "more.jsonl"));
    let send = |name: &str| {
        let command = json!({"actor": "user:ana", "command": {"create_definition": {"definition": name}}});
        fs::write(&file, command.to_string()).expect("there is room");
        desk.ask(&["--heads-dir", &heads.display().to_string(), "apply", &file.display().to_string()])
    };
    let names = || -> Vec<String> {
        let paths = heads::files(&heads).expect("it can be listed").into_iter();
        paths.map(|path| path.file_name().expect("it has one").display().to_string()).collect()
    };
    let old = beside(&desk, "old");
    copy(&desk.data(), &old);
    assert_eq!(send("theft").status, 0);
    assert_eq!(names(), ["default-11.note"]);
    // A head of somebody else says nothing about this log.
    fs::copy(heads.join("default-11.note"), heads.join("default-900.note")).expect("there is room");
    let forged = fs::read_to_string(heads.join("default-11.note")).expect("it is there").replace("\n11\n", "\n900\n");
    fs::write(heads.join("default-900.note"), forged).expect("there is room");
    assert_eq!(send("arson").status, 0);
    assert_eq!(names(), ["default-11.note", "default-12.note", "default-900.note"]);
    fs::remove_dir_all(desk.data()).expect("it is there");
    copy(&old, &desk.data());
    let said = send("fraud-again");
    assert!(said.status == 5 && said.err.contains("ends at position 10"), "{}", said.err);
    assert!(said.err.contains("default-12.note") && said.err.contains("of position 12"), "{}", said.err);
    assert_eq!(names(), ["default-11.note", "default-12.note", "default-900.note"]);
    let said = desk.ask(&["--heads-dir", &heads.display().to_string(), "who", "read", "case:1"]);
    assert!(said.status == 0 && said.err.contains("the log is an older copy"), "{}", said.err);
    // As long as the head, with another event at its end.
    for name in ["one", "other"] {
        fs::write(
            &file,
            json!({"actor": "user:ana", "command": {"create_definition": {"definition": name}}}).to_string(),
        )
        .expect("there is room");
        ok(desk.ask(&["apply", &file.display().to_string()]));
    }
    let said = send("on-top");
    assert!(said.status == 5 && said.err.contains("has other events"), "{}", said.err);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("there is room");
    for entry in fs::read_dir(from).expect("it is a folder") {
        let path = entry.expect("it can be listed").path();
        let to = to.join(path.file_name().expect("it has a name"));
        if path.is_dir() { copy(&path, &to) } else { fs::copy(&path, &to).map(|_| ()).expect("there is room") }
    }
}

#[test]
fn a_head_that_cannot_be_written_is_told_while_the_program_runs_and_written_once_it_can_be() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
    SigningKeys::make(&folder.path().join("SIGNING")).expect("there is room");
    let keys = SigningKeys::open(&folder.path().join("SIGNING")).expect("it was made");
    let heads_dir = folder.path().join("heads");
    fs::write(&heads_dir, "a file in the way").expect("there is room");
    let until = |is: &dyn Fn() -> bool| {
        let since = Instant::now();
        while !is() {
            assert!(since.elapsed() < Duration::from_secs(60), "it does not come to that");
            std::thread::yield_now();
        }
    };
    let (engine, schedule) = runtime.block_on(async {
        let engine =
            Engine::open(Arc::new(MemoryStore::new()), Arc::new(SystemClock), &mut |_| {}).await.expect("it opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        let every = Duration::from_millis(2);
        let schedule = Schedule::start(engine.clone(), keys, heads_dir.clone(), every).expect("there is a thread");
        assert_eq!(schedule.failure(), None, "nothing new came");
        let command = json!({"command": {"create_definition": {"definition": "one"}}});
        let batch = Batch { submissions: vec![Submission::from_value(&command)], how: How::default() };
        organization.submit(batch).await.expect("it is stored");
        (engine, schedule)
    });
    until(&|| schedule.failure().is_some_and(|why| why.contains("heads")));
    fs::remove_file(&heads_dir).expect("it is there");
    until(&|| schedule.failure().is_none());
    assert!(heads_dir.join("default-1.note").exists());
    schedule.stop().expect("nothing is left to write");
    drop(engine);
}
