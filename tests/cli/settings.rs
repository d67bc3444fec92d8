//! What is set once for all calls: by a file, the environment, a call; and what the program logs.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A working directory, with a file of settings in it or without.
struct SettingsFolder(TempDir);

impl SettingsFolder {
    fn with(settings: Option<&str>) -> SettingsFolder {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        if let Some(settings) = settings {
            fs::write(folder.path().join("caseward.toml"), settings).expect("there is room");
        }
        SettingsFolder(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, environment: &[(&str, &str)], arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_caseward"));
        let inherited = std::env::vars_os().map(|(name, _)| name);
        inherited.filter(|name| name.to_string_lossy().starts_with("CASEWARD_")).for_each(|name| {
            command.env_remove(name);
        });
        let run = command.current_dir(self.path()).envs(environment.iter().copied()).args(arguments).output();
        let Output { status, stdout, stderr } = run.expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("it writes UTF-8");
        (status.code().expect("it ends by itself"), text(stdout), text(stderr))
    }

    /// Value and origin of a setting.
    fn setting(&self, name: &str, environment: &[(&str, &str)], arguments: &[&str]) -> (String, String) {
        let (status, out, err) = self.run(environment, &[arguments, &["config", "--output", "json"]].concat());
        assert_eq!(status, 0, "{err}");
        let told: Value = serde_json::from_str(&out).expect("it is JSON");
        let settings = told["settings"].as_array().expect("a list");
        let found = settings.iter().find(|setting| setting["name"] == name).expect("it is told");
        ["value", "from"].map(|key| found[key].as_str().expect("a text").to_owned()).into()
    }
}

fn is(value: &str, from: &str) -> (String, String) {
    (value.to_owned(), from.to_owned())
}

#[test]
fn a_call_beats_the_environment_which_beats_the_file_which_beats_the_default() {
    let place = SettingsFolder::with(Some("org = \"from-file\"\n"));
    let environment = [("CASEWARD_ORG", "from-env")];
    assert_eq!(place.setting("org", &environment, &["--org", "from-call"]), is("from-call", "the call"));
    assert_eq!(place.setting("org", &environment, &[]), is("from-env", "the environment, CASEWARD_ORG"));
    assert_eq!(place.setting("org", &[], &[]), is("from-file", "caseward.toml"));
    assert_eq!(SettingsFolder::with(None).setting("org", &[], &[]), is("default", "default"));
}

#[test]
fn what_a_file_sets_holds_for_every_verb() {
    let place = SettingsFolder::with(Some("data = \"elsewhere\"\norg = \"north\"\noutput = \"json\"\n"));
    let (status, out, err) = place.run(&[], &["org", "create", "north"]);
    assert_eq!(status, 0, "{out}{err}");
    assert!(place.path().join("elsewhere/CASEWARD").exists());
    let (status, out, err) = place.run(&[], &["check", "user:ana", "read", "organization"]);
    assert_eq!(status, 2, "read is no right on the organization: {out}{err}");
    let (status, out, _) = place.run(&[], &["status"]);
    let told: Value = serde_json::from_str(&out).expect("it is JSON");
    assert_eq!((status, &told["organization"]), (0, &Value::from("north")));
}

#[test]
fn another_file_is_named_by_the_call_or_the_environment_and_must_be_there() {
    let place = SettingsFolder::with(Some("org = \"here\"\n"));
    fs::write(place.path().join("other.toml"), "org = \"there\"\n").expect("there is room");
    assert_eq!(place.setting("org", &[], &["--config", "other.toml"]), is("there", "other.toml"));
    assert_eq!(place.setting("org", &[("CASEWARD_CONFIG", "other.toml")], &[]), is("there", "other.toml"));
    let (status, _, err) = place.run(&[], &["status", "--config", "none.toml"]);
    assert_eq!(status, 2);
    assert!(err.starts_with("error: cannot read the settings in `none.toml`"), "{err}");
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_name_and_the_setting() {
    for (settings, told) in [
        (
            "colour = \"never\"",
            "error: `colour` in `caseward.toml`: there is no such setting; settings are data, server,",
        ),
        ("color = \"blue\"", "error: `color` in `caseward.toml`: `blue` is not one of auto,"),
        ("org = 7", "error: `org` in `caseward.toml`: put its value in quotes"),
        ("org = \"a\"\ndata\n", "error: the settings in `caseward.toml` are not valid TOML: line 2: "),
    ] {
        let (status, out, err) = SettingsFolder::with(Some(settings)).run(&[], &["status"]);
        assert_eq!((status, out.as_str()), (2, ""), "{settings}");
        assert!(err.starts_with(told), "{settings}: {err}");
        assert!(err.contains("hint: caseward config --example") && !err.contains("\\n"), "{err}");
    }
}

#[test]
fn the_example_is_a_file_that_changes_nothing() {
    let place = SettingsFolder::with(None);
    let (_, example, _) = place.run(&[], &["config", "--example"]);
    let (_, before, _) = place.run(&[], &["config"]);
    fs::write(place.path().join("caseward.toml"), example).expect("there is room");
    assert_eq!(place.run(&[], &["config"]), (0, before, String::new()));
}

#[test]
fn the_log_is_silent_unless_asked_and_then_holds_the_lines_of_the_database_too() {
    let place = SettingsFolder::with(None);
    let grant = ["apply", "-q", "grant.jsonl"];
    fs::write(place.path().join("grant.jsonl"), r#"{"command":{"disable_user":{"user":"ana"}}}"#)
        .expect("there is room");
    assert_eq!(place.run(&[], &grant).2, "");
    let (status, out, err) = place.run(&[("CASEWARD_LOG_FORMAT", "json")], &["status", "--log", "debug"]);
    assert_eq!(status, 0, "{err}");
    assert!(out.contains("position 1"), "{out}");
    let lines: Vec<Value> =
        err.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"))).collect();
    let of = |target: &str| {
        let is = |line: &&Value| line["target"].as_str().is_some_and(|of| of.split("::").next() == Some(target));
        lines.iter().filter(is).count()
    };
    assert!(of("caseward") > 0 && of("fjall") > 0, "{err}");
    let opened = lines.iter().find(|line| line["message"] == "the store is open").expect("it was opened");
    assert_eq!((&opened["level"], &opened["format"]), (&Value::from("INFO"), &Value::from(1)));
    let (_, _, err) = place.run(&[], &["status", "--log", "info"]);
    assert!(err.contains(" INFO caseward::store::log: the store is open"), "{err}");
    let (status, _, err) = place.run(&[], &["status", "--log", "caseward=loud"]);
    assert_eq!(status, 2);
    assert!(err.starts_with("error: `caseward=loud` is not a log filter"), "{err}");
}

#[test]
fn a_file_that_is_no_file_of_settings_is_refused_at_once() {
    let place = SettingsFolder::with(Some(&"#".repeat((64 << 10) + 1)));
    let (status, _, err) = place.run(&[], &["config"]);
    assert_eq!(status, 2);
    assert!(err.contains("it is longer than 65536 bytes, the limit"), "{err}");
    let place = SettingsFolder::with(None);
    fs::create_dir(place.path().join("caseward.toml")).expect("there is room");
    let (status, _, err) = place.run(&[], &["config"]);
    assert_eq!(status, 2);
    assert!(err.contains("it is not a regular file"), "{err}");
}

/// A pipe that nobody writes to would be waited for until the end of time.
#[cfg(unix)]
#[test]
fn a_pipe_in_place_of_the_file_is_not_waited_for() {
    let place = SettingsFolder::with(None);
    let made = Command::new("mkfifo").arg(place.path().join("caseward.toml")).status().expect("there is a `mkfifo`");
    assert!(made.success());
    let (status, _, err) = place.run(&[], &["config"]);
    assert_eq!(status, 2);
    assert!(err.contains("it is not a regular file"), "{err}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_of_another_user_is_used_only_where_it_is_named() {
    let place = SettingsFolder::with(Some("org = \"theirs\"\n"));
    let path = place.path().join("caseward.toml");
    if std::os::unix::fs::chown(&path, Some(65_534), None).is_err() {
        eprintln!("SKIPPED: only root can give a file to another user");
        return;
    }
    let (status, _, err) = place.run(&[], &["config"]);
    assert_eq!(status, 2);
    assert!(err.contains("belong to another user (user id 65534) and are not used"), "{err}");
    assert!(err.contains("caseward --config caseward.toml"), "{err}");
    assert_eq!(place.setting("org", &[], &["--config", "caseward.toml"]), is("theirs", "caseward.toml"));
}
