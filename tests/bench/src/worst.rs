//! Checks and the writer beside one client's worst dry run and worst question, over the same beside nobody.
//!
//! The writer runs at full rate, and a reader asks by name, with reasons, at the pace of a service; a client repeats what
//! takes longest of all that one request may do: a dry run of as many pairs as one compares, or a `diff` of a
//! definition that a large group may read. What counts is what the client costs the others: by waiting for locks, and
//! by its share of the machine.

use crate::append::{self, Product};
use crate::feed;
use crate::goal::Goals;
use crate::size::Size;
use caseward::engine::{Answer, Batch, How, Organization};
use caseward_events::{AsOf, Position, Submission};
use caseward_projections::Question;
use floors_figures::Samples;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// As in [`append`].
const IN_FLIGHT: usize = 512;
/// How much a client may cost: a check at the worst in a thousand, and the writer.
const AT_MOST: f64 = 2.0;
/// Between two checks.
const PACE: Duration = Duration::from_micros(50);

/// What a client repeats.
#[derive(Clone, Copy)]
enum Client {
    Nobody,
    /// Everybody of the group gains the definition and its case.
    DryGrant,
    /// Everybody of the group loses them.
    DryDissolving,
    Diff,
}

const CLIENTS: [(Client, &str); 4] = [
    (Client::Nobody, "nobody"),
    (Client::DryGrant, "a dry grant to a large group"),
    (Client::DryDissolving, "a dry run that switches off a large group"),
    (Client::Diff, "a diff of all that a large group may read"),
];

/// Measures and prints figures and ratios.
pub fn run(size: &Size, goals: &mut Goals) {
    let scratch = feed::scratch();
    let mut product = Product::create(&scratch.path().join("product"));
    // On the definition and its case: as many pairs as a dry run compares.
    let members = if size.holds_goals { 100_000 } else { 1_000 };
    product.send(world(members), IN_FLIGHT);
    let mut figures = CLIENTS.map(|(_, name)| {
        let of = |what: &str, unit| Samples::new(format!("{what}, beside {name}"), unit);
        (of("check, p99.9", "ns"), of("a command of the writer at full rate", "us"), of("one of it takes", "ms"))
    });
    for _ in 0..size.append_rounds {
        for ((client, _), (check, command, own)) in CLIENTS.iter().zip(&mut figures) {
            let commands = product.commands(size.appends);
            let measured = beside(&product, *client, commands);
            check.push(measured.check);
            command.push(measured.command);
            measured.own.into_iter().for_each(|took| own.push(took));
        }
    }
    let [(calm, alone, _), others @ ..] = &figures;
    println!("{calm}\n{alone}");
    for ((check, command, own), (_, name)) in others.iter().zip(&CLIENTS[1..]) {
        let (slower, fewer) = (check.ratio_to(calm), command.ratio_to(alone));
        println!("{check}\n{command}\n{own}\n{slower}\n{fewer}");
        goals.hold(format!("p99.9 of a check beside {name} / beside nobody"), &slower, AT_MOST);
        goals.hold(format!("a command of the writer beside {name} / beside nobody"), &fewer, AT_MOST);
    }
}

