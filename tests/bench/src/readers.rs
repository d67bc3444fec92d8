//! Checks while the writer runs at full rate, beside the same checks without it; and two readers beside one.
//!
//! A check is asked by name with its reasons, at the head, as the engine answers it: under the lock of a reader. With
//! two cores a writer at full rate and a reader share them, so what counts is how long one check takes, not how many.
//! Checks of an organization other than the writer's show which part of it is the machine, and which is waiting.

use crate::append::{self, Product, median};
use crate::feed;
use crate::goal::Goals;
use crate::size::Size;
use caseward::engine::Organization;
use caseward_events::Submission;
use caseward_projections::Question;
use floors_figures::Samples;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// As in [`append`].
const IN_FLIGHT: usize = 512;
/// How much longer a check may take at the worst in a hundred.
const P99_AT_MOST: f64 = 2.0;
/// How often a reader asks everything in a round: shorter ones measure how a thread starts.
const READ_AGAIN: usize = 40;
/// How long two readers may take for twice the checks of one.
const TWO_AT_MOST: f64 = 2.0 / 1.7;

/// Measures and prints figures and ratios.
pub fn run(size: &Size, goals: &mut Goals) {
    let scratch = feed::scratch();
    let mut product = Product::create(&scratch.path().join("product"));
    let commands = product.commands(size.appends);
    product.send(commands.clone(), IN_FLIGHT);
    let bystander = product.bystander(commands, IN_FLIGHT);
    let questions: Vec<Question> = (0..size.appends / 10).map(|number| question(number * 7 % size.appends)).collect();
    let mut calm = Samples::new("check beside no writer, p99", "ns");
    let mut busy = Samples::new("check while the writer runs at full rate, p99", "ns");
    let mut apart = Samples::new("check of another organization than the writer's, p99", "ns");
    let (mut calm_middle, mut busy_middle) =
        (Samples::new("check beside no writer, p50", "ns"), Samples::new("check beside the writer, p50", "ns"));
    let (mut one, mut two) = (Samples::new("one reader, a round", "us"), Samples::new("two readers, a round", "us"));
    for round in 0..size.append_rounds {
        let times = ask(&product.organization, &questions);
        calm_middle.push(median(times.clone()));
        calm.push(worst_in_a_hundred(times));
        let commands = product.commands(size.appends);
        let times = beside_writer(&product, &product.organization, commands, &questions);
        busy_middle.push(median(times.clone()));
        busy.push(worst_in_a_hundred(times));
        let commands = product.commands(size.appends);
        apart.push(worst_in_a_hundred(beside_writer(&product, &bystander, commands, &questions)));
        quiet(&product, &questions);
        // In turn, so that neither always finds what the other left.
        let mut first = |count: usize| match count {
            1 => one.push(readers(1, &product, &questions)),
            _ => two.push(readers(2, &product, &questions)),
        };
        let order = if round % 2 == 0 { [1, 2] } else { [2, 1] };
        order.into_iter().for_each(&mut first);
    }
    [&calm_middle, &busy_middle, &calm, &busy, &apart, &one, &two].iter().for_each(|figure| println!("{figure}"));
    println!("{}\n{}", busy.ratio_to(&calm), two.ratio_to(&one));
    goals.hold("p99 of a check beside the writer / without", &busy.ratio_to(&calm), P99_AT_MOST);
    goals.hold("two readers / one, in time", &two.ratio_to(&one), TWO_AT_MOST);
}

fn question(user: usize) -> Question {
    let line = format!(r#"{{"subject":"user:u{user}","action":"read","resource":"case:c"}}"#);
    Question::parse(line.as_bytes()).expect("it can be asked")
}

/// The time of each check, in nanoseconds.
fn ask(organization: &Organization, questions: &[Question]) -> Vec<f64> {
    let runtime = feed::runtime();
    let asked = questions.iter().map(|question| async move {
        let start = Instant::now();
        let decision = organization.check(question).await.expect("it can be asked");
        let time = start.elapsed().as_nanos() as f64;
        assert!(decision.decision, "{question:?}");
        time
    });
    runtime.block_on(async {
        let mut times = Vec::with_capacity(questions.len());
        for one in asked {
            times.push(one.await);
        }
        times
    })
}

/// The time of each check of an organization, as long as commands are carried out in the product's own.
fn beside_writer(
    product: &Product,
    asked: &Organization,
    commands: Vec<Submission>,
    questions: &[Question],
) -> Vec<f64> {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut times = Vec::new();
            while !over.load(Ordering::Relaxed) {
                times.extend(ask(asked, questions));
            }
            times
        });
        product.runtime.block_on(append::send(&product.organization, commands, IN_FLIGHT));
        over.store(true, Ordering::Relaxed);
        reader.join().expect("every answer is right")
    })
}

/// Until what the writer left is done (notes, tables), and what it evicted from the caches is there again.
fn quiet(product: &Product, questions: &[Question]) {
    thread::sleep(Duration::from_millis(200));
    readers(2, product, questions);
}

/// Microseconds until each of so many readers has asked everything.
fn readers(count: usize, product: &Product, questions: &[Question]) -> f64 {
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(|| (0..READ_AGAIN).for_each(|_| drop(ask(&product.organization, questions))));
        }
    });
    // Twice the work by two: as much time as one, if neither held the other up.
    start.elapsed().as_secs_f64() * 1e6
}

fn worst_in_a_hundred(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() * 99 / 100]
}
