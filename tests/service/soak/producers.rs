//! Producers: each sends one command after the other, under ids of its own, and again until it is answered.

use super::chance::Chance;
use super::client::Client;
use super::scene::Scene;
use caseward_events::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Producers of a service.
pub const PRODUCERS: u64 = 8;
/// Cases of each.
pub const CASES: u64 = 5;
/// Users, whom all name.
pub const USERS: u64 = 30;
/// Who may send all this.
pub const ADMIN: &str = "user:oa";
/// From one command of a producer to the next; and where the memory of the service is followed. What is recorded stays in
/// memory, some 400 bytes an event before it is saved, and what is looked for there is whatever else would.
const PAUSE: Duration = Duration::from_millis(250);
const PAUSE_FOLLOWED: Duration = Duration::from_millis(1_500);
/// From the sending of a grant to its end, where it has one.
const WINDOW: Duration = Duration::from_secs(2);
/// How long a command is sent again before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(120);

/// A command that was acknowledged.
pub struct Promised {
    pub id: String,
    pub position: u64,
    /// As it was sent.
    body: String,
}

/// Sends a command until it is answered.
pub fn send(scene: &Scene, client: &mut Client, id: String, actor: &str, command: &Value) -> Promised {
    let body = json!({"id": id, "actor": actor, "command": command}).to_string();
    let position = answered(scene, client, &body)["position"].as_u64().expect("it has one");
    scene.acknowledges(position);
    Promised { id, position, body }
}

/// Sends commands that are stored together or not at all, before anybody else sends any.
pub fn send_together(client: &mut Client, actor: &str, commands: &[Value]) {
    let with_actor = |command: &Value| json!({"actor": actor, "command": command});
    let body = json!({"atomic": true, "commands": commands.iter().map(with_actor).collect::<Vec<_>>()});
    let answer = client.ask("POST", "/v1/orgs/default/commands", &[], &body.to_string());
    assert!(answer.as_ref().is_some_and(|answer| answer.status == 200), "{answer:?}");
}

fn answered(scene: &Scene, client: &mut Client, body: &str) -> Value {
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < PATIENCE && !scene.has_failed(), "it is not answered: {body}");
        let answer = client.ask("POST", "/v1/orgs/default/commands", &[], body);
        if let Some(answer) = scene.answered(answer) {
            assert_eq!(answer["status"], "accepted", "{body}: {answer}");
            return answer;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends commands until there is no more time.
pub fn produce(scene: &Scene, number: u64) -> Vec<Promised> {
    let mut chance = Chance::of("producer", number);
    let mut client = Client::of(scene.service.address);
    let (mut holds, mut promised) = (BTreeSet::new(), Vec::new());
    while !scene.is_over() {
        let (actor, command) = next(number, promised.len(), &mut chance, &mut holds);
        promised.push(send(scene, &mut client, format!("p{number}-{}", promised.len()), actor, &command));
        if chance.in_a_hundred(10) {
            let known = usize::try_from(chance.below(promised.len() as u64)).expect("it was one");
            again(scene, &mut client, &promised[known]);
        }
        std::thread::sleep(if scene.is_ended_again_and_again() { PAUSE } else { PAUSE_FOLLOWED });
    }
    promised
}

/// A known command gets its first answer, and nothing is recorded, whatever happened since.
fn again(scene: &Scene, client: &mut Client, Promised { position, body, .. }: &Promised) {
    let answer = answered(scene, client, body);
    assert_eq!((answer["position"].as_u64(), &answer["replayed"]), (Some(*position), &Value::Bool(true)), "{answer}");
}

/// The next command, and by whom: what is given is taken away, and what is not is given.
fn next(
    number: u64,
    sent: usize,
    chance: &mut Chance,
    holds: &mut BTreeSet<(String, String)>,
) -> (&'static str, Value) {
    let user = format!("user:u{}", chance.below(USERS));
    let case = format!("case:c{number}-{}", chance.below(CASES));
    let access = if chance.in_a_hundred(50) { "read" } else { "write" };
    if chance.in_a_hundred(10) {
        let until = Timestamp::from_micros(now().as_micros() + i64::try_from(WINDOW.as_micros()).expect("it is short"));
        let to = format!("user:w{number}-{sent}");
        let grant = json!({"on": case, "to": to, "access": access, "valid_until": until.to_string()});
        return (ADMIN, json!({ "grant": grant }));
    }
    if chance.in_a_hundred(25) {
        let group = format!("g{number}");
        let is_one = !holds.insert((group.clone(), user.clone())) && holds.remove(&(group.clone(), user.clone()));
        let membership = json!({"group": group, "member": user});
        let name = if is_one { "remove_member" } else { "add_member" };
        return ("system:hr", json!({ name: membership }));
    }
    let to = if chance.in_a_hundred(40) { format!("group:g{}", chance.below(PRODUCERS)) } else { user };
    let is_given = !holds.insert((case.clone(), to.clone())) && holds.remove(&(case.clone(), to.clone()));
    match is_given {
        true => (ADMIN, json!({"revoke": {"on": case, "to": to}})),
        false => (ADMIN, json!({"grant": {"on": case, "to": to, "access": access}})),
    }
}

/// What the clock of this machine shows.
fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is later than 1970");
    Timestamp::from_micros(i64::try_from(since.as_micros()).expect("it is not that late"))
}

/// Waits until every window that was set has ended.
pub fn windows_end() {
    std::thread::sleep(WINDOW + Duration::from_millis(500));
}
