//! Views are kept beside the log: what was saved is never trusted without proof, and losing it costs only time.

use crate::undo::all_commands;
use caseward::engine::{
    Answer, Batch, Engine, How, ManualClock, Options, Organization, SavedViews, SystemClock, compare_saved,
};
use caseward::events::{Code, OrganizationName, Position, Timestamp};
use caseward::projections::{Question, Views};
use caseward::seams::Checkpoints;
use caseward::seams::OrganizationNumber;
use caseward::store::{Access, FjallStore, FjallViews, MemoryStore, MemoryViews};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// An engine that keeps its views.
struct Keeping {
    engine: Engine,
    organization: Organization,
}

impl Keeping {
    async fn over(store: &MemoryStore, views: &MemoryViews) -> Keeping {
        let (store, views) = (Arc::new(store.clone()), Arc::new(views.clone()));
        Keeping::of(Engine::open_with(store, Options::new(views, Arc::new(SystemClock))).await.expect("it opens"))
    }

    async fn at(folder: &Path) -> Keeping {
        let store = FjallStore::open(folder, Access::Create).expect("it opens");
        let views = Arc::new(FjallViews::open(folder));
        let engine = Engine::open_with(Arc::new(store), Options::new(views, Arc::new(SystemClock))).await;
        Keeping::of(engine.expect("it opens"))
    }

    fn of(engine: Engine) -> Keeping {
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        Keeping { engine, organization }
    }

    async fn send(&self, command: &Value, how: How) -> Answer {
        let batch = Batch::one(command.to_string().as_bytes(), how);
        let answers = self.organization.submit(batch).await.expect("it is taken");
        answers.into_iter().next().expect("one command has one answer")
    }

    async fn apply(&self, command: &Value) -> Answer {
        self.send(command, How::default()).await
    }

    /// The office of the other promises, and every kind of event.
    async fn fill(&self) {
        for command in office().into_iter().chain(all_commands()) {
            assert!(self.apply(&command).await.refusal().is_none(), "{command}");
        }
    }

    /// That these views are what the log folds to.
    async fn assert_right(&self) {
        let mut folded = Views::default();
        while folded.tip() < self.organization.head() {
            let events = self.organization.events(folded.tip().next()).await.expect("they are read");
            events.iter().for_each(|event| folded.apply(event).expect("it fits"));
        }
        let differences = self.organization.ask(|live| live.differences(&folded));
        assert_eq!(differences.expect("all is in memory"), []);
    }

    fn saved(&self) -> Position {
        self.organization.status().checkpoint
    }
}

fn office() -> Vec<Value> {
    let commands = [
        json!({"appoint_org_admin": {"user": "oa"}}),
        json!({"create_definition": {"definition": "D1", "access_control": true}}),
        json!({"open_case": {"case": "C1", "definition": "D1", "creator": "maker"}}),
        json!({"open_case": {"case": "C2", "definition": "D1", "creator": "maker"}}),
    ];
    commands.into_iter().map(|command| json!({"actor": "user:oa", "command": command})).collect()
}

fn grant(id: &str, to: &str) -> Value {
    json!({"id": id, "actor": "user:oa", "command": {"grant": {"on": "case:C2", "to": to}}})
}

/// As stored, apart from whether it came before.
fn first_answer(answer: &Answer) -> Value {
    let mut answer = answer.to_json();
    answer.as_object_mut().expect("an answer is an object").remove("replayed");
    answer
}

#[tokio::test]
async fn what_was_saved_is_loaded_and_the_tail_folded() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    let first = Keeping::over(&store, &views).await;
    first.fill().await;
    first.engine.checkpoint().await.expect("it is saved");
    let saved = first.organization.head();
    assert_eq!(first.saved(), saved);
    first.apply(&grant("g", "user:tail")).await;
    let again = Keeping::over(&store.fork(), &views.fork()).await;
    assert_eq!((again.saved(), again.organization.head()), (saved, saved.next()));
    assert_eq!(again.engine.remarks(), [""; 0]);
    again.assert_right().await;
    assert_eq!(again.organization.status(), first.organization.status());
    // And what opened goes on to be saved.
    again.engine.checkpoint().await.expect("it is saved");
    again.apply(&grant("h", "user:later")).await;
    again.assert_right().await;
}

