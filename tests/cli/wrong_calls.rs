//! Wrong calls: each says what is wrong and what to type instead, in the same voice, and ends with 2.
//!
//! The text is a golden file, to be read as a diff; `CASEWARD_BLESS=1` writes it anew.

use crate::cli_fixture::Desk;
use std::fs;
use std::path::{Path, PathBuf};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/wrong-calls.txt")
}

#[test]
fn nothing_that_is_written_out_lands_on_the_files_of_a_store_or_of_a_backup() {
    let desk = Desk::holding("demo");
    let data = desk.data();
    let (backup, heads) = (data.with_file_name("backup"), data.with_file_name("heads"));
    let text = |path: &Path| path.display().to_string();
    for verb in [&["backup", &text(&backup)][..], &["tree-head", "--out", &text(&data.with_file_name("first.note"))]] {
        let said = desk.ask(verb);
        assert_eq!(said.status, 0, "{}", said.err);
    }
    fs::create_dir(&heads).expect("there is room");
    let link = data.with_file_name("link");
    #[cfg(unix)]
    std::os::unix::fs::symlink(data.join("KEYS"), &link).expect("there is room");
    let before = |path: &Path| fs::read(path).expect("it is there");
    let kept: Vec<_> = ["KEYS", "SIGNING", "HEAD", "CASEWARD"].map(|name| data.join(name)).to_vec();
    let bytes: Vec<_> = kept.iter().map(|path| before(path)).collect();
    let mut places = vec![data.join("KEYS"), data.join("HEAD"), data.join("new"), data.join("log/../SIGNING")];
    places.extend([data.join("log/new"), backup.join("KEYS"), backup.join("bundles/new")]);
    places.extend(cfg!(unix).then_some(link));
    // Another name of one of its files.
    let other_name = data.with_file_name("other-name");
    fs::hard_link(data.join("HEAD"), &other_name).expect("it is one disk");
    places.push(other_name);
    // So that a service which is not refused ends all the same.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let taken = taken.local_addr().expect("it listens").to_string();
    for place in &places {
        let place = text(place);
        for verb in [
            &["report", "case:1", "--html", &place][..],
            &["timeline", "case:1", "--svg", &place],
            &["tree-head", "--out", &place],
            &["prove", "1", "--out", &place],
            &["backup", &place],
            &["serve", "--listen", &taken, "--decision-log", &place],
        ] {
            let said = desk.ask(verb);
            assert_eq!(said.status, 2, "{verb:?}: {}", said.err);
        }
    }
    let among = text(&heads.join("new"));
    let heads_dir = text(&heads);
    for verb in [&["report", "case:1", "--html", &among][..], &["prove", "1", "--out", &among], &["backup", &heads_dir]]
    {
        let said = desk.ask(&[&["--heads-dir", &heads_dir], verb].concat());
        assert!(said.status == 2 && said.err.contains("the folder of tree heads"), "{verb:?}: {}", said.err);
    }
    assert_eq!(desk.ask(&["--heads-dir", &heads_dir, "tree-head", "--out", &heads_dir]).status, 0);
    assert_eq!(desk.ask(&["backup", &text(&backup)]).status, 0, "a backup goes on");
    assert_eq!(kept.iter().map(|path| before(path)).collect::<Vec<_>>(), bytes);
    assert!(!data.join("new").exists());
    assert_eq!(desk.ask(&["verify"]).status, 0);
}

#[test]
fn a_wrong_call_says_what_is_wrong_and_what_to_type_instead() {
    let desk = Desk::holding("demo");
    let expected = std::fs::read_to_string(golden()).expect("the text is there");
    let mut told = String::new();
    for call in expected.lines().filter_map(|line| line.strip_prefix("$ caseward")) {
        let said = desk.ask(&call.split_whitespace().collect::<Vec<_>>());
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{call}: {said:?}");
        assert!(said.err.contains("  hint: "), "{call}: {said:?}");
        told += &format!("$ caseward{call}\n{}", said.err);
    }
    if std::env::var_os("CASEWARD_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(golden(), &told).expect("there is room");
    } else {
        assert_eq!(told, expected);
    }
}

#[test]
fn a_call_without_a_word_needs_a_verb() {
    // Of its own: the other calls name a folder, which the parser takes for a beginning.
    let bare = std::process::Command::new(env!("CARGO_BIN_EXE_caseward")).env_clear().output().expect("it starts");
    let told = "error: `caseward` needs a verb\n  hint: caseward demo is a tour; caseward help lists all verbs\n";
    assert_eq!((bare.status.code(), String::from_utf8_lossy(&bare.stderr).as_ref()), (Some(2), told));
}

#[test]
fn help_that_cannot_be_written_is_a_fault() {
    // The device takes nothing, as a full disk.
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let desk = Desk::holding("demo");
    let status = desk.program().arg("--help").stdout(full).stderr(std::process::Stdio::null()).status();
    assert_eq!(status.expect("it starts").code(), Some(6));
}
