//! What only the store on disk has: a folder, a lock, a restart.

use super::*;

#[tokio::test]
async fn a_store_opened_again_gives_the_same_and_goes_on() {
    let folder = folder();
    let sizes = [vec![20; 700], vec![100_000; 3]].concat();
    for (opening, first) in [1, 704, 1_407].into_iter().enumerate() {
        let store = if opening == 0 { create(folder.path()) } else { existing(folder.path()) };
        assert_eq!(head(&store, ONE).await, first - 1);
        append(&store, vec![run(ONE, first, &sizes), run(TWO, opening as u64 + 1, &[9])]).await;
    }
    let store = create(folder.path());
    assert!(read(&store, 1, ALL).await == events(&sizes.repeat(3)));
    assert_eq!((head(&store, ONE).await, head(&store, TWO).await), (2_109, 3));
}

#[tokio::test]
async fn a_group_that_was_refused_leaves_no_trace_after_a_restart() {
    let folder = folder();
    let store = create(folder.path());
    fenced(put(&store, vec![run(ONE, 1, &[5]), run(TWO, 2, &[5])]).await);
    drop(store);
    assert_eq!(head(&existing(folder.path()), ONE).await, 0);
}

#[test]
fn a_new_store_has_a_marker_with_its_format() {
    let folder = folder();
    drop(create(&folder.path().join("a/b/data")));
    let marker = fs::read_to_string(folder.path().join("a/b/data/CASEWARD")).expect("it is there");
    let (head, keys) = marker.split_once("keys ").expect("it names its keys");
    assert_eq!(head, "caseward store\nformat 1\nsigned\n");
    assert_eq!(keys.len(), "0123456789abcdef 89abcdef\n".len(), "{keys}");
}

#[test]
fn where_there_is_nothing_a_store_is_made_only_on_demand() {
    let folder = folder();
    let nothing = folder.path().join("data");
    for path in [&nothing, folder.path()] {
        let answer = FjallStore::open(path, Access::Existing);
        assert!(matches!(answer, Err(StoreError::Missing(named)) if named == path));
    }
    assert!(!nothing.exists());
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_directory_that_is_no_store_is_left_alone_and_named() {
    let folder = folder();
    let file = folder.path().join("letter.txt");
    fs::write(&file, "Dear Ana").expect("it is written");
    let marked = folder.path().join("marked");
    fs::create_dir(&marked).expect("it is made");
    for (path, marker, part) in [
        (file.as_path(), None, "it is not a directory"),
        (folder.path(), None, "but no `CASEWARD`"),
        (&marked, Some(b"".as_slice()), "is not `caseward store`"),
        (&marked, Some(b"\xff\xfe\x00caseward store\nformat 1\n"), "is not `caseward store`"),
        (&marked, Some(b"caseward store\n"), "tells no format"),
        (&marked, Some(b"caseward store\nformat one\n"), "tells no format"),
        (&marked, Some(b"caseward store\nformat 0\n"), "tells no format"),
    ] {
        if let Some(marker) = marker {
            fs::write(path.join("CASEWARD"), marker).expect("it is written");
        }
        for access in [Access::Create, Access::Existing] {
            let answer = FjallStore::open(path, access);
            let Err(StoreError::NotAStore { path: named, why }) = answer else { panic!("{part}: {answer:?}") };
            assert_eq!(named, path);
            assert!(why.contains(part), "{why}");
        }
    }
    assert_eq!(names(&marked), ["CASEWARD"]);
    assert_eq!(names(folder.path()), ["letter.txt", "marked"]);
}

#[test]
fn a_store_whose_marker_is_damaged_or_gone_says_what_to_do_and_opens_once_it_is_done() {
    let folder = folder();
    drop(create(folder.path()));
    let marker = folder.path().join("CASEWARD");
    let whole = fs::read(&marker).expect("a store has one");
    for damaged in [Some(&b"casewarD store\nformat 1\n"[..]), Some(b"caseward store\nformat \0\n"), Some(b""), None] {
        match damaged {
            Some(bytes) => fs::write(&marker, bytes).expect("it is written"),
            None => fs::remove_file(&marker).expect("it was there"),
        }
        let before = names(folder.path());
        for access in [Access::Create, Access::Existing] {
            let answer = FjallStore::open(folder.path(), access);
            let Err(StoreError::Corruption(why)) = answer else { panic!("{damaged:?}: {answer:?}") };
            assert!(why.contains("three lines: `caseward store`, `format 1` and `signed`"), "{why}");
        }
        assert_eq!(names(folder.path()), before);
    }
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 8;
        fs::write(&marker, flipped).expect("it is written");
        let answer = FjallStore::open(folder.path(), Access::Existing);
        assert!(matches!(answer, Err(StoreError::Corruption(_))), "byte {at}: {answer:?}");
    }
    fs::write(&marker, whole).expect("it is written");
    FjallStore::open(folder.path(), Access::Existing).expect("it was whole but for the marker");
}

