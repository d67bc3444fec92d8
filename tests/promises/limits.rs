//! The page of limits, tested row by row: what is at a limit is taken or told, what is above it is not.
//!
//! INVARIANT: a row of the page without a test here fails, and so does a test without a row; the number that is tested is
//! the number on the page.

use crate::scene::{Scene, office};
use caseward::engine::report::{About, ReportQuery};
use caseward::engine::{Answer, Batch, By, ChangeFilter, EffectLimits, Followed, How, QuestionLimits};
use caseward::events::answer::ForeseenChanges;
use caseward::events::ask::FeedId;
use caseward::events::{Actor, AsOf, Code, OrganizationName, Refusal, Submission};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// How a row is tested.
enum Proof {
    /// By the test below, in this branch of it.
    Here,
    /// By a test that stands where what is limited does.
    There(&'static str, &'static str),
    /// It says that there is none.
    NoLimit,
}

use Proof::{Here, NoLimit, There};

/// Every row of the page.
const PROVED: &[(&str, Proof)] = &[
    ("a line, or a body", Here),
    ("commands in a batch", Here),
    ("a reason", Here),
    ("entries of a restriction, assignees of an activity", Here),
    ("nesting of groups", Here),
    ("an id", Here),
    ("a label", Here),
    ("types of subjects of a vocabulary, and types of resources", Here),
    ("actions of a type of a vocabulary", Here),
    ("properties that an entry of a vocabulary compares", Here),
    ("a name, a prefix or a value of a vocabulary", Here),
    ("the name of an organization", Here),
    ("organizations, and actors, that a token names", Here),
    ("events of an organization", There("src/store/append_gate.rs", "POSITION_MAX - 1")),
    ("events of a commit: of a command, or of an atomic batch", Here),
    ("bytes of a commit", Here),
    ("one event", Here),
    ("a row of the log", There("src/store/row.rs", "fn a_row_holds_at_most_256_events_and_64_kib")),
    ("a group, the events under one sync", There("tests/promises/turns.rs", "*events <= 2_048")),
    ("commands waiting, of one organization", There("tests/promises/turns.rs", "2_048 + 4_096")),
    (
        "commands of dry runs waiting, of one organization",
        There("tests/promises/dry_runs.rs", "fn so_many_dry_runs_wait_and_the_next_waits_for_room"),
    ),
    ("bytes waiting to be hashed into the tree", There("src/store/log/note_writer.rs", "WAITING_BYTES_MAX + 1")),
    ("rows that a question looks at: users, cases, pairs of the two, turns of a right, events", Here),
    ("bytes of an answer, as JSON", Here),
    ("time of a question", Here),
    (
        "connections at once",
        There("tests/service/limits.rs", "fn a_new_connection_takes_the_place_of_an_idle_one_and_of_no_other"),
    ),
    ("a body over HTTP that is read as a whole", There("tests/service/limits.rs", "fn a_body_is_read_up_to_its_limit")),
    (
        "the head of a request, in bytes",
        There("tests/service/limits.rs", "fn the_head_of_a_request_is_read_up_to_its_limits"),
    ),
    ("headers of a request", There("tests/service/limits.rs", "fn the_head_of_a_request_is_read_up_to_its_limits")),
    (
        "until the head of a request is there, and an idle connection",
        There("tests/service/limits.rs", "fn a_connection_without_a_request_is_closed_in_time"),
    ),
    ("between two pieces of a body", There("tests/service/limits.rs", "fn a_body_that_stays_away_ends_its_request")),
    (
        "until an answer begins, its body read and its place waited for",
        There("tests/service/limits.rs", "fn an_answer_that_takes_too_long_is_given_up_and_commands_are_in_doubt"),
    ),
    (
        "waiting for the position of `at_least`",
        There("tests/service/limits.rs", "fn a_position_is_waited_for_no_longer_than_its_limit"),
    ),
    (
        "until a client takes the next piece of an answer",
        There("tests/service/limits.rs", "fn a_client_that_takes_nothing_is_let_go_and_one_that_reads_is_not"),
    ),
    (
        "requests that are answered at once",
        There("tests/service/limits.rs", "fn so_many_requests_are_answered_at_once_and_the_next_is_told_when_to_try"),
    ),
    (
        "streams open at once: feeds, and lines of questions or commands",
        There("tests/service/limits.rs", "fn so_many_streams_are_open_at_once_and_the_next_is_told_when_to_try"),
    ),
    (
        "proofs and tree heads that are made at once",
        There("src/service/state.rs", "fn so_many_proofs_are_made_at_once"),
    ),
    (
        "questions of one `checks`, evaluations of AuthZEN",
        There("tests/service/limits.rs", "fn so_many_questions_are_taken_at_once"),
    ),
    (
        "names that are asked for at once",
        There("tests/service/names.rs", "fn a_thousand_names_are_told_and_not_one_more"),
    ),
    ("silence on a feed", There("tests/service/limits.rs", "fn a_feed_is_silent_no_longer_than_its_limit")),
    (
        "runs of each kind that are told of",
        There("tests/service/operate/rebuilds.rs", "fn the_latest_runs_are_told_of_and_older_ones_are_forgotten"),
    ),
    (
        "entries of the log of reads that wait for the disk",
        There("src/store/reads/tests.rs", "fn what_finds_no_room_is_counted_and_the_count_is_an_entry"),
    ),
    (
        "a purpose, `X-Purpose`",
        There("tests/service/reads.rs", "fn a_purpose_that_is_too_long_or_no_line_is_refused_before_anything_is_asked"),
    ),
    (
        "what is kept of a question as it was sent",
        There("tests/service/reads.rs", "fn what_was_sent_is_kept_up_to_its_limit_and_the_rest_is_counted"),
    ),
    ("a handshake of TLS", There("tests/service/secured/tls.rs", "fn a_handshake_that_is_not_made_ends")),
    ("a file of certificates, of callers or of keys", There("src/service/reread.rs", "fn a_file_that_is_too_long")),
    ("a JWT", There("src/service/jwt/form.rs", "\"a\".repeat(BYTES_MAX)")),
    ("its issuer, and whom it is about", There("events/src/via.rs", "jwt:{long}#{long}")),
    ("what clocks may differ by (`leeway_seconds`)", There("src/service/known/issuer.rs", "leeway_seconds = 301")),
    (
        "between two looks at these files",
        There("tests/service/secured/tls.rs", "fn a_certificate_that_is_renewed_is_used_while_the_service_runs"),
    ),
    ("keys of an issuer", There("src/service/jwt/key.rs", "fn of_many_keys_the_first_are_taken")),
    (
        "between two fetches of the keys of an issuer",
        There("tests/service/secured/key_sets.rs", "fn keys_are_fetched_again_though_nobody_names_one_that_is_new"),
    ),
    (
        "between two fetches for a key that is not known, or after one that failed",
        There("tests/service/secured/key_sets.rs", "fn however_many_unknown_keys"),
    ),
    ("what an issuer answers", There("src/service/outward/mod.rs", "fn an_answer_that_is_too_long")),
    (
        "records of the decision log that wait for the disk",
        There("src/service/decisions/file.rs", "fn what_finds_no_room_is_counted_and_the_next_record_says_how_many"),
    ),
    (
        "a record of the decision log",
        There("src/service/decisions/file.rs", "fn what_finds_no_room_is_counted_and_the_next_record_says_how_many"),
    ),
    (
        "a file of the decision log",
        There("src/service/decisions/file.rs", "fn a_file_that_is_full_or_was_moved_away_is_followed_by_another"),
    ),
    ("a file of settings", There("tests/cli/settings.rs", "it is longer than 65536 bytes, the limit")),
    (
        "a tree head that was kept, with its signatures",
        There("src/integrity/signed_note.rs", "fn a_note_is_read_up_to_its_limits"),
    ),
    ("signatures of a tree head", There("src/integrity/signed_note.rs", "fn a_note_is_read_up_to_its_limits")),
    ("a proof", There("tests/cli/proof.rs", "fn a_file_that_is_too_large_for_a_proof_is_not_read")),
    ("pairs that a dry run compares", Here),
    ("events of a dry run before its last command", There("src/engine/write/budget.rs", "judge_dry_run(199_999)")),
    ("what a warning names", There("tests/promises/effects.rs", "fn a_warning_names_the_first_hundred_and_says")),
    ("changes that a dry run lists", Here),
    ("changes of an organization's `diff` shown for each cause", Here),
    ("changes in a message of the [feed of changes](feeds.md), and items that it names", Here),
    (
        "pairs that are compared for a message of changes",
        There("src/engine/ask/changes/compare.rs", "pairs: 1_000_000"),
    ),
    (
        "users, or resources, that a message of changes says to ask about again",
        There("src/engine/ask/changes/compare.rs", "ask_again: 1_000 }"),
    ),
    (
        "differences that `rebuild` lists",
        There("tests/promises/rebuild.rs", "fn as_many_differences_are_listed_as_the_page_says"),
    ),
    ("rows of a report", Here),
    ("items of a page over HTTP", There("tests/service/lists/paged.rs", "Limits::default().page_items, 1_000")),
    (
        "sessions at once",
        There("src/console/sessions.rs", "fn for_one_session_more_the_one_that_rests_for_longest_ends"),
    ),
    (
        "a session without a page, and in any case",
        There("src/console/sessions.rs", "fn a_session_ends_after_an_hour_without_a_page_and_after_twelve"),
    ),
    ("a form", There("tests/service/console.rs", "fn a_form_of_16_kib_is_taken_and_a_longer_one_is_taken_for_empty")),
    ("lists on the command line", NoLimit),
];