#[tokio::test]
async fn without_what_was_saved_the_log_is_folded_and_ids_are_known() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    let first = Keeping::over(&store, &views).await;
    first.fill().await;
    let answer = first_answer(&first.apply(&grant("g", "user:x")).await);
    first.engine.checkpoint().await.expect("it is saved");
    let again = Keeping::over(&store.fork(), &MemoryViews::new()).await;
    assert_eq!(again.saved(), Position::ZERO);
    again.assert_right().await;
    assert_eq!(first_answer(&again.apply(&grant("g", "user:x")).await), answer);
}

#[tokio::test]
async fn a_checkpoint_that_ends_at_any_step_is_never_current_in_part() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    Keeping::over(&store, &views).await.fill().await;
    // Of a first one, which has several parts, and of one that follows another.
    for follows in [false, true] {
        let (store, before) = (store.fork(), MemoryViews::new());
        if follows {
            let keeping = Keeping::over(&store, &before).await;
            keeping.engine.checkpoint().await.expect("it is saved");
            keeping.apply(&grant("g", "user:x")).await;
            keeping
                .apply(&json!({"actor": "user:oa", "command": {"restrict_case": {"case": "C2", "entries": []}}}))
                .await;
        }
        let whole = Keeping::over(&store.fork(), &before.fork()).await;
        let old = whole.saved();
        let counted = before.fork();
        Keeping::over(&store.fork(), &counted).await.engine.checkpoint().await.expect("it is saved");
        let steps = counted.steps();
        assert!(steps >= if follows { 2 } else { 6 }, "only {steps} steps");
        for failing in 0..steps {
            let (store, views) = (store.fork(), before.fork());
            let keeping = Keeping::over(&store, &views).await;
            let head = keeping.organization.head();
            views.fail_after(failing);
            keeping.engine.checkpoint().await.expect_err("the disk fails");
            keeping.assert_right().await;
            let again = Keeping::over(&store.fork(), &views.fork()).await;
            assert!([old, head].contains(&again.saved()), "step {failing}: {}", again.saved());
            assert_eq!(again.engine.remarks(), [""; 0], "step {failing}");
            again.assert_right().await;
            again.engine.checkpoint().await.expect("it is saved now");
            Keeping::over(&store.fork(), &views.fork()).await.assert_right().await;
            // The one that failed tries again, too.
            views.fail_after(usize::MAX);
            keeping.apply(&grant("after", "user:after")).await;
            keeping.engine.checkpoint().await.expect("it is saved now");
            let again = Keeping::over(&store.fork(), &views.fork()).await;
            assert_eq!(again.saved(), keeping.organization.head());
            again.assert_right().await;
        }
    }
}

#[tokio::test]
async fn views_that_were_spoiled_anywhere_are_set_aside_and_folded_anew() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    let first = Keeping::over(&store, &views).await;
    first.fill().await;
    first.apply(&grant("g", "user:x")).await;
    first.engine.checkpoint().await.expect("it is saved");
    let mut places = 0;
    while {
        let views = views.fork();
        let spoiled = views.spoil(places);
        let again = Keeping::over(&store.fork(), &views).await;
        if spoiled {
            assert_eq!(again.engine.remarks().len(), 1, "place {places}");
            assert_eq!(again.saved(), Position::ZERO, "place {places}");
            let repeated = again.apply(&grant("g", "user:other")).await;
            assert_eq!(repeated.refusal().expect("it is known").code, Code::IdReused, "place {places}");
        }
        again.assert_right().await;
        spoiled
    } {
        places += 1;
    }
    assert!(places > 15, "only {places} places");
}

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

