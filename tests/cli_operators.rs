//! The command line for producers and operators, as a program: what goes in, what comes out, and how it ends.
//!
//! Each test has a data directory of its own. Absent on purpose: rules, which the engine's tests hold, and the verbs of
//! auditors.

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A folder with room for a store and for files.
struct Desk {
    folder: TempDir,
}

/// How the program ended, and what it said.
struct Ended {
    status: i32,
    out: String,
    err: String,
}

impl Desk {
    fn new() -> Desk {
        Desk { folder: tempfile::tempdir().expect("there is room for a folder") }
    }

    /// One definition, two cases, an org admin (ana) and a grant, at position 5.
    fn with_history() -> Desk {
        let desk = Desk::new();
        let lines = [
            line("system:setup", 1, json!({"appoint_org_admin": {"user": "ana"}})),
            line("user:ana", 2, json!({"create_definition": {"definition": "fraud"}})),
            line("system:desk", 3, json!({"open_case": {"case": "1", "definition": "fraud", "creator": "ana"}})),
            line("system:desk", 4, json!({"open_case": {"case": "2", "definition": "fraud", "creator": "ana"}})),
            line("user:ana", 5, json!({"grant": {"on": "case:1", "to": "user:bob"}})),
        ];
        let file = desk.file("history.jsonl", lines.join("\n"));
        assert_eq!(desk.run(&["-q", "import", &file]).status, 0);
        desk
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("a file can be written");
        path.display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_caseward"));
        for name in ["CASEWARD_ACTOR", "NO_COLOR", "COLUMNS"] {
            command.env_remove(name);
        }
        command.env("CASEWARD_DATA", self.data()).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, b"")
    }

    /// With this on standard input.
    fn run_with(&self, arguments: &[&str], input: &[u8]) -> Ended {
        let mut child = self.command(arguments).spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("it has one");
        let input = input.to_vec();
        // The program may end before it has read everything.
        let writing = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().expect("it ends");
        writing.join().expect("writing does not panic");
        Ended::of(&output)
    }

    /// As the org admin.
    fn as_ana(&self, arguments: &[&str]) -> Ended {
        self.run(&[arguments, &["--actor", "user:ana"]].concat())
    }

    fn head(&self) -> u64 {
        let status = self.run(&["status", "--output", "json"]);
        status.json()["head"].as_u64().expect("status tells the head")
    }
}

impl Ended {
    fn of(output: &Output) -> Ended {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8");
        let ended = Ended {
            status: output.status.code().expect("it was not killed"),
            out: text(&output.stdout),
            err: text(&output.stderr),
        };
        assert_ne!(ended.status, 101, "it panicked: {}", ended.err);
        ended
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why} in {:?} beside {:?}", self.out, self.err))
    }

    fn json_lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
    }

    /// Ended so, with nothing on standard output, and with an error that says all of this.
    fn failed(&self, status: i32, told: &[&str]) {
        assert_eq!(self.status, status, "{}{}", self.out, self.err);
        assert_eq!(self.out, "");
        assert!(self.err.starts_with("error: "), "{}", self.err);
        for part in told {
            assert!(self.err.contains(part), "no {part:?} in {}", self.err);
        }
        let first = self.err.lines().next().unwrap_or_default();
        assert!(!first.ends_with('.'), "{first}");
    }
}

/// A line for an import, on a day of March 2026.
fn line(actor: &str, day: u32, command: Value) -> String {
    let time = format!("2026-03-{day:02}T09:00:00Z");
    json!({"id": format!("id-{day}"), "actor": actor, "time": time, "command": command}).to_string()
}

/// A line for `apply`, that puts a user into a group: nobody asks who sends it.
fn joins(user: &str) -> String {
    json!({"command": {"add_member": {"group": "g", "member": format!("user:{user}")}}}).to_string()
}

fn lines(users: &[&str]) -> String {
    users.iter().map(|user| joins(user) + "\n").collect()
}

// Shorthands.

#[test]
fn each_shorthand_says_what_it_did_and_at_which_position() {
    let desk = Desk::with_history();
    for (arguments, told) in [
        (&["grant", "case:2", "user:eve"][..], "granted `read` on case:2 to user:eve   position 6\n"),
        (
            &["grant", "definition:fraud", "group:g", "read,share", "--valid-until", "2030-01-01T00:00:00Z"],
            "granted `read, share` on definition:fraud to group:g until 2030-01-01T00:00:00Z   position 7\n",
        ),
        (&["update", "case:2", "user:eve", "write"], "updated user:eve on case:2 to `write`   position 8\n"),
        (&["update", "case:2", "user:eve", "write"], "nothing to change: it is so already   position 8\n"),
        (&["revoke", "case:2", "user:eve"], "revoked what user:eve had on case:2   position 9\n"),
        (
            &["restrict", "case:1", "user:bob=write", "group:g"],
            "restricted case:1: user:bob `write`, group:g `read`   position 10\n",
        ),
        (&["grant", "restriction:1", "user:eve"], "granted `read` on restriction:1 to user:eve   position 11\n"),
        (&["restrict", "2"], "restricted case:2: only org admins keep access   position 12\n"),
        (&["lift", "1", "--reason", "over"], "lifted the restriction of case:1   position 13\n"),
        (&["policy", "set", "creator_grant=read"], "adopted `creator_grant=read`   position 14\n"),
        (&["policy", "set", "--preset", "safe"], "adopted the preset `safe`   position 15\n"),
    ] {
        let ended = desk.as_ana(arguments);
        assert_eq!((ended.status, ended.out.as_str(), ended.err.as_str()), (0, told, ""), "{arguments:?}");
    }
}

#[test]
fn a_bound_is_cleared_by_none_and_stays_when_left_out() {
    let desk = Desk::with_history();
    desk.as_ana(&["update", "case:1", "user:bob", "--valid-until", "2030-01-01T00:00:00Z"]);
    let kept = desk.as_ana(&["update", "case:1", "user:bob", "write"]);
    assert!(kept.out.contains("to `write` until 2030-01-01T00:00:00Z"), "{}", kept.out);
    let cleared = desk.as_ana(&["update", "case:1", "user:bob", "--valid-until", "none"]);
    assert!(cleared.out.starts_with("updated user:bob on case:1 to `write`   position"), "{}", cleared.out);
}