/// The first two cells of every row of its tables.
fn page_rows() -> Vec<(String, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/docs/limits.md");
    let page = fs::read_to_string(page).expect("there is a page");
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).skip(1).take(2).collect::<Vec<_>>();
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what |")).map(cells);
    rows.map(|row| <[String; 2]>::try_from(row).expect("two cells").into()).collect()
}

/// The number that the page gives, in units.
fn number(row: &str) -> usize {
    let rows = page_rows();
    let text = &rows.iter().find(|(name, _)| name == row).unwrap_or_else(|| panic!("no row is called {row}")).1;
    let digits: String = text
        .chars()
        .skip_while(|one| !one.is_ascii_digit())
        .take_while(|one| one.is_ascii_digit() || *one == ',')
        .collect();
    let number: usize = digits.replace(',', "").parse().unwrap_or_else(|_| panic!("{text} tells no number"));
    let unit = text.split_once(&digits).map_or("", |(_, behind)| behind.trim_start());
    let of = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
    number * of.iter().find(|(name, _)| unit.starts_with(name)).map_or(1, |(_, size)| *size)
}

#[test]
fn every_limit_of_the_page_has_a_test_and_every_test_a_limit() {
    let on_page: BTreeSet<String> = page_rows().into_iter().map(|(name, _)| name).collect();
    let proved: BTreeSet<String> = PROVED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(on_page, proved);
    let here = include_str!("limits.rs");
    for (name, proof) in PROVED {
        match proof {
            Here => assert!(here.matches(&format!("\"{name}\"")).count() > 1, "nothing here tests {name}"),
            There(file, line) => {
                let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file));
                assert!(text.expect("there is a file").contains(line), "{name}: {file} has no `{line}`");
            }
            NoLimit => assert!(page_rows().iter().any(|(row, text)| row == name && text.starts_with("no limit"))),
        }
    }
}