#[tokio::test]
async fn old_ids_answer_as_the_first_time_after_many_checkpoints_and_fresh_ones_are_asked_for_once() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    let first = Keeping::over(&store, &views).await;
    first.fill().await;
    let mut answers = Vec::new();
    for number in 0..12 {
        let line = grant(&format!("id-{number}"), &format!("user:u{number}"));
        answers.push((line.clone(), first_answer(&first.apply(&line).await)));
        if number % 3 == 0 {
            first.engine.checkpoint().await.expect("it is saved");
        }
    }
    let again = Keeping::over(&store.fork(), &views.fork()).await;
    let unsaved = Keeping::over(&store.fork(), &MemoryViews::new()).await;
    for keeping in [&first, &again, &unsaved] {
        let head = keeping.organization.head();
        for (line, answer) in &answers {
            assert_eq!(first_answer(&keeping.apply(line).await), *answer, "{line}");
            let mut changed = line.clone();
            changed["command"]["grant"]["to"] = "user:somebody-else".into();
            let refusal = keeping.apply(&changed).await;
            assert_eq!(refusal.refusal().expect("it is another command").code, Code::IdReused);
        }
        assert_eq!(keeping.organization.head(), head);
    }
    let misses = views.misses();
    first.apply(&grant("fresh", "user:fresh")).await;
    assert_eq!(views.misses(), misses + 1);
}

#[tokio::test]
async fn old_ids_that_cannot_be_read_are_found_in_the_log_and_what_was_saved_is_set_aside_at_the_next_start() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    let keeping = Keeping::over(&store, &views).await;
    keeping.fill().await;
    let old = first_answer(&keeping.apply(&grant("old", "user:old")).await);
    keeping.engine.checkpoint().await.expect("it is saved");
    let saved = keeping.saved();
    let recent = first_answer(&keeping.apply(&grant("recent", "user:recent")).await);
    views.damage_ids();
    for _ in 0..2 {
        assert_eq!(first_answer(&keeping.apply(&grant("old", "user:old")).await), old);
        assert_eq!(first_answer(&keeping.apply(&grant("recent", "user:recent")).await), recent);
        keeping.engine.checkpoint().await.expect_err("ids would be where they cannot be read");
        assert_eq!(keeping.saved(), saved);
    }
    let head = keeping.organization.head();
    let fresh = keeping.apply(&grant("fresh", "user:fresh")).await.to_json();
    assert_eq!((fresh["replayed"] == json!(true), keeping.organization.head()), (false, head.next()));
    keeping.assert_right().await;
    let again = Keeping::over(&store.fork(), &views.fork()).await;
    assert_eq!((again.saved(), again.engine.remarks().len()), (Position::ZERO, 1));
    assert_eq!(first_answer(&again.apply(&grant("old", "user:old")).await), old);
    again.assert_right().await;
}

#[tokio::test]
async fn ids_that_were_undone_are_fresh_again_beside_a_checkpoint() {
    let (store, views) = (MemoryStore::new(), MemoryViews::new());
    let keeping = Keeping::over(&store, &views).await;
    keeping.fill().await;
    keeping.engine.checkpoint().await.expect("it is saved");
    let dry = How { dry_run: true, ..How::default() };
    assert!(keeping.send(&grant("dry", "user:x"), dry).await.refusal().is_none());
    let atomic = Batch {
        submissions: [grant("dry", "user:x"), grant("bad", "user:x")]
            .iter()
            .map(|line| caseward::events::Submission::parse(line.to_string().as_bytes()))
            .collect(),
        how: How { atomic: true, ..How::default() },
    };
    let refused = keeping.organization.submit(atomic).await.expect("it is taken");
    assert!(refused.iter().all(|answer| answer.refusal().is_some()), "the second grant is there already");
    keeping.engine.checkpoint().await.expect("it is saved");
    let answer = keeping.apply(&grant("dry", "user:y")).await.to_json();
    assert_ne!(answer["replayed"], json!(true), "{answer}");
}

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

/// Waits until the engine has let go of the folder.
async fn close(keeping: Keeping, folder: &Path) {
    drop(keeping);
    while FjallStore::open(folder, Access::Existing).is_err() {
        tokio::task::yield_now().await;
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