#[test]
fn a_warning_goes_to_standard_error_with_its_code_and_quiet_takes_it_away() {
    let desk = Desk::with_history();
    desk.as_ana(&["grant", "definition:fraud", "user:bob"]);
    let ended = desk.as_ana(&["revoke", "definition:fraud", "user:bob"]);
    assert_eq!(ended.status, 0);
    assert_eq!(ended.out, "revoked what user:bob had on definition:fraud   position 7\n");
    let told = "warning: `user:bob` keeps the grants on 1 of its cases (grants_survive)\n  note: case:1\n";
    assert_eq!(ended.err, told);
    desk.as_ana(&["grant", "definition:fraud", "user:bob"]);
    assert_eq!(desk.as_ana(&["-q", "revoke", "definition:fraud", "user:bob"]).err, "");
}

#[test]
fn a_refusal_says_what_why_and_what_to_do_and_ends_with_three() {
    let desk = Desk::with_history();
    let again = desk.as_ana(&["grant", "case:1", "user:bob"]);
    again.failed(3, &["error: `case:1` holds an entry for `user:bob` already: read (already_granted)\n", "\n  hint: "]);
    desk.as_ana(&["grant", "case:9", "user:bob"]).failed(3, &["`case:9` does not exist (not_found)\n  hint: "]);
    desk.as_ana(&["lift", "1"]).failed(3, &["`case:1` is not restricted (not_restricted)"]);
    let window = ["--valid-from", "2027-01-02T00:00:00Z", "--valid-until", "2027-01-01T00:00:00Z"];
    desk.as_ana(&[&["grant", "case:2", "user:bob"], &window[..]].concat()).failed(3, &["(invalid_window)", "hint: "]);
    desk.as_ana(&["grant", "case:2", "user:bob", "register"]).failed(3, &["does not take register", "(invalid)"]);
    let conflict = desk.as_ana(&["grant", "case:2", "user:bob", "--expected-version", "7"]);
    conflict.failed(3, &["`case:2` is at version 1, not 7 (version_conflict)", "hint: "]);
    let nobody = desk.run(&["grant", "case:2", "user:bob"]);
    nobody.failed(3, &["(not_authorized)", "\n  note: no `--actor` was given, nor CASEWARD_ACTOR", "\n  hint: "]);
    assert_eq!(desk.head(), 5);
}

#[test]
fn a_grant_held_on_several_other_lists_is_noted_with_all_of_them() {
    let desk = Desk::with_history();
    desk.as_ana(&["grant", "definition:fraud", "user:eve"]);
    desk.as_ana(&["grant", "organization", "user:eve"]);
    let ended = desk.as_ana(&["update", "case:1", "user:eve", "write"]);
    ended.failed(3, &["(no_such_grant)\n  note: these lists hold one: `definition:fraud`, `organization`\n  hint: "]);
}

#[test]
fn the_actor_may_come_from_the_environment() {
    let desk = Desk::with_history();
    let output = desk.command(&["grant", "case:2", "user:eve"]).env("CASEWARD_ACTOR", "user:ana").output();
    assert_eq!(Ended::of(&output.expect("the program runs")).status, 0);
}

#[test]
fn as_json_the_answer_is_on_standard_output_whether_accepted_or_refused() {
    let desk = Desk::with_history();
    for form in ["json", "jsonl"] {
        let to = format!("user:{form}");
        let accepted = desk.as_ana(&["grant", "case:2", &to, "--output", form]);
        assert_eq!((accepted.status, accepted.err.as_str()), (0, ""));
        assert_eq!(accepted.json()["status"], "accepted");
        assert_eq!(accepted.json()["events"][0]["type"], "access_granted");
        let refused = desk.as_ana(&["grant", "case:2", &to, "--output", form]);
        assert_eq!((refused.status, refused.err.as_str()), (3, ""));
        assert_eq!(refused.json()["code"], "already_granted");
    }
}

#[test]
fn as_csv_the_answer_is_a_header_and_a_record() {
    let desk = Desk::with_history();
    let ended = desk.as_ana(&["grant", "case:2", "user:eve", "--output", "csv"]);
    assert_eq!(ended.out, "status,code,position,events,message\naccepted,,6,1,\n");
    let refused = desk.as_ana(&["update", "case:2", "user:eve", "register", "--output", "csv"]);
    assert_eq!(refused.status, 3);
    assert!(refused.out.contains("\nrefused,invalid,,0,\"`case:2` does not take register; it takes read, "));
}

#[test]
fn status_tells_what_came_of_a_memory_bound_and_one_that_is_too_little_is_told_and_fails_nothing() {
    let desk = Desk::with_history();
    let ended = desk.run(&["status", "--memory", "80MiB"]);
    assert_eq!((ended.status, ended.err.as_str()), (0, ""));
    let line = ended.out.lines().find(|line| line.starts_with("memory bound")).expect("it is there");
    assert!(line.contains("80.00 MiB, 20.00 MiB of it for caches; "), "{line}");
    assert!(line.ends_with("2 cases held, 0 cold, 0 came back"), "{line}");
    let within = desk.run(&["status", "--memory=80MiB", "--output", "json"]).json()["memory"]["within"].clone();
    assert_eq!((&within["bytes"], &within["cases_held"]), (&json!(80 << 20), &json!(2)));
    let floor = within["floor_bytes"].as_u64().expect("it is told");
    assert!((100..1 << 20).contains(&floor), "{floor}");
    assert!(!desk.run(&["status"]).out.contains("memory bound"), "there is none");
    assert_eq!(desk.run(&["status", "--output", "json"]).json()["memory"]["within"], Value::Null);
    let ended = desk.run(&["check", "user:bob", "read", "case:1", "--memory", "1kB"]);
    assert_eq!(ended.status, 0, "{}", ended.err);
    assert!(ended.err.contains("a memory of 1000B is too little: what cannot leave it takes 1 MiB"), "{}", ended.err);
    desk.run(&["status", "--memory", "lots"]).failed(2, &["`lots` is not a size", "such as `512MiB`"]);
}