/// A limit that is new in the service cannot be forgotten here.
#[cfg(feature = "serve")]
#[test]
fn every_limit_of_the_service_is_on_the_page_with_the_value_that_it_has() {
    let limits = format!("{:?}", caseward::service::Limits::default());
    let fields = limits.strip_prefix("Limits { ").and_then(|fields| fields.strip_suffix(" }")).expect("named fields");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/docs/limits.md");
    let page = fs::read_to_string(page).expect("there is a page");
    for field in fields.split(", ") {
        let (name, value) = field.split_once(": ").expect("a name and a value");
        let rows: Vec<_> = page.lines().filter(|line| line.ends_with(&format!("| `{name}` |"))).collect();
        assert!(!rows.is_empty(), "no row of the page is of `{name}`");
        for row in rows {
            let what = row.split('|').nth(1).expect("a cell").trim();
            let (text, told) = (&page_rows().into_iter().find(|(row, _)| row == what).expect("a row").1, number(what));
            match value.strip_suffix('s') {
                Some(seconds) => assert_eq!((told.to_string().as_str(), text.contains(" seconds")), (seconds, true)),
                None => assert_eq!(told.to_string(), value, "{name}: {row}"),
            }
        }
    }
}

fn parsed(command: &Value) -> Result<Submission, Refusal> {
    Submission::parse(command.to_string().as_bytes())
}

/// Whether it can be a command.
fn is_refused(command: &Value) -> bool {
    let parsed = parsed(command).and_then(|sent| sent.content.map(drop));
    parsed.is_err_and(|refusal| refusal.code == Code::Invalid)
}