/// Two groups, one that may read nothing, and one that may read a definition with a case.
fn world(members: usize) -> Vec<Submission> {
    let as_admin = |command: String| parse(&format!(r#"{{"actor":"user:admin","command":{command}}}"#));
    let made = [
        r#"{"create_definition":{"definition":"e","access_control":true}}"#,
        r#"{"open_case":{"case":"ec","definition":"e","creator":"admin"}}"#,
        r#"{"create_definition":{"definition":"f","access_control":true}}"#,
        r#"{"open_case":{"case":"fc","definition":"f","creator":"admin"}}"#,
        r#"{"grant":{"on":"definition:f","to":"group:readers","access":"read"}}"#,
    ];
    let joined = ["crowd", "readers"].into_iter().flat_map(|group| {
        (0..members).map(move |member| format!(r#"{{"add_member":{{"group":"{group}","member":"user:m{member}"}}}}"#))
    });
    made.iter().map(|command| (*command).to_owned()).chain(joined).map(as_admin).collect()
}

fn parse(line: &str) -> Submission {
    Submission::parse(line.as_bytes()).expect("it is a command")
}

struct Measured {
    /// Nanoseconds of a check, the worst in a thousand.
    check: f64,
    /// Microseconds.
    command: f64,
    /// Milliseconds of each request of the client.
    own: Vec<f64>,
}

fn beside(product: &Product, client: Client, commands: Vec<Submission>) -> Measured {
    let (over, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let count = commands.len() as f64;
    thread::scope(|scope| {
        let requests = scope.spawn(|| repeat(&product.organization, client, (&over, &asked)));
        let checks = scope.spawn(|| paced(&product.organization, &over));
        // From the middle of a request on, not of the first: that makes what later ones use again.
        while !matches!(client, Client::Nobody) && asked.load(Ordering::Relaxed) == 0 {
            thread::sleep(Duration::from_millis(1));
        }
        let start = Instant::now();
        product.runtime.block_on(append::send(&product.organization, commands, IN_FLIGHT));
        let command = start.elapsed().as_secs_f64() * 1e6 / count;
        over.store(true, Ordering::Relaxed);
        let (own, times) = (requests.join().expect("every answer is right"), checks.join().expect("so is every check"));
        Measured { check: worst_in_a_thousand(times), command, own }
    })
}

/// Repeats what a client asks until it is over; milliseconds of each.
fn repeat(organization: &Organization, client: Client, (over, asked): (&AtomicBool, &AtomicUsize)) -> Vec<f64> {
    let runtime = feed::runtime();
    let mut times = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let start = Instant::now();
        match client {
            Client::Nobody => return times,
            Client::DryGrant => {
                dry(&runtime, organization, r#"{"grant":{"on":"definition:e","to":"group:crowd","access":"read"}}"#);
            }
            Client::DryDissolving => dry(&runtime, organization, r#"{"deactivate_group":{"group":"readers"}}"#),
            Client::Diff => {
                let changed = runtime.block_on(async {
                    let reader = organization.reader(AsOf::Head, None).await.expect("it can be asked");
                    let of = "definition:f".parse().expect("a reference");
                    reader.diff(&of, AsOf::Position(Position(3))).await.expect("it can be asked")
                });
                assert!(changed.changes().next().is_some(), "the group gained it");
            }
        }
        times.push(start.elapsed().as_secs_f64() * 1e3);
        asked.fetch_add(1, Ordering::Relaxed);
    }
    times
}

fn dry(runtime: &tokio::runtime::Runtime, organization: &Organization, command: &str) {
    let line = format!(r#"{{"actor":"user:admin","command":{command}}}"#);
    let how = How { dry_run: true, ..How::default() };
    let answers = runtime.block_on(organization.submit(Batch::one(line.as_bytes(), how)));
    let answers = answers.expect("memory does not fail");
    let Some(Answer::Accepted(accepted)) = answers.first() else { panic!("it is accepted: {answers:?}") };
    let pairs = accepted.foreseen.as_ref().and_then(|foreseen| foreseen.pairs);
    assert!(pairs.is_some_and(|pairs| pairs > 0), "somebody gains or loses something: {pairs:?}");
}

/// Nanoseconds of each check.
fn paced(organization: &Organization, over: &AtomicBool) -> Vec<f64> {
    let runtime = feed::runtime();
    let line = r#"{"subject":"user:m7","action":"read","resource":"case:fc"}"#;
    let question = Question::parse(line.as_bytes()).expect("it can be asked");
    let mut times = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let start = Instant::now();
        let decision = runtime.block_on(organization.check(&question)).expect("it can be asked");
        times.push(start.elapsed().as_nanos() as f64);
        assert!(decision.decision, "the group may read it");
        thread::sleep(PACE);
    }
    times
}

fn worst_in_a_thousand(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() * 999 / 1_000]
}