#[test]
fn a_known_id_answers_as_the_first_time_and_another_command_under_it_is_refused() {
    let desk = Desk::with_history();
    let first = desk.as_ana(&["grant", "case:2", "user:eve", "--id", "x"]);
    let second = desk.as_ana(&["grant", "case:2", "user:eve", "--id", "x"]);
    assert_eq!(second.out, format!("done before, under this id: {}", first.out));
    desk.as_ana(&["grant", "case:1", "user:eve", "--id", "x"]).failed(3, &["(id_reused)", "hint: "]);
    // The line that `apply` takes is the same command.
    let line = r#"{"id":"x","actor":"user:ana","command":{"grant":{"on":"case:2","to":"user:eve","access":"read"}}}"#;
    let applied = desk.run_with(&["apply", "-", "--output", "jsonl"], line.as_bytes());
    assert_eq!(applied.json()["replayed"], true);
}

#[test]
fn a_dry_run_tells_what_would_be_and_appends_nothing() {
    let desk = Desk::with_history();
    let ended = desk.as_ana(&["revoke", "case:1", "user:bob", "--dry-run"]);
    assert_eq!(
        ended.out,
        "dry run: revoked what user:bob had on case:1   would be position 6\n  user:bob would lose read on case:1\n"
    );
    assert_eq!(desk.head(), 5);
}

#[test]
fn a_dry_run_where_there_is_no_store_makes_none() {
    let desk = Desk::new();
    let ended = desk.run_with(&["apply", "-", "--dry-run"], lines(&["a", "a"]).as_bytes());
    assert_eq!(ended.status, 3);
    assert!(ended.out.starts_with("line 1: add_member: dry run: member_added in group:g   would be position 1\n"));
    assert!(!desk.data().exists());
}

#[test]
fn what_cannot_be_typed_into_a_command_is_a_wrong_call_and_makes_no_store() {
    let desk = Desk::new();
    for (arguments, told) in [
        (&["grant", "case:1", "user:bob", "raed"][..], "`raed` is neither `read` nor `write`"),
        (&["grant", "case:1", "bob"], "write user:ID or group:ID"),
        (&["grant", "case:1\u{7}", "user:bob"], "control character"),
        (&["grant", "case:1", "user:bob", "--valid-from", "soon"], "is not an instant"),
        (&["update", "case:1", "user:bob", "--valid-from", "soon"], "`soon` is not an instant"),
        (&["update", "case:1", "user:bob", "--valid-from", "so\u{7}on"], "`so\\u{7}on` is not an instant"),
        (&["restrict", "case:\u{1b}[31m"], "control character"),
        (&["restrict", "1", "user:bob=raed"], "`raed` is neither"),
        (&["restrict", "1", "bob"], "write user:ID or group:ID"),
        (&["revoke", "case:1", "user:bob", "--actor", "group:g"], "write user:ID or system:ID"),
        (&["policy", "set"], "KEY=VALUE"),
        (&["policy", "set", "restriction"], "`restriction` is not KEY=VALUE"),
        (&["policy", "set", "restrictions=enabled"], "`restrictions` is not a key of the policy"),
        (&["policy", "set", "restriction=enabled", "restriction=disabled"], "`restriction` is set twice"),
        (&["policy", "set", "--preset", "strict"], "presets are caseward, cmf, am, safe"),
        (&["org", "create", "Acme"], "is not the name of an organization"),
        (&["grant", "case:1", "user:bob", "--as-of", "-2d"], "`--as-of` does not go with `grant`"),
        (&["policy", "set", "restriction=enabled", "--at", "2026-01-01T00:00:00Z"], "`--at` does not go with"),
        (&["org", "create", "acme", "--as-of", "3"], "`--as-of` does not go with `org create`"),
        (&["apply", "-", "--as-of", "3"], "`--as-of` does not go with `apply`"),
        (&["import", "-", "--as-of", "3"], "`--as-of` does not go with `import`"),
        (&["status", "--as-of", "3"], "`--as-of` does not go with `status`"),
        (&["apply", "no-such-file"], "cannot read `no-such-file`"),
        (&["import", "/"], "it is a directory"),
        (&["rebuild", "everything"], "is not a projection"),
        (&["frobnicate"], "unrecognized subcommand"),
    ] {
        let ended = desk.run(arguments);
        ended.failed(2, &[told]);
        assert!(!ended.err.contains(['\u{7}', '\u{1b}']), "{:?}", ended.err);
    }
    assert!(!desk.data().exists());
}

#[test]
fn a_value_that_a_policy_key_does_not_take_is_refused_by_the_rules() {
    let desk = Desk::with_history();
    desk.as_ana(&["policy", "set", "restriction=maybe"]).failed(3, &["`maybe`", "`enabled`", "(invalid)"]);
    desk.as_ana(&["policy", "set", "break_glass_max_minutes=0"]).failed(3, &["give at least 1", "(invalid)"]);
    desk.as_ana(&["policy", "set", "org_admin_bypass=7"]).failed(3, &["(invalid)"]);
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_no_text_is_a_wrong_call() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::new();
    let output = desk.command(&["grant", "case:1"]).arg(std::ffi::OsStr::from_bytes(b"user:\xff")).output();
    assert_eq!(Ended::of(&output.expect("the program runs")).status, 2);
}

// Apply and import.

#[test]
fn apply_says_nothing_of_accepted_lines_and_sums_up() {
    let desk = Desk::new();
    let file = desk.file("commands.jsonl", lines(&["a", "b"]));
    let ended = desk.run(&["apply", &file]);
    assert_eq!((ended.status, ended.out.as_str()), (0, ""));
    assert_eq!(ended.err, "2 lines: 2 accepted, 0 refused; position 2\n");
    let more = desk.run_with(&["apply", "-", "-v"], lines(&["c"]).as_bytes());
    assert!(more.err.contains("line 1: add_member: member_added in group:g   position 3\n"), "{}", more.err);
    assert_eq!(desk.run_with(&["apply", "-", "-q"], lines(&["d"]).as_bytes()).err, "");
}