#[tokio::test]
async fn a_message_of_changes_tells_as_many_as_the_page_says_and_then_what_to_ask_about_again() {
    let most = number("changes in a message of the [feed of changes](feeds.md), and items that it names");
    let scene = office().await;
    let organization = &scene.organization;
    let member =
        |number: usize| json!({"command": {"add_member": {"group": "crowd", "member": format!("user:m{number}")}}});
    let all: Vec<_> = (0..most).map(member).collect();
    let submissions = all.iter().map(parsed).collect();
    let how = How { atomic: true, ..How::default() };
    organization.submit(Batch { submissions, how }).await.expect("memory does not fail");
    let grant =
        json!({"actor": "user:oa", "command": {"grant": {"on": "case:C1", "to": "group:crowd", "access": "read"}}});
    let revoke = json!({"actor": "user:oa", "command": {"revoke": {"on": "case:C1", "to": "group:crowd"}}});
    for (command, told) in [(&grant, (most, 0)), (&revoke, (most, 0)), (&member(most), (0, 0)), (&grant, (0, 1))] {
        let after = FeedId::commit(organization.head());
        assert!(matches!(scene.apply(command).await, Answer::Accepted(_)));
        let mut follower = organization.follow_changes(after, ChangeFilter::default()).expect("it can be followed");
        let Followed::On(changes) = follower.step(organization).await.expect("memory does not fail") else {
            panic!("nothing came")
        };
        let found = changes.map_or((0, 0), |changes| (changes.items().count(), changes.ask_again.len()));
        assert_eq!(found, told, "{command}");
    }
}

#[tokio::test]
async fn a_token_names_as_many_organizations_and_actors_as_the_page_says() {
    let (scene, most) = (Scene::new().await, number("organizations, and actors, that a token names"));
    let names = |prefix: &str, count: usize| (0..count).map(|at| format!("{prefix}{at}")).collect::<Vec<_>>();
    for (organizations, actors, fits) in [(most, most, true), (most + 1, 1, false), (1, most + 1, false)] {
        let new = json!({"name": "desk", "parts": ["produce"], "organizations": names("o", organizations),
            "may_name": names("user:", actors)});
        let new = serde_json::from_value(new).expect("it is one");
        let by = By::from("system:setup".parse::<Actor>().expect("an actor"));
        let issued = scene.engine.issue_token(new, by).await;
        assert_eq!(issued.is_ok(), fits, "{organizations} organizations, {actors} actors");
    }
}

#[test]
fn what_may_be_sent_is_limited_as_the_page_says() {
    let grant = |to: String| json!({"command": {"grant": {"on": "case:c", "to": to}}});
    let line = |bytes: usize| {
        let command = grant("user:u".to_owned()).to_string();
        let blanks = " ".repeat(bytes - command.len());
        command + &blanks
    };
    let longest = number("a line, or a body");
    assert!(Submission::parse(line(longest).as_bytes()).is_ok());
    assert_eq!(Submission::parse(line(longest + 1).as_bytes()).expect_err("it is too long").code, Code::Invalid);
    let because =
        |bytes: usize| json!({"reason": "r".repeat(bytes), "command": {"grant": {"on": "case:c", "to": "user:u"}}});
    let to = |many: usize| (0..many).map(|number| format!("user:u{number}")).collect::<Vec<_>>();
    let assign = |many: usize| json!({"command": {"assign_activity": {"case": "c", "activity": "a", "to": to(many)}}});
    let restrict = |many: usize| {
        let entries: Vec<_> = to(many).into_iter().map(|to| json!({"to": to})).collect();
        json!({"command": {"restrict_case": {"case": "c", "entries": entries}}})
    };
    let id = |bytes: usize| grant(format!("user:{}", "u".repeat(bytes)));
    let label = |bytes: usize| json!({"command": {"set_label": {"ref": "user:u", "label": "l".repeat(bytes)}}});
    let many = "entries of a restriction, assignees of an activity";
    let limited: [(&str, &dyn Fn(usize) -> Value); 5] =
        [("a reason", &because), (many, &assign), (many, &restrict), ("an id", &id), ("a label", &label)];
    for (row, command) in limited {
        let most = number(row);
        assert!(!is_refused(&command(most)), "{row}: {most} are allowed");
        assert!(is_refused(&command(most + 1)), "{row}: {most} are the most");
    }
    let most = number("the name of an organization");
    assert!(
        "n".repeat(most).parse::<OrganizationName>().is_ok()
            && "n".repeat(most + 1).parse::<OrganizationName>().is_err()
    );
}

