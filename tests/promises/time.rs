//! Time goes on while the clock lies behind the log, and what was told of it stays true after a restart.

use caseward::engine::{Answer, Batch, Engine, How, ManualClock, Options, Organization};
use caseward::events::answer::ClockBehind;
use caseward::events::{OrganizationName, Timestamp};
use caseward::projections::Question;
use caseward::seams::NoCheckpoints;
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
        let clock = Arc::new(ManualClock::at(time));
        let options = Options::new(Arc::new(NoCheckpoints), clock.clone());
        let engine = Engine::open_with(Arc::new(store), options).await.expect("it opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        Office { engine, organization, clock }
    }

    async fn send(&self, command: Value) -> Answer {
        let line = json!({"actor": "user:oa", "reason": "fire", "command": command}).to_string();
        let answers = self.organization.submit(Batch::one(line.as_bytes(), How::default())).await;
        answers.expect("it is taken").pop().expect("one command has one answer")
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