#[test]
fn a_refused_line_of_apply_is_told_by_its_number_and_the_rest_is_applied() {
    let desk = Desk::new();
    let ended = desk.run_with(&["apply", "-"], lines(&["a", "a", "b"]).as_bytes());
    assert_eq!((ended.status, ended.out.as_str()), (3, ""));
    let told = "line 2: add_member: refused: `user:a` is a direct member of `group:g` already (already_member)\n\
                3 lines: 2 accepted, 1 refused (1 already_member); position 2\n";
    assert_eq!(ended.err, told);
    // An error, so `quiet` keeps it.
    assert!(desk.run_with(&["apply", "-q", "-"], lines(&["a"]).as_bytes()).err.starts_with("line 1: "));
}

#[test]
fn blank_lines_are_skipped_and_counted() {
    let desk = Desk::new();
    let text = format!("\n  \r\n{}\r\n\t\n{}", joins("a"), joins("a"));
    let ended = desk.run_with(&["apply", "-"], text.as_bytes());
    assert!(ended.err.starts_with("line 5: add_member: refused: "), "{}", ended.err);
    assert!(ended.err.contains("\n2 lines: 1 accepted, 1 refused"), "{}", ended.err);
}

#[test]
fn what_is_no_command_is_one_refused_answer_and_reading_goes_on() {
    let desk = Desk::new();
    let mut bytes = b"\xff\xfe\x00binary\n{\n[]\n7\n{\"command\":{\"add_member\":{}}}\n".to_vec();
    bytes.extend(b"{\"command\":{\"add_member\":{\"group\":\"g\",\"member\":\"user:a\"}},\"who\":1}\n");
    bytes.extend(b"{\"command\":{\"frob\":{}}}\n{\"command\":{\"erase\":{}}}\n");
    bytes.extend(b"{\"command\":{\"add_member\":{\"group\":\"a\\u0007\",\"member\":\"user:a\"}}}\n");
    bytes.extend(b"{\"command\":{\"grant\":{\"on\":\"case:1\",\"to\":\"user:a\",\"access\":\"a\\u0007\"}}}\n");
    bytes.extend(vec![b'['; 100_000]);
    bytes.extend(b"\n");
    bytes.extend(joins("a").bytes());
    let ended = desk.run_with(&["apply", "-", "--output", "jsonl"], &bytes);
    assert_eq!(ended.status, 3);
    let answers = ended.json_lines();
    let codes: Vec<_> = answers.iter().map(|answer| answer["code"].as_str().unwrap_or("-")).collect();
    let invalid = "invalid";
    let expected = [invalid, invalid, invalid, invalid, invalid, invalid, invalid, invalid, invalid, invalid];
    assert_eq!(codes, [&expected[..], &[invalid, "-"]].concat());
    let for_people = desk.run_with(&["apply", "-"], &bytes);
    assert!(!for_people.err.contains(['\u{7}', '\u{1b}']), "{:?}", for_people.err);
}

#[test]
fn a_line_beyond_the_limit_is_refused_and_one_at_the_limit_is_read() {
    let desk = Desk::new();
    let mut text = joins("a");
    text.push_str(&" ".repeat((1 << 20) - text.len()));
    text.push('\n');
    text.push_str(&"x".repeat(3 << 20));
    text.push('\n');
    text.push_str(&joins("b"));
    let ended = desk.run_with(&["apply", "-"], text.as_bytes());
    assert_eq!(ended.status, 3);
    assert!(ended.err.starts_with("line 2: refused: the line goes on beyond 1048576 bytes"), "{}", ended.err);
    assert!(ended.err.ends_with("3 lines: 2 accepted, 1 refused (1 invalid); position 2\n"), "{}", ended.err);
}

#[test]
fn a_line_that_never_ends_is_answered_while_it_goes_on() {
    let desk = Desk::new();
    let mut child = desk.command(&["apply", "-", "--output", "jsonl"]).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("it has one");
    let writing = std::thread::spawn(move || while stdin.write_all(&[b'x'; 65_536]).is_ok() {});
    let mut answers = BufReader::new(child.stdout.take().expect("it has one"));
    let mut answer = String::new();
    answers.read_line(&mut answer).expect("it answers");
    assert!(answer.contains("goes on beyond"), "{answer}");
    child.kill().expect("it still reads");
    child.wait().expect("it ends");
    writing.join().expect("writing does not panic");
}

#[test]
fn apply_from_standard_input_answers_each_line_before_the_next_is_sent() {
    let desk = Desk::new();
    let mut conversation = Conversation::begin(&desk);
    for position in 1..=3 {
        let answer = conversation.say(&joins(&format!("u{position}")));
        assert_eq!(answer["position"], position);
    }
    assert_eq!(conversation.say("not JSON")["code"], "invalid");
    assert_eq!(conversation.say(&joins("u4"))["position"], 4);
    assert_eq!(conversation.end(), 3);
    assert_eq!(desk.head(), 4);
}

/// An `apply -` that goes on.
struct Conversation {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Conversation {
    fn begin(desk: &Desk) -> Conversation {
        let mut child = desk.command(&["apply", "-", "--output", "jsonl"]).spawn().expect("the program starts");
        let answers = BufReader::new(child.stdout.take().expect("it has one"));
        Conversation { child, answers }
    }

    fn say(&mut self, line: &str) -> Value {
        let stdin = self.child.stdin.as_mut().expect("it has one");
        writeln!(stdin, "{line}").expect("it reads");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("it answers");
        serde_json::from_str(&answer).expect("an answer is JSON")
    }