#[test]
fn a_store_of_a_later_release_is_recognized_by_its_format() {
    let folder = folder();
    drop(create(folder.path()));
    let said = "caseward store\nformat 2\nmore of it ";
    let sum: [u8; 32] = Sha256::digest(said).into();
    let check: String = sum.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    fs::write(folder.path().join("CASEWARD"), format!("{said}{check}\n")).expect("it is written");
    let answer = FjallStore::open(folder.path(), Access::Create);
    assert!(matches!(answer, Err(StoreError::NewerFormat { found: 2, known: 1, .. })));
}

#[cfg(unix)]
#[tokio::test]
async fn a_store_that_is_removed_or_replaced_under_its_writer_takes_no_more_and_says_what_happened() {
    type Harm<'a> = (&'a str, &'a dyn Fn(&Path));
    let journal = |path: &Path| {
        let mut files: Vec<_> = names(&path.join("log")).into_iter().filter(|name| name.ends_with(".jnl")).collect();
        path.join("log").join(files.pop().expect("there is one"))
    };
    let copied = |path: &Path| {
        let bytes = fs::read(path).expect("it is there");
        fs::remove_file(path).expect("it is there");
        fs::write(path, bytes).expect("there is room");
    };
    let harms: [Harm<'_>; 7] = [
        ("` was removed or moved away", &|path| fs::remove_dir_all(path).expect("it is there")),
        ("data` was removed or moved away", &|path| fs::rename(path, path.with_extension("old")).expect("it is there")),
        ("data` was replaced", &|path| {
            fs::rename(path, path.with_extension("old")).expect("it is there");
            fs::create_dir(path).expect("there is room");
        }),
        ("HEAD` was removed", &|path| fs::remove_file(path.join("HEAD")).expect("it is there")),
        ("HEAD` was replaced", &|path| copied(&path.join("HEAD"))),
        (".jnl` was replaced by another file", &|path| copied(&journal(path))),
        (".jnl` was truncated", &|path| {
            let file = fs::OpenOptions::new().write(true).open(journal(path)).expect("it is there");
            file.set_len(0).expect("it can be cut");
        }),
    ];
    for (what, harm) in harms {
        let folder = folder();
        let path = folder.path().join("data");
        let store = create(&path);
        append(&store, vec![run(ONE, 1, &[9])]).await;
        harm(&path);
        let mut next = 2;
        let why = loop {
            match put(&store, vec![run(ONE, next, &[9])]).await {
                Ok(_) => next += 1,
                Err(StoreError::Poisoned(why)) => break why,
                Err(other) => panic!("{what}: {other:?}"),
            }
        };
        assert!(why.contains(what) && why.contains("while this process had the store open"), "{what}: {why}");
    }
}

#[test]
fn a_store_whose_making_was_cut_short_is_made_anew() {
    let folder = folder();
    drop(create(folder.path()));
    fs::rename(folder.path().join("CASEWARD"), folder.path().join("CASEWARD.new")).expect("it was there");
    fs::remove_file(folder.path().join("log/version")).expect("it was there");
    assert!(matches!(FjallStore::open(folder.path(), Access::Existing), Err(StoreError::Missing(_))));
    drop(create(folder.path()));
    assert_eq!(names(folder.path()), ["CASEWARD", "HEAD", "KEYS", "LOCK", "SIGNING", "log"]);
    drop(existing(folder.path()));
}

#[test]
fn an_empty_file_system_has_room_for_a_store() {
    let folder = folder();
    fs::create_dir(folder.path().join("lost+found")).expect("it is made");
    drop(create(folder.path()));
    drop(existing(folder.path()));
}

#[test]
fn a_store_is_opened_once_and_whoever_has_it_is_named() {
    let folder = folder();
    let store = create(folder.path());
    for access in [Access::Create, Access::Existing] {
        let holder = holder(FjallStore::open(folder.path(), access));
        assert!(holder.starts_with(&format!("process {} (", std::process::id())), "{holder}");
        assert!(holder.contains("), since 20"), "{holder}");
    }
    drop(store);
    drop(existing(folder.path()));
}

fn holder(answer: Result<FjallStore, StoreError>) -> String {
    match answer {
        Err(StoreError::InUse { holder, .. }) => holder,
        other => panic!("not in use: {other:?}"),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("it is a folder");
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("it is there").file_name().display().to_string();
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}
