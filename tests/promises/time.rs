//! Time goes on while the clock lies behind the log, and what was told of it stays true after a restart.

use caseward::engine::{Answer, Batch, Engine, How, ManualClock, Options, Organization};
use caseward::engine::{Clock, CommandError};
use caseward::events::answer::{ClockBehind, ClockDoubt, ClockInDoubt};
use caseward::events::{OrganizationName, Timestamp};
use caseward::projections::Question;
use caseward::seams::{Durability, NoCheckpoints};
use caseward::store::MemoryStore;
use serde_json::{Value, json};
use std::sync::Arc;

/// A store, and a clock that is set by hand.
struct Office {
    engine: Engine,
    organization: Organization,
    clock: Arc<ManualClock>,
}

fn day(day: i64) -> Timestamp {
    Timestamp::from_micros(1_800_000_000_000_000 + day * 24 * 3_600_000_000)
}

fn minutes_after(time: Timestamp, minutes: i64) -> Timestamp {
    Timestamp::from_micros(time.as_micros() + minutes * 60_000_000)
}

impl Office {
    async fn over(store: MemoryStore, time: Timestamp) -> Office {
        Office::opened(store, ManualClock::at(time), false).await
    }

    async fn opened(store: MemoryStore, clock: ManualClock, accept_clock: bool) -> Office {
        let clock = Arc::new(clock);
        let options = Options { accept_clock, ..Options::new(Arc::new(NoCheckpoints), clock.clone()) };
        let engine = Engine::open_with(Arc::new(store), options).await.expect("it opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        Office { engine, organization, clock }
    }

    async fn send(&self, command: Value) -> Answer {
        let line = json!({"actor": "user:oa", "reason": "fire", "command": command}).to_string();
        let answers = self.organization.submit(Batch::one(line.as_bytes(), How::default())).await;
        answers.expect("it is taken").pop().expect("one command has one answer")
    }

    /// What a command comes to that is not taken, as the clock is not believed.
    async fn not_taken(&self) -> ClockInDoubt {
        let line = json!({"command": {"create_definition": {"definition": "no"}}}).to_string();
        let batch = || Batch::one(line.as_bytes(), How::default());
        let dry_run = Batch::one(line.as_bytes(), How { dry_run: true, ..How::default() });
        for batch in [batch(), dry_run] {
            let answered = self.organization.submit(batch).await;
            assert!(matches!(answered, Err(CommandError::Clock(_))), "{answered:?}");
        }
        let answered = self.organization.submit(batch()).await;
        let Err(CommandError::Clock(doubt)) = answered else { panic!("{answered:?}") };
        assert_eq!(self.engine.clock_in_doubt(), Some(doubt));
        assert_eq!(self.organization.status().clock_in_doubt, Some(doubt));
        doubt
    }

    async fn accepted(&self, command: Value) -> Value {
        let answer = self.send(command.clone()).await;
        assert!(answer.refusal().is_none(), "{command}: {answer:?}");
        answer.to_json()
    }

    async fn may(&self, as_of: Option<Timestamp>) -> (bool, u64) {
        let mut question = json!({"subject": "user:oa", "action": "read", "resource": "case:c"});
        question["as_of"] = json!(as_of);
        let question = Question::from_value(question).expect("it can be asked");
        let decision = self.organization.check(&question).await.expect("it can be asked");
        (decision.decision, decision.position.0)
    }

    /// The store as a restart finds it.
    async fn restarted(self, store: &MemoryStore, time: Timestamp) -> Office {
        assert_eq!(self.engine.stop().await, [""; 0]);
        Office::over(store.fork(), time).await
    }
}

/// A policy under which the glass may be broken, on a day on which the clock stood ahead by a year.
async fn ahead(store: &MemoryStore) -> Office {
    let office = Office::over(store.clone(), day(0)).await;
    office.accepted(json!({"create_definition": {"definition": "d", "access_control": true}})).await;
    office.accepted(json!({"open_case": {"case": "c", "definition": "d", "creator": "maker"}})).await;
    office.clock.set(day(365));
    office.accepted(json!({"adopt_policy": {"break_glass": "read"}})).await;
    office.clock.set(day(0));
    office
}

#[tokio::test]
async fn while_the_clock_lies_behind_the_log_time_goes_on_at_half_its_pace_across_restarts() {
    let store = MemoryStore::new();
    let office = ahead(&store).await;
    assert_eq!(office.organization.clock_behind(), Some(ClockBehind { clock: day(0), now: day(365) }));
    office.accepted(json!({"break_glass": {"case": "c", "minutes": 10}})).await;
    assert!(office.may(None).await.0);
    office.clock.set(minutes_after(day(0), 12));
    assert!(office.may(None).await.0, "6 of the 10 minutes are over");
    // What was noted is where it goes on from, whoever asks first.
    let store = store.clone();
    let office = office.restarted(&store, minutes_after(day(0), 18)).await;
    assert!(office.may(None).await.0, "9 of them");
    office.clock.set(minutes_after(day(0), 21));
    assert!(!office.may(None).await.0, "all of them, and not a year later");
    // After twice the time it lay behind, the clock is right.
    office.clock.set(day(731));
    assert_eq!(office.organization.clock_behind(), None);
    let answer = office.accepted(json!({"create_definition": {"definition": "later"}})).await;
    assert_eq!(answer["events"][0]["time"], json!(day(731)));
}

#[tokio::test]
async fn each_answer_and_the_status_say_that_the_clock_lies_behind() {
    let store = MemoryStore::new();
    let office = ahead(&store).await;
    let told = json!({"clock": day(0), "now": day(365)});
    let answer = office.accepted(json!({"create_definition": {"definition": "one"}})).await;
    assert_eq!(answer["clock_behind"]["clock"], told["clock"]);
    let refused = office.send(json!({"create_definition": {"definition": "one"}})).await.to_json();
    assert_eq!((&refused["code"], &refused["clock_behind"]["clock"]), (&json!("exists"), &told["clock"]));
    assert_eq!(office.organization.status().clock_behind.map(|behind| behind.clock), Some(day(0)));
    office.clock.set(day(800));
    let answer = office.accepted(json!({"create_definition": {"definition": "two"}})).await;
    assert_eq!(answer.get("clock_behind"), None, "{answer}");
    assert_eq!(office.organization.status().clock_behind, None);
}

#[tokio::test]
async fn an_import_goes_on_at_the_time_of_an_event_that_a_clock_ahead_has_given() {
    use caseward::engine::Source;
    let office = ahead(&MemoryStore::new()).await;
    let import = async |time: Timestamp| {
        let line = json!({"time": time, "command": {"add_member": {"group": "g", "member": "user:u"}}}).to_string();
        let how = How { source: Source::Import, ..How::default() };
        let answers = office.organization.submit(Batch::one(line.as_bytes(), how)).await.expect("it is taken");
        answers.into_iter().next().and_then(|answer| answer.refusal().map(|refusal| refusal.code.to_string()))
    };
    assert_eq!(import(minutes_after(day(365), 1)).await.as_deref(), Some("time_ahead"));
    assert_eq!(import(day(365)).await, None);
}

#[tokio::test]
async fn an_answered_instant_stays_true_after_a_restart_with_a_clock_that_was_set_back() {
    let store = MemoryStore::new();
    let office = Office::over(store.clone(), day(0)).await;
    office.accepted(json!({"create_definition": {"definition": "d", "access_control": false}})).await;
    office.clock.set(day(5));
    let told = minutes_after(day(4), 0);
    assert_eq!(office.may(Some(told)).await, (false, 1), "there is no case yet");
    // Without a clean stop, too: it was noted before it was told.
    let office = Office::over(store.fork(), day(1)).await;
    office.accepted(json!({"open_case": {"case": "c", "definition": "d", "creator": "maker"}})).await;
    assert_eq!(office.may(Some(told)).await, (false, 1), "as it was told");
    assert!(office.may(None).await.0);
}

fn command(name: &str) -> Value {
    json!({"create_definition": {"definition": name}})
}

#[tokio::test]
async fn no_command_is_taken_by_a_clock_that_jumped_until_an_operator_says_that_it_is_right() {
    let store = MemoryStore::new();
    let office = Office::over(store.clone(), day(0)).await;
    office.accepted(command("one")).await;
    office.clock.jump(day(365));
    let jumped = ClockInDoubt { cause: ClockDoubt::Jumped, clock: day(365), expected: day(0) };
    assert_eq!(office.not_taken().await, jumped);
    // What is asked is answered by the time gone by, and nothing is told that would hold up what comes.
    office.clock.set(minutes_after(day(365), 10));
    assert_eq!(office.engine.now(), minutes_after(day(0), 10));
    assert_eq!(office.may(Some(day(300))).await, (false, 1));
    // A restart knows of it, until somebody says that it is right.
    let office = office.restarted(&store, day(366)).await;
    assert_eq!(office.not_taken().await.cause, ClockDoubt::Jumped);
    assert_eq!(office.engine.stop().await, [""; 0]);
    let store = store.fork();
    let office = Office::opened(store.clone(), ManualClock::at(day(366)), true).await;
    let answer = office.accepted(command("two")).await;
    assert_eq!(answer["events"][0]["time"], json!(day(366)));
    let office = office.restarted(&store, day(366)).await;
    office.accepted(command("three")).await;
    // While it runs, too.
    office.clock.jump(day(400));
    office.not_taken().await;
    office.engine.accept_clock();
    office.accepted(command("four")).await;
}

#[tokio::test]
async fn a_jump_that_is_taken_back_is_forgotten_also_by_a_restart() {
    let store = MemoryStore::new();
    let office = Office::over(store.clone(), day(0)).await;
    office.clock.jump(day(365));
    office.not_taken().await;
    office.clock.jump(day(0));
    let answer = office.accepted(command("one")).await;
    assert_eq!(answer["events"][0]["time"], json!(day(0)));
    office.clock.jump(day(365));
    office.not_taken().await;
    let office = office.restarted(&store, day(1)).await;
    let answer = office.accepted(command("two")).await;
    assert_eq!(answer["events"][0]["time"], json!(day(1)));
}

#[tokio::test]
async fn a_clock_that_nothing_keeps_right_is_not_believed_a_month_after_it_was_last_read() {
    let store = MemoryStore::new();
    let office = Office::over(store.clone(), day(0)).await;
    office.accepted(command("one")).await;
    assert_eq!(office.engine.stop().await, [""; 0]);
    let reopened = async |days: i64, kept_right: bool, accept: bool| {
        let clock = ManualClock::at(day(days));
        clock.set_kept_right(kept_right);
        Office::opened(store.fork(), clock, accept).await
    };
    reopened(31, false, false).await.accepted(command("within")).await;
    reopened(500, true, false).await.accepted(command("kept right")).await;
    let office = reopened(32, false, false).await;
    let unread = ClockInDoubt { cause: ClockDoubt::NotKeptRight, clock: day(32), expected: day(0) };
    assert_eq!(office.not_taken().await, unread);
    assert_eq!(office.may(Some(day(20))).await, (false, 1));
    let resolved = office.organization.reader(caseward::projections::AsOf::Instant(day(20)), None).await;
    assert_eq!(resolved.expect("it can be asked").resolved().settled, Some(false), "nobody knows what time it is");
    office.clock.set_kept_right(true);
    office.accepted(command("by now")).await;
    let office = reopened(32, false, true).await;
    office.accepted(command("two")).await;
    assert_eq!(office.engine.stop().await, [""; 0]);
}

#[tokio::test]
async fn no_clock_and_no_policy_makes_a_time_that_cannot_be_written() {
    for wild in [Timestamp::MAX, Timestamp::LAST, Timestamp::LAST.next(), Timestamp::FIRST, Timestamp::MIN] {
        let store = MemoryStore::new();
        let office = ahead(&store).await;
        let most = json!({"adopt_policy": {"break_glass": "write", "break_glass_max_minutes": u32::MAX}});
        office.accepted(most).await;
        let broken = office.send(json!({"break_glass": {"case": "c", "minutes": u32::MAX}})).await;
        assert_eq!(broken.refusal().map(|refusal| refusal.code.name()), Some("too_long"), "{broken:?}");
        let office = Office::over(store.fork(), wild).await;
        office.may(None).await;
        office.may(Some(day(1_000))).await;
        office.may(Some(Timestamp::LAST)).await;
        office.clock.jump(wild);
        assert_eq!(office.engine.now().to_string().parse(), Ok(office.engine.now()));
        let line = json!({"command": command("d2")}).to_string();
        let answered = office.organization.submit(Batch::one(line.as_bytes(), How::default())).await;
        let time = answered.map(|mut answers| answers.remove(0).to_json()["events"][0]["time"].clone());
        if let Ok(Value::String(time)) = time {
            assert!(time.parse::<Timestamp>().is_ok(), "{time}");
        }
        let status = office.organization.status();
        let again: caseward::events::answer::Status =
            serde_json::from_value(json!(status)).unwrap_or_else(|why| panic!("{why}: {status:?}"));
        assert_eq!(again, status);
        assert_eq!(office.clock.now(), wild);
        // What was asked meanwhile holds up nothing once the clock is right.
        let office = office.restarted(&store, day(2)).await;
        let answer = office.accepted(command("d3")).await;
        let time: Timestamp =
            answer["events"][0]["time"].as_str().and_then(|time| time.parse().ok()).expect("it is one");
        assert!(time < day(366), "{time}");
    }
}

#[tokio::test]
async fn of_many_instants_that_go_with_the_clock_one_a_second_is_noted() {
    let store = MemoryStore::new();
    let office = Office::over(store.clone(), day(0)).await;
    office.accepted(command("one")).await;
    office.clock.set(day(1));
    let mut noted = 0;
    for millis in 0..100 {
        let instant = Timestamp::from_micros(day(1).as_micros() + millis * 20_000);
        office.clock.set(instant);
        let before = store.clock_note().expect("it is in memory");
        office.may(Some(instant)).await;
        noted += usize::from(store.clock_note().expect("it is in memory") != before);
    }
    assert_eq!(noted, 2, "in two seconds");
}