#[test]
fn a_vocabulary_is_limited_as_the_page_says() {
    let adopt = |vocabulary: Value| json!({"command": {"adopt_vocabulary": vocabulary}});
    let named = |many: usize, of: Value| (0..many).map(|one| (one.to_string(), of.clone())).collect::<Value>();
    let resources = |many: usize| adopt(json!({"resources": named(many, json!({"fixed": "organization"}))}));
    let subjects = |many: usize| {
        let of = |one: usize| (one.to_string(), json!({"as": "user", "prefix": format!("{one}/")}));
        adopt(json!({"subjects": (0..many).map(of).collect::<Value>()}))
    };
    let with = |actions: Value| adopt(json!({"resources": {"r": {"as": "definition"}}, "actions": {"r": actions}}));
    let actions = |many: usize| {
        let one = |one: usize| json!({"name": one.to_string(), "is": "register"});
        with((0..many).map(one).collect())
    };
    let compared = |many: usize| {
        let when: Value = (0..many).map(|one| (format!("resource.{one}"), json!(1))).collect();
        with(json!([{"name": "a", "when": when, "is": "register"}]))
    };
    let name = |bytes: usize| adopt(json!({"subjects": {"n".repeat(bytes): {"as": "user"}}}));
    let prefix = |bytes: usize| adopt(json!({"subjects": {"n": {"as": "user", "prefix": "p".repeat(bytes)}}}));
    let value =
        |bytes: usize| with(json!([{"name": "a", "when": {"resource.v": "v".repeat(bytes)}, "is": "register"}]));
    let types = "types of subjects of a vocabulary, and types of resources";
    let word = "a name, a prefix or a value of a vocabulary";
    let limited: [(&str, &dyn Fn(usize) -> Value); 7] = [
        (types, &subjects),
        (types, &resources),
        ("actions of a type of a vocabulary", &actions),
        ("properties that an entry of a vocabulary compares", &compared),
        (word, &name),
        (word, &prefix),
        (word, &value),
    ];
    for (row, command) in limited {
        let most = number(row);
        assert!(!is_refused(&command(most)), "{row}: {most} are allowed");
        assert!(is_refused(&command(most + 1)), "{row}: {most} are the most");
    }
}

#[tokio::test]
async fn batches_and_groups_in_groups_are_limited_as_the_page_says() {
    let scene = office().await;
    let most = number("commands in a batch");
    let batch = |many| Batch { submissions: vec![Err(Refusal::invalid("no command")); many], how: How::default() };
    assert_eq!(scene.organization.submit(batch(most)).await.expect("it is taken").len(), most);
    assert!(scene.organization.submit(batch(most + 1)).await.is_err());
    let most = number("nesting of groups");
    let nest = async |inner: usize| {
        let command = json!({"add_member": {"group": format!("g{}", inner + 1), "member": format!("group:g{inner}")}});
        scene.apply(&json!({"actor": "user:oa", "command": command})).await.refusal().map(|refusal| refusal.code)
    };
    for inner in 1..most {
        assert_eq!(nest(inner).await, None, "{inner}");
    }
    assert!(nest(most).await.is_some(), "{most} are the most");
}

#[test]
fn the_limits_of_commits_and_questions_are_those_of_the_page() {
    let EffectLimits { commit_events, commit_bytes, event_bytes, .. } = EffectLimits::default();
    assert_eq!(commit_events, number("events of a commit: of a command, or of an atomic batch"));
    assert_eq!((commit_bytes, event_bytes), (number("bytes of a commit"), number("one event")));
    let QuestionLimits { rows, answer_bytes, time, .. } = QuestionLimits::default();
    let row = "rows that a question looks at: users, cases, pairs of the two, turns of a right, events";
    assert_eq!(rows, number(row) as u64);
    assert_eq!(answer_bytes, number("bytes of an answer, as JSON") as u64);
    let hour = &page_rows().into_iter().find(|(name, _)| name == "time of a question").expect("a row").1;
    assert_eq!((hour.as_str(), time.as_secs()), ("an hour", 3_600));
    // At them and above: `questions`, `effects` and the tests beside `EffectLimits`, with smaller ones.
}

async fn sent(scene: &Scene, commands: impl IntoIterator<Item = Value>, how: How) -> Vec<Answer> {
    let lines = commands.into_iter().map(|command| json!({"actor": "user:oa", "command": command}));
    let submissions = lines.map(|line| parsed(&line)).collect();
    let answers = scene.organization.submit(Batch { submissions, how }).await.expect("memory does not fail");
    assert!(answers.iter().all(|answer| answer.refusal().is_none()), "{answers:?}");
    answers
}

