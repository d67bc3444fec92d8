//! Backups over HTTP: where the operator allowed them, nowhere else, and never over what is there.

use super::{beside, ended, text};
use crate::served::Served;
use serde_json::json;
use std::path::PathBuf;
use tempfile::TempDir;

const BACKUPS: &str = "/v1/backups";

/// A service that may write backups, with the folder that they go to.
fn served() -> (Served, TempDir, PathBuf) {
    let folder = TempDir::new().expect("a temporary folder");
    let backups = folder.path().join("backups");
    let alone = Served::holding("demo").stop().2;
    let served = Served::with(alone, &["--backup-directory", backups.to_str().expect("it is UTF-8")]);
    (served, folder, backups)
}

#[test]
fn a_backup_is_written_where_the_operator_allowed_it_and_a_second_run_adds_what_is_new() {
    let (served, _folder, backups) = served();
    let nothing = served.get(BACKUPS);
    assert_eq!((nothing.status, nothing.body.as_str()), (200, r#"{"runs":[],"backups":[]}"#));
    let started = served.post(BACKUPS, "");
    assert_eq!(started.status, 202, "{started:?}");
    let run = ended(&mut served.connect(), started.header("location").expect("it says where"));
    assert_eq!((&run["state"], &run["outcome"]["events"]), (&json!("done"), &json!(328)), "{run}");
    let organizations = &run["outcome"]["organizations"];
    assert_eq!(organizations[1], json!({"from": 0, "number": 1, "organization": "default", "to": 328}));
    served.accepted(r#"{"command":{"add_member":{"group":"g","member":"user:a"}}}"#);
    let again = served.post(BACKUPS, r#"{"name":"store"}"#);
    let run = ended(&mut served.connect(), again.header("location").expect("it says where"));
    assert_eq!(run["outcome"]["events"], 1, "{run}");
    let listed = served.get(BACKUPS).json();
    let [held] = listed["backups"].as_array().expect("a list").as_slice() else { panic!("{listed}") };
    assert_eq!((&held["name"], &held["complete"]), (&json!("store"), &json!(true)));
    assert_eq!(held["organizations"][1], json!({"number": 1, "organization": "default", "position": 329}));
    // The verb finds it whole, tree heads included.
    let checked = beside(&served, &["backup", "--check", backups.join("store").to_str().expect("it is UTF-8")]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    assert!(backups.join("store/heads").read_dir().expect("heads are kept").count() >= 3);
}

#[test]
fn a_name_is_no_path_and_what_is_there_is_not_written_over() {
    let (served, folder, backups) = served();
    for name in ["../out", "/tmp/out", "..", "a/b", "A", "", ".hidden"] {
        let answer = served.post(BACKUPS, &json!({"name": name}).to_string());
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid"), "{name}");
    }
    let outside = folder.path().join("outside");
    std::fs::create_dir_all(&outside).expect("there is room");
    std::fs::create_dir_all(backups.join("papers")).expect("there is room");
    std::fs::write(backups.join("papers/letter"), "dear").expect("there is room");
    std::os::unix::fs::symlink(&outside, backups.join("away")).expect("there is room");
    let away = served.post(BACKUPS, r#"{"name":"away"}"#);
    assert_eq!((away.status, away.code().as_str()), (409, "other_backup"), "{away:?}");
    let papers = served.post(BACKUPS, r#"{"name":"papers"}"#);
    let run = ended(&mut served.connect(), papers.header("location").expect("it says where"));
    assert_eq!((&run["state"], &run["problem"]["code"]), (&json!("failed"), &json!("other_backup")), "{run}");
    assert_eq!(outside.read_dir().expect("it is there").count(), 0);
    assert_eq!(std::fs::read_dir(backups.join("papers")).expect("it is there").count(), 1);
    // That of another store is not gone on with.
    let other = Served::holding("demo");
    assert!(beside(&other, &["backup", backups.join("other").to_str().expect("it is UTF-8")]).status.success());
    let refused = served.post(BACKUPS, r#"{"name":"other"}"#);
    let run = ended(&mut served.connect(), refused.header("location").expect("it says where"));
    assert_eq!(run["problem"]["code"], "other_backup", "{run}");
    assert!(!run.to_string().contains(backups.to_str().expect("it is UTF-8")), "no path of the machine: {run}");
}

#[test]
fn a_service_without_a_directory_of_backups_writes_none_and_one_in_the_store_is_refused() {
    let served = Served::holding("demo");
    for answer in [served.post(BACKUPS, ""), served.get(BACKUPS)] {
        assert_eq!((answer.status, answer.code().as_str()), (409, "no_backup_directory"), "{answer:?}");
        assert!(answer.json()["hint"].as_str().expect("a hint").contains("--backup-directory"));
    }
    let inside = served.data().join("backups");
    let mut program = crate::served::program();
    program
        .arg("--data")
        .arg(served.data())
        .args(["serve", "--listen", "127.0.0.1:0", "--backup-directory"])
        .arg(inside);
    let refused = program.output().expect("the program starts");
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
}

#[test]
fn who_is_of_one_organization_alone_does_nothing_with_the_store_as_a_whole() {
    let (served, _folder, _backups) = served();
    let token = |organization: &str, name: &str| {
        let issued = beside(&served, &["token", "issue", name, "--part", "operate", "--organization", organization]);
        format!("Bearer {}", text(&issued.stdout).trim())
    };
    let (one, all) = (token("default", "one"), token("*", "all"));
    for path in [BACKUPS, "/v1/verification"] {
        for method in ["GET", "POST"] {
            let of = |token: &str| served.connect().ask(method, path, &[("authorization", token)], "").status;
            assert_eq!(of(&one), 403, "{method} {path}");
            assert!([200, 202].contains(&of(&all)), "{method} {path}");
        }
    }
}