    fn end(self) -> i32 {
        let output = self.child.wait_with_output().expect("it ends");
        Ended::of(&output).status
    }
}

#[test]
fn answers_come_in_the_order_of_the_lines_and_positions_without_a_gap() {
    let desk = Desk::new();
    let text: String = (0..3_000).map(|number| joins(&format!("u{}", number / 2)) + "\n").collect();
    let ended = desk.run_with(&["apply", "-", "--output", "jsonl"], text.as_bytes());
    let answers = ended.json_lines();
    assert_eq!(answers.len(), 3_000);
    for (index, pair) in answers.chunks(2).enumerate() {
        assert_eq!(pair[0]["position"], index as u64 + 1);
        assert_eq!(pair[1]["code"], "already_member");
    }
}

#[test]
fn apply_prints_one_array_as_json_and_one_table_as_csv() {
    let desk = Desk::new();
    let ended = desk.run_with(&["apply", "-", "--output", "json"], lines(&["a", "a"]).as_bytes());
    let answers = ended.json();
    assert_eq!([&answers[0]["status"], &answers[1]["code"]], ["accepted", "already_member"]);
    assert_eq!(answers.as_array().map(Vec::len), Some(2));
    assert_eq!(desk.run_with(&["apply", "-", "--output", "json"], b"").json(), json!([]));
    let table = desk.run_with(&["apply", "-", "--output", "csv"], format!("\n{}", lines(&["b", "a"])).as_bytes());
    let records: Vec<_> = table.out.lines().collect();
    assert_eq!(records[..2], ["line,status,code,position,events,message", "2,accepted,,2,1,"]);
    assert!(records[2].starts_with("3,refused,already_member,,0,`user:a` is a direct member"), "{}", records[2]);
}

#[test]
fn an_atomic_batch_is_one_commit_or_nothing() {
    let desk = Desk::new();
    let refused = desk.run_with(&["apply", "-", "--atomic"], lines(&["a", "a", "b"]).as_bytes());
    assert_eq!(refused.status, 3);
    let told = "line 2: add_member: refused: `user:a` is a direct member of `group:g` already (already_member)\n\
                3 lines: 0 accepted, 3 refused (1 already_member, 2 batch_refused); position 0\n";
    assert_eq!(refused.err, told);
    let answers = desk.run_with(&["apply", "-", "--atomic", "--output", "jsonl"], b"{\n[]\n").json_lines();
    assert_eq!([&answers[0]["code"], &answers[1]["code"]], ["invalid", "batch_refused"]);
    let accepted = desk.run_with(&["apply", "-", "--atomic", "--output", "jsonl"], lines(&["a", "b"]).as_bytes());
    let times: Vec<_> = accepted.json_lines().iter().map(|answer| answer["events"][0]["time"].clone()).collect();
    assert_eq!(accepted.status, 0);
    assert_eq!(times[0], times[1]);
}

#[test]
fn a_batch_has_a_limit_and_nothing_beyond_it_is_applied() {
    let desk = Desk::new();
    let text: String = (0..10_001).map(|number| joins(&format!("u{number}")) + "\n").collect();
    let ended = desk.run_with(&["apply", "-", "--atomic"], text.as_bytes());
    ended.failed(3, &["more than 10000 commands", "(invalid)", "hint: "]);
    assert_eq!(desk.head(), 0);
}

#[test]
fn in_a_dry_run_later_lines_see_earlier_ones_and_nothing_is_appended() {
    let desk = Desk::with_history();
    let ended = desk.run_with(&["apply", "-", "--dry-run"], lines(&["a", "a"]).as_bytes());
    assert_eq!(ended.status, 3);
    assert_eq!(
        ended.out,
        "line 1: add_member: dry run: member_added in group:g   would be position 6\n  nobody's rights would change\n"
    );
    assert!(ended.err.contains("line 2: add_member: refused: "), "{}", ended.err);
    assert!(
        ended
            .err
            .ends_with("dry run, nothing appended: 2 lines: 1 accepted, 1 refused (1 already_member); position 5\n")
    );
    let as_json = desk.run_with(&["apply", "-", "--dry-run", "--output", "jsonl"], lines(&["a"]).as_bytes());
    assert_eq!(as_json.json()["dry_run"], true);
    assert_eq!(desk.head(), 5);
}

#[test]
fn import_brings_its_own_times_and_ends_with_zero_though_lines_were_refused() {
    let desk = Desk::with_history();
    let lines = [
        line("system:hr", 6, json!({"add_member": {"group": "g", "member": "user:a"}})),
        line("system:hr", 5, json!({"add_member": {"group": "g", "member": "user:b"}})).replace("id-5", "back"),
        line("system:hr", 7, json!({"add_member": {"group": "g", "member": "user:c"}})).replace("2026", "2999"),
        joins("d"),
        line("system:hr", 8, json!({"enable_user": {"user": "a"}})),
        line("user:ana", 5, json!({"grant": {"on": "case:1", "to": "user:bob"}})),
    ];
    let ended = desk.run_with(&["import", "-", "--output", "jsonl"], lines.join("\n").as_bytes());
    assert_eq!(ended.status, 0);
    let answers = ended.json_lines();
    assert_eq!(answers[0]["events"][0]["time"], "2026-03-06T09:00:00Z");
    let codes: Vec<_> = answers[1..4].iter().map(|answer| answer["code"].as_str().unwrap_or("-")).collect();
    assert_eq!(codes, ["time_goes_back", "time_ahead", "invalid"]);
    assert_eq!(answers[4]["events"], json!([]));
    assert_eq!(answers[5]["replayed"], true);
    let summary = "6 lines: 1 accepted, 1 unchanged, 1 replayed, 3 refused \
                   (1 invalid, 1 time_goes_back, 1 time_ahead); position 6\n";
    assert_eq!(ended.err, summary);
}

#[test]
fn a_strict_import_applies_nothing_behind_the_first_refusal() {
    let desk = Desk::new();
    let text: String = (1..=20)
        .map(|day| {
            let user = format!("user:{}", if day == 8 { 7 } else { day });
            line("system:hr", day, json!({"add_member": {"group": "g", "member": user}})) + "\n"
        })
        .collect();
    let ended = desk.run_with(&["import", "-", "--strict"], text.as_bytes());
    assert_eq!((ended.status, ended.out.as_str()), (3, ""));
    let told: Vec<_> = ended.err.lines().collect();
    assert!(told[0].starts_with("line 8: add_member: refused: "), "{}", told[0]);
    assert_eq!(told[1], "stopped at line 8: nothing behind it was sent");
    assert_eq!(told[3], "8 lines: 7 accepted, 1 refused (1 already_member); position 7");
    assert_eq!(desk.head(), 7);
    let again = desk.run_with(&["import", "-"], text.as_bytes());
    assert_eq!(again.status, 0);
    assert!(again.err.ends_with("20 lines: 12 accepted, 7 replayed, 1 refused (1 already_member); position 19\n"));
}

#[test]
fn a_live_command_with_a_time_is_refused_and_says_which_verb_takes_it() {
    let desk = Desk::new();
    let text = line("system:hr", 1, json!({"add_member": {"group": "g", "member": "user:a"}}));
    let ended = desk.run_with(&["apply", "-", "--output", "jsonl"], text.as_bytes());
    assert_eq!(ended.status, 3);
    assert_eq!(ended.json()["hint"], "leave `time` out, or use caseward import");
}

#[test]
fn a_closed_pipe_is_quiet_and_ends_a_stream() {
    let desk = Desk::new();
    let mut child = desk.command(&["apply", "-", "--output", "jsonl"]).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("it has one");
    let writing = std::thread::spawn(move || {
        let mut number = 0_u64;
        while writeln!(stdin, "{}", joins(&format!("u{number}"))).is_ok() {
            number += 1;
        }
    });
    let mut answers = BufReader::new(child.stdout.take().expect("it has one"));
    answers.read_line(&mut String::new()).expect("it answers");
    drop(answers);
    let mut told = String::new();
    child.stderr.take().expect("it has one").read_to_string(&mut told).expect("it says something");
    writing.join().expect("it stops reading");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    let head = desk.head();
    assert_eq!(told, format!("{head} lines: {head} accepted, 0 refused; position {head}\n"));
}

#[test]
fn a_file_is_applied_to_its_end_though_nobody_reads_the_answers() {
    let desk = Desk::new();
    let text: String = (0..2_000).map(|number| joins(&format!("u{number}")) + "\n").collect();
    let file = desk.file("commands.jsonl", text);
    let mut child = desk.command(&["apply", &file, "--output", "jsonl"]).spawn().expect("the program starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(desk.head(), 2_000);
}

#[test]
fn help_and_other_long_texts_are_quiet_when_nobody_reads_them() {
    let desk = Desk::new();
    for arguments in [&["man"][..], &["help"], &["completions", "bash"], &["help", "commands"]] {
        let mut child = desk.command(arguments).spawn().expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{arguments:?}");
    }
}

// What lies in the way of a store.

#[test]
fn verbs_that_read_ask_for_a_store_and_say_how_to_get_one() {
    let desk = Desk::new();
    for arguments in [&["status"][..], &["org", "list"], &["rebuild"], &["policy", "show"]] {
        desk.run(arguments).failed(2, &["there is no store at `", "hint: ", "--data"]);
    }
    assert!(!desk.data().exists());
}

#[test]
fn a_folder_of_something_else_is_not_touched() {
    let desk = Desk::new();
    fs::create_dir(desk.data()).expect("there is room");
    fs::write(desk.data().join("letter.txt"), "dear").expect("there is room");
    for arguments in [&["status"][..], &["grant", "case:1", "user:bob"], &["apply", "-"], &["apply", "-", "--dry-run"]]
    {
        desk.run(arguments).failed(2, &["is not a Caseward store", "letter.txt", "hint: "]);
    }
    assert_eq!(fs::read_dir(desk.data()).expect("it is there").count(), 1);
}

#[test]
fn a_store_of_a_later_release_is_told() {
    let desk = Desk::with_history();
    fs::write(desk.data().join("CASEWARD"), "caseward store\nformat 2\n").expect("it can be written");
    let told = ["is a store of format 2; this release reads up to 1", "hint: "];
    desk.run(&["status"]).failed(2, &told);
    desk.as_ana(&["grant", "case:1", "user:eve"]).failed(2, &told);
}

#[test]
fn a_store_that_another_process_has_open_is_told_with_who_has_it() {
    let desk = Desk::new();
    let mut conversation = Conversation::begin(&desk);
    conversation.say(&joins("a"));
    let holder = format!("is in use by process {} (caseward apply)", conversation.child.id());
    desk.run(&["org", "list"]).failed(6, &[&holder, "hint: "]);
    desk.run_with(&["apply", "-"], b"").failed(6, &[&holder]);
    let told = desk.run(&["status"]);
    assert_eq!((told.status, told.err.as_str()), (0, ""));
    let held = format!("in use by       process {} (caseward apply)", conversation.child.id());
    assert!(told.out.starts_with(&held) && told.out.contains("\nsize on disk    "), "{}", told.out);
    let told = desk.run(&["status", "--output", "json"]).json();
    assert!(told["in_use_by"].is_string() && told["disk"]["log"].is_u64() && told["head"].is_null(), "{told}");
    assert!(told["head_notes"].is_array() && told["bytes_on_disk"].as_u64() > Some(0), "{told}");
    assert_eq!(conversation.end(), 0);
    assert_eq!(desk.head(), 1);
}

#[test]
fn a_damaged_store_ends_with_five_and_is_left_alone() {
    let desk = Desk::with_history();
    fs::remove_dir_all(desk.data().join("log")).expect("it was there");
    desk.run(&["status"]).failed(5, &["the store is damaged", "hint: "]);
    desk.as_ana(&["grant", "case:1", "user:eve"]).failed(5, &["the store is damaged"]);
    assert!(!desk.data().join("log").exists());
}

#[test]
fn an_unknown_organization_is_refused_with_how_to_create_it() {
    let desk = Desk::with_history();
    for arguments in [&["grant", "case:1", "user:eve"][..], &["status"], &["apply", "-"], &["policy", "show"]] {
        let ended = desk.run(&[arguments, &["--org", "acme"]].concat());
        ended.failed(3, &["the organization `acme` does not exist (not_found)", "hint: ", "caseward org create acme"]);
    }
}

// Operators.

#[test]
fn organizations_are_created_once_and_listed() {
    let desk = Desk::with_history();
    assert_eq!(desk.run(&["org", "create", "acme"]).out, "created the organization `acme`   position 1\n");
    desk.run(&["org", "create", "acme"]).failed(3, &["`acme` exists already (exists)", "hint: caseward org list"]);
    assert_eq!(desk.run(&["org", "create", "acme", "--output", "json"]).json()["code"], "exists");
    let listed = "acme                  position 0   nothing recorded\n\
                  default               position 5   recorded 2026-03-05T09:00:00Z\n";
    assert_eq!(desk.run(&["org", "list"]).out, listed);
    let table = "organization,head,last\nacme,0,\ndefault,5,2026-03-05T09:00:00Z\n";
    assert_eq!(desk.run(&["org", "list", "--output", "csv"]).out, table);
    let all = desk.run(&["org", "list", "--output", "json"]).json();
    assert_eq!(all["organizations"][1]["head"], 5);
    assert_eq!(desk.run(&["org", "list", "--output", "jsonl"]).json_lines()[0]["organization"], "acme");
    assert_eq!(desk.run_with(&["apply", "-", "--org", "acme"], lines(&["a"]).as_bytes()).status, 0);
    assert_eq!(desk.head(), 5);
}

#[test]
fn status_tells_what_there_is_and_ends_with_the_position() {
    let desk = Desk::with_history();
    desk.as_ana(&["restrict", "1"]);
    let ended = desk.run(&["status"]);
    assert_eq!((ended.status, ended.err.as_str()), (0, ""));
    let told: Vec<_> = ended.out.lines().collect();
    assert_eq!(told[0], "organization    default");
    assert!(told.contains(&"cases           2, 1 of them restricted"), "{}", ended.out);
    assert!(told.contains(&"format          1"), "{}", ended.out);
    assert!(told.contains(&format!("data directory  {}", desk.data().display()).as_str()), "{}", ended.out);
    assert!(told.iter().any(|line| line.starts_with("memory          ") && line.ends_with(" bytes an event")));
    assert!(told.last().is_some_and(|last| last.starts_with("position 6, recorded 20")), "{}", ended.out);
    let status = desk.run(&["status", "--output", "json"]).json();
    assert_eq!([&status["head"], &status["users"], &status["definitions"]], [6, 2, 1]);
    assert!(status["bytes_on_disk"].as_u64().is_some_and(|bytes| bytes > 0), "{status}");
    let memory = &status["memory"];
    let parts = memory["views"].as_object().expect("bytes by part").values();
    let sum: u64 = parts.map(|bytes| bytes.as_u64().expect("bytes")).sum();
    assert!(sum > 0 && memory["bytes"] == sum, "{memory}");
    assert!(memory["cache_bytes"].is_u64() && memory["table_bytes"].is_u64(), "{memory}");
    let projections = memory["projections"].as_object().expect("bytes by projection");
    assert!(projections.contains_key("case-access") && projections.values().all(Value::is_u64), "{memory}");
    let table = desk.run(&["status", "--output", "csv"]);
    assert_eq!(table.out.lines().count(), 2);
}

#[test]
fn status_follows_from_positions_and_from_what_is_on_disk() {
    let desk = Desk::with_history();
    let status = || desk.run(&["status", "--output", "json"]).json();
    let before = status();
    assert_eq!([&before["checkpoint"], &before["lag"]["events"], &before["head_note"]["position"]], [0, 5, 5]);
    // From the first of March to the fifth; the last event has the last minute for itself.
    let (lag, rate) = (&before["lag"]["seconds"], &before["rate"]);
    assert!(lag.as_f64().is_some_and(|seconds| seconds > 86_400.0), "{before}");
    assert!(rate["last_minute"].is_number() && rate["since_start"].is_null(), "{rate}");
    assert_eq!(
        (&before["verified"], &before["last_error"], &before["tree_head"]),
        (&json!(null), &json!(null), &json!(null))
    );
    assert_eq!((&before["generations"][0]["state"], &before["projections"]["ids"]), (&json!("current"), &json!(1)));
    let disk = before["disk"].as_object().expect("bytes by part");
    let parts: u64 = disk.values().map(|part| part.as_u64().expect("bytes")).sum();
    assert_eq!(before["bytes_on_disk"], parts);
    assert!(disk["log"].as_u64() > Some(0), "{before}");
    assert!(before["head_note"]["age_seconds"].is_u64(), "{before}");

    desk.run(&["verify"]);
    desk.run(&["rebuild"]);
    let after = status();
    assert_eq!([&after["checkpoint"], &after["lag"]["events"], &after["verified"]["position"]], [5, 0, 5]);
    let generations = after["generations"].as_array().expect("there are two");
    let told: Vec<_> = generations.iter().map(|one| (one["state"].as_str(), one["generation"].as_u64())).collect();
    assert_eq!(told, [(Some("old"), Some(1)), (Some("current"), Some(2))]);
    assert_eq!((&generations[1]["position"], &after["projections"]["ids"]), (&json!(5), &json!(2)));
    assert!(generations[1]["bytes_on_disk"].as_u64() > Some(0) && generations[1]["age_seconds"].is_i64(), "{after}");
    let told = desk.run(&["status"]).out;
    for line in ["views saved     up to position 5, the head", "verified        up to position 5, at 20"] {
        assert!(told.lines().any(|one| one.starts_with(line)), "no {line:?} in {told}");
    }
    assert!(told.contains("\nHEAD note       position 5, written "), "{told}");

    let heads = desk.data().with_file_name("heads");
    fs::create_dir(&heads).expect("there is room");
    for name in ["default-3.note", "default-5.note", "default-9.text", "other-7.note"] {
        fs::write(heads.join(name), "").expect("there is room");
    }
    let ended = desk.command(&["status", "--output", "json"]).env("CASEWARD_HEADS_DIR", &heads).output();
    let kept = Ended::of(&ended.expect("the program runs")).json();
    assert_eq!(kept["tree_head"]["position"], 5, "{kept}");
}

#[test]
fn views_that_were_set_aside_are_the_last_error_that_status_tells() {
    let desk = Desk::with_history();
    fs::write(desk.data().join("views"), "not a folder").expect("there is room");
    let status = desk.run(&["-q", "status", "--output", "json"]).json();
    let told = status["last_error"]["error"].as_str().expect("there is one");
    assert!(told.contains("views.aside"), "{told}");
}

#[test]
fn a_rebuild_says_that_the_views_are_equal_where_and_what_is_served_then() {
    let desk = Desk::with_history();
    let ended = desk.run(&["rebuild"]);
    assert_eq!((ended.status, ended.err.as_str()), (0, ""));
    assert_eq!(ended.out.lines().filter(|line| line.ends_with(" equal")).count(), 10);
    assert!(ended.out.contains("\nfolded 5 events, "), "{}", ended.out);
    let served = "\ngeneration 2 is served; the one before stays until caseward rebuild --drop\nposition 5\n";
    assert!(ended.out.ends_with(served), "{}", ended.out);
    let one = desk.run(&["rebuild", "case-access"]).out;
    assert!(one.starts_with("case-access         equal\nfolded 5 events, "), "{one}");
    let as_json = desk.run(&["rebuild", "policy", "--output", "json"]).json();
    let policy = json!([{"projection": "policy", "equal": true, "differences": [], "position": 5}]);
    assert_eq!((&as_json["projections"], &as_json["outcome"]), (&policy, &json!("swapped")));
    assert_eq!([&as_json["generation"], &as_json["from"], &as_json["rows_that_differ"]], [4, 0, 0]);
    assert_eq!(desk.run(&["rebuild", "--output", "jsonl"]).json_lines().len(), 10);
    let table = desk.run(&["rebuild", "profiles", "--output", "csv"]).out;
    assert_eq!(table, "projection,equal,of,live,rebuilt,events,position\ndirectory,true,,,,,5\n");
}

#[test]
fn old_generations_are_dropped_and_there_is_nothing_to_cancel() {
    let desk = Desk::with_history();
    assert_eq!(desk.run(&["rebuild", "--cancel"]).out, "there is nothing to take away\n");
    desk.run(&["rebuild", "--save-every", "2"]);
    assert_eq!(desk.run(&["rebuild", "--drop"]).out, "generation 1 is gone\n");
    assert_eq!(desk.run(&["rebuild", "--drop", "--output", "json"]).json(), json!({"gone": []}));
    assert_eq!(desk.head(), 5);
    desk.run(&["rebuild", "--drop", "--accept"]).failed(2, &["--drop", "--accept"]);
}

#[test]
fn the_policy_is_shown_as_it_stood_with_the_event_behind_each_key() {
    let desk = Desk::with_history();
    desk.as_ana(&["policy", "set", "org_admin_bypass=false", "break_glass_max_minutes=30"]);
    desk.as_ana(&["policy", "set", "creator_grant=read"]);
    let told = desk.run(&["policy", "show"]).out;
    for line in [
        "access_control_default      on          default",
        "org_admin_bypass            false       event 6",
        "creator_grant               read        event 7",
        "break_glass_max_minutes     30          event 6",
        "position 7",
    ] {
        assert!(told.lines().any(|one| one == line), "no {line:?} in {told}");
    }
    let before = desk.run(&["policy", "show", "--as-of", "6", "--output", "json"]).json();
    assert_eq!(before["position"], 6);
    let creator = json!({"key": "creator_grant", "value": "none", "event": null});
    assert!(before["keys"].as_array().is_some_and(|keys| keys.contains(&creator)), "{before}");
    let table = desk.run(&["policy", "show", "--output", "csv"]).out;
    assert!(table.starts_with("key,value,event,position\naccess_control_default,on,,7\n"), "{table}");
    assert_eq!(desk.run(&["policy", "show", "--output", "jsonl"]).json_lines().len(), 11);
    desk.run(&["policy", "show", "--as-of", "99"]).failed(2, &["position 99 lies above the head, 7", "hint: "]);
}

// What the program says about itself.

#[test]
fn help_tells_exit_codes_commands_and_verbs() {
    let desk = Desk::new();
    let codes = desk.run(&["help", "exit-codes"]);
    assert_eq!(codes.status, 0);
    assert!(codes.out.contains("\n3  refused by the rules"), "{}", codes.out);
    let commands = desk.run(&["help", "commands"]).out;
    assert!(commands.contains("\nrestrict_case\n    case, entries\n    refused: "), "{commands}");
    assert!(!commands.contains('\u{1b}'), "{commands:?}");
    let verb = desk.run(&["help", "policy", "set"]).out;
    assert!(verb.contains("Usage: caseward policy set "), "{verb}");
    assert!(desk.run(&["help"]).out.contains("Usage: caseward "));
    desk.run(&["help", "nothing"]).failed(2, &["there is no help about `nothing`", "hint: topics: exit-codes, "]);
    assert!(!desk.data().exists());
}

#[test]
fn completions_and_the_manual_name_every_verb() {
    let desk = Desk::new();
    let manual = desk.run(&["man"]).out;
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = desk.run(&["completions", shell]);
        assert_eq!(script.status, 0);
        for verb in ["grant", "import", "policy", "rebuild"] {
            assert!(script.out.contains(verb), "{shell} lacks {verb}");
            assert!(manual.contains(&format!(".TH caseward-{verb} 1")), "the manual lacks {verb}");
        }
    }
    desk.run(&["completions", "tcsh"]).failed(2, &["tcsh"]);
}

#[test]
fn colour_is_only_for_terminals_unless_it_is_asked_for() {
    let desk = Desk::with_history();
    assert!(!desk.run(&["policy", "show"]).out.contains('\u{1b}'));
    assert!(desk.run(&["policy", "show", "--color", "always"]).out.contains('\u{1b}'));
    assert!(desk.run(&["lift", "1", "--color", "always"]).err.starts_with("\u{1b}[31merror\u{1b}[0m: "));
}