fn join(members: std::ops::Range<usize>) -> impl Iterator<Item = Value> {
    members.map(|number| json!({"add_member": {"group": "crowd", "member": format!("user:u{number}")}}))
}

async fn run_dry(scene: &Scene, command: Value) -> ForeseenChanges {
    let answers = sent(scene, [command], How { dry_run: true, ..How::default() }).await;
    let Some(Answer::Accepted(accepted)) = answers.into_iter().next() else { panic!("it is accepted") };
    accepted.foreseen.expect("it was run dry")
}

#[tokio::test]
async fn a_dry_run_compares_and_lists_as_many_as_the_page_says() {
    let (most, listed) = (number("pairs that a dry run compares"), number("changes that a dry run lists"));
    let scene = office().await;
    let (members, cases) = (400, most / 400 - 1);
    sent(&scene, join(0..members), How::default()).await;
    let opened = (0..cases)
        .map(|number| json!({"open_case": {"case": format!("N{number}"), "definition": "D2", "creator": "maker"}}));
    let created = json!({"create_definition": {"definition": "D2", "access_control": true}});
    sent(&scene, [created].into_iter().chain(opened), How::default()).await;
    // On each case, and on the definition itself.
    let wide = json!({"grant": {"on": "definition:D2", "to": "group:crowd", "access": "read"}});
    let told = run_dry(&scene, wide.clone()).await;
    assert_eq!((told.pairs, told.changes().count()), (Some((members * cases) as u64), listed));
    sent(&scene, join(members..members + 1), How::default()).await;
    assert_eq!(run_dry(&scene, wide).await.pairs, None, "{most} are the most");
    // As many as are listed, and one more.
    sent(&scene, join(members + 1..listed), How::default()).await;
    let narrow = json!({"grant": {"on": "case:C1", "to": "group:crowd"}});
    let told = run_dry(&scene, narrow.clone()).await;
    assert_eq!((told.pairs, told.changes().count()), (Some(listed as u64), listed));
    sent(&scene, join(listed..listed + 1), How::default()).await;
    let told = run_dry(&scene, narrow).await;
    assert_eq!((told.pairs, told.changes().count()), (Some(listed as u64 + 1), listed));
}

#[tokio::test]
async fn reports_and_diffs_tell_as_many_as_the_page_says() {
    let scene = office().await;
    let shown = number("changes of an organization's `diff` shown for each cause");
    sent(&scene, join(0..shown + 1), How::default()).await;
    let before = scene.organization.head();
    let commands = [
        json!({"grant": {"on": "case:C1", "to": "group:crowd"}}),
        json!({"remove_member": {"group": "crowd", "member": "user:u0"}}),
        json!({"revoke": {"on": "case:C1", "to": "group:crowd"}}),
    ];
    sent(&scene, commands, How::default()).await;
    let reader = scene.organization.reader(AsOf::Head, None).await.expect("it can be asked");
    let diff = reader.diff(&"organization".parse().expect("it is one"), AsOf::Position(before)).await;
    let causes = diff.expect("it can be asked").by_cause.expect("by cause");
    let told: Vec<_> = causes.iter().map(|cause| (cause.pairs, cause.first.len())).collect();
    assert_eq!(told, [(shown as u64 + 1, shown), (1, 1), (shown as u64, shown)]);
    let most = number("rows of a report");
    let grants = |users: std::ops::Range<usize>| {
        users.map(|number| json!({"grant": {"on": "case:C2", "to": format!("user:r{number:05}")}}))
    };
    let report = async || {
        let about = About::Resource("case:C2".parse().expect("a case"));
        let reader = scene.organization.reader(AsOf::Head, None).await.expect("it can be asked");
        reader.report(&ReportQuery { about, from: None, to: None, limit: most }).await.expect("it can be asked")
    };
    let others = report().await.pairs.len();
    sent(&scene, grants(others..most), How::default()).await;
    let whole = report().await;
    assert_eq!((whole.pairs.len(), whole.timeline.more), (most, false));
    sent(&scene, grants(most..most + 1), How::default()).await;
    let cut = report().await;
    assert_eq!((cut.pairs.len(), cut.timeline.more), (most, true));
    let default = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/args/auditors.rs"));
    assert!(default.expect("a file").contains(&format!("default_value = \"{most}\"")));
}
