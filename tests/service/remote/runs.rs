//! What takes long at a service is told as a store tells its own: a backup, a verification, a rebuild.

use super::{Said, beside, over, ran};
use crate::served::{Served, fixture, program};
use std::path::Path;
use tempfile::TempDir;

/// The demo, with a directory for backups.
fn demo(backups: &Path) -> Served {
    let folder = TempDir::new().expect("a temporary folder");
    let mut import = program();
    import.arg("--data").arg(folder.path().join("data")).arg("import").arg(fixture("demo").join("commands.jsonl"));
    assert_eq!(ran(import).0, Some(0));
    Served::with(folder, &["--backup-directory", backups.to_str().expect("it is UTF-8")])
}

/// What was printed, without what no two runs have in common.
fn lines((status, out, err): Said, without: &[&str]) -> (Option<i32>, Vec<String>, bool) {
    let lines = out.lines().filter(|line| !without.iter().any(|word| line.contains(word)));
    (status, lines.map(str::to_owned).collect(), err.is_empty())
}

#[test]
fn a_backup_of_a_service_lies_in_its_directory_under_its_name_and_a_later_one_adds_to_it() {
    let backups = TempDir::new().expect("a temporary folder");
    let served = demo(backups.path());
    let here = backups.path().join("here");
    let here = here.to_str().expect("it is UTF-8");
    let first = ran(over(&served, &["backup", "nightly"]));
    assert_eq!(first.0, Some(0), "{}", first.2);
    let without = ["nothing"];
    assert_eq!(lines(first, &without), lines(ran(beside(&served, &["backup", here])), &without));
    let again = ran(over(&served, &["backup", "nightly", "--output", "csv"]));
    assert_eq!(again.1, ran(beside(&served, &["backup", here, "--output", "csv"])).1, "{}", again.2);
    let told = ran(over(&served, &["backup", "nightly", "--output", "json"])).1;
    let told: serde_json::Value = serde_json::from_str(&told).expect("it is JSON");
    assert_eq!((&told["events"], &told["organizations"][1]["to"]), (&0.into(), &328.into()), "{told}");
    let mut check = program();
    check.arg("backup").arg(backups.path().join("nightly")).arg("--check");
    let (status, out, err) = ran(check);
    assert!(status == Some(0) && out.contains("intact up to position 328"), "{out} {err}");
    for (call, hint) in [
        (&["backup", "a/b"][..], "--backup-directory"),
        (&["backup", "/tmp/x"], "--backup-directory"),
        (&["backup", ".."], "--backup-directory"),
        (&["verify", "--against", "head"], "caseward prove --consistency"),
    ] {
        let (status, out, err) = ran(over(&served, call));
        assert_eq!((status, out.as_str(), err.contains(hint)), (Some(2), "", true), "{call:?}: {err}");
    }
    let (status, _, err) = ran(over(&Served::empty(), &["backup", "nightly"]));
    assert!(status == Some(6) && err.contains("no_backup_directory") && err.contains("--backup-directory"), "{err}");
}

#[test]
fn a_verification_of_a_service_prints_what_one_beside_it_does() {
    let served = Served::holding("demo");
    // What was asked is kept, so that each of the two finds another number of reads.
    let without = ["log of reads", "\"reads\""];
    for form in ["human", "csv"] {
        let call = ["verify", "--output", form];
        let (there, here) = (ran(over(&served, &call)), ran(beside(&served, &call)));
        assert_eq!(there.0, Some(0), "{}", there.2);
        assert_eq!(lines(there, &without), lines(here, &without), "{form}");
    }
    let json = |said: Said| {
        let mut told: serde_json::Value = serde_json::from_str(&said.1).expect("it is JSON");
        told["reads"].take();
        told
    };
    let call = ["verify", "--output", "json"];
    let told = json(ran(over(&served, &call)));
    assert_eq!(told["trusted"][1]["name"], "default", "{told}");
    assert_eq!(told, json(ran(beside(&served, &call))));
}

#[test]
fn a_rebuild_of_a_service_prints_what_one_beside_it_does() {
    let served = Served::holding("demo");
    // A generation is numbered, and no two are as fast.
    let without = ["per second", "generation"];
    for call in [
        &["rebuild"][..],
        &["rebuild", "policy", "--accept", "--save-every", "100"],
        &["rebuild", "--output", "jsonl"],
        &["rebuild", "case-access", "--output", "csv"],
    ] {
        let (there, here) = (ran(over(&served, call)), ran(beside(&served, call)));
        assert_eq!(there.0, Some(0), "{call:?}: {}", there.2);
        assert_eq!(lines(there, &without), lines(here, &without), "{call:?}");
    }
    let (status, out, err) = ran(over(&served, &["rebuild", "--drop"]));
    assert!(status == Some(0) && out.lines().count() == 8 && out.starts_with("removed generation 1\n"), "{out} {err}");
    for call in [&["rebuild", "--drop"][..], &["rebuild", "--cancel", "--output", "json"], &["rebuild", "--resume"]] {
        assert_eq!(ran(over(&served, call)), ran(beside(&served, call)), "{call:?}");
    }
}
