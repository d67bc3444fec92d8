//! What checks and folds cost, compared with the least that they can cost (`floors`): both alternate in the same run.
//!
//! A line is name, median, min, max, unit, tab-separated; at the end a line for each goal. Only ratios count, and those
//! of `--smoke` do not: it only checks that every answer is right.
//! INVARIANT: every answer is compared with the right one, while it is timed; a wrong one panics. Time never fails a run.
//! Read on in [`feed`] (how the product gets the data), then [`head`], [`scopes`], [`what`], [`as_of`], [`groups`], [`walls`], [`fold`],
//! [`append`], [`readers`], [`worst`], [`curves`], [`memory`], [`auditor`], [`open`], [`ready`], [`rebuild`], [`backup`], [`bounded`], [`http`] (what
//! is measured).

mod append;
mod as_of;
mod ask;
mod auditor;
mod backup;
mod bounded;
mod curves;
mod feed;
mod fold;
mod goal;
mod groups;
mod head;
mod http;
mod memory;
mod open;
mod readers;
mod ready;
mod rebuild;
mod scopes;
mod size;
mod svg;
mod walls;
mod what;
mod world;
mod worst;

use floors_data::Permissions;
use goal::Goals;
use size::Size;
use std::path::Path;
use std::process::ExitCode;

/// Where the pictures go.
const PICTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../src/docs/performance");

/// What every part is given.
struct Bench {
    size: Size,
    permissions: Permissions,
    goals: Goals,
    draws: bool,
}

type Part = (&'static str, fn(&mut Bench));

/// Every part by the word that asks for it.
const PARTS: &[Part] = &[
    ("check", |bench| head::run(&bench.size, &bench.permissions, &mut bench.goals)),
    ("scopes", |bench| scopes::run(&bench.size, &bench.permissions, &mut bench.goals)),
    ("what", |bench| what::run(&bench.size, &bench.permissions, &mut bench.goals)),
    ("as-of", |bench| as_of::run(&bench.size, &bench.permissions, &mut bench.goals)),
    ("groups", |bench| groups::run(&bench.size, &mut bench.goals)),
    ("walls", |bench| walls::run(&bench.size, &mut bench.goals)),
    ("fold", |bench| fold::run(&bench.size, &bench.permissions, &mut bench.goals)),
    ("append", |bench| append::run(&bench.size, &mut bench.goals)),
    ("readers", |bench| readers::run(&bench.size, &mut bench.goals)),
    ("worst", |bench| worst::run(&bench.size, &mut bench.goals)),
    ("memory", |bench| memory::run(&bench.size)),
    ("open", |bench| open::run(if bench.size.holds_goals { open::Shape::FULL } else { open::Shape::SMOKE })),
    ("backup", |bench| backup::run(if bench.size.holds_goals { open::Shape::FULL } else { open::Shape::SMOKE })),
    ("rebuild", |bench| {
        let shape = if bench.size.holds_goals { open::Shape::FULL } else { open::Shape::SMOKE };
        rebuild::run(shape, &mut bench.goals);
    }),
    ("bounded", |bench| bounded::run(bench.size.holds_goals)),
    ("http", |bench| http::run(&bench.size, &bench.permissions, &mut bench.goals)),
    ("auditor", |bench| auditor::run(&bench.size)),
    ("curves", curves),
];

fn curves(bench: &mut Bench) {
    let drawn = curves::run(&bench.size);
    if bench.draws {
        svg::write(&drawn, Path::new(PICTURES)).expect("the folder of the pictures can be written");
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|word| word == open::ENDS_WITHOUT_CLOSING) {
        return open::end_without_closing(&arguments[1..]);
    }
    if arguments.first().is_some_and(|word| word == open::AGAIN) {
        return open::again(&arguments[1..]);
    }
    if arguments.first().is_some_and(|word| word == ready::COMMAND_LINE) {
        return caseward::cli::main();
    }
    if arguments.first().is_some_and(|word| word == memory::ALONE) {
        return memory::in_its_own(&arguments[1..]);
    }
    if arguments.first().is_some_and(|word| word == bounded::ENGINE) {
        return bounded::engine(&arguments[1..]);
    }
    let (flags, wanted): (Vec<&str>, Vec<&str>) =
        arguments.iter().map(String::as_str).partition(|word| word.starts_with('-'));
    let is_part = |word: &&str| PARTS.iter().any(|(name, _)| name == word);
    if !flags.iter().all(|flag| ["--smoke", "--svg"].contains(flag)) || !wanted.iter().all(is_part) {
        return misused();
    }
    let size = if flags.contains(&"--smoke") { Size::smoke() } else { Size::full() };
    let permissions = size.permissions();
    let mut bench = Bench { size, permissions, goals: Goals::default(), draws: flags.contains(&"--svg") };
    for (_, run) in PARTS.iter().filter(|(name, _)| wanted.is_empty() || wanted.contains(name)) {
        run(&mut bench);
    }
    if bench.size.holds_goals {
        print!("{}", bench.goals);
    }
    ExitCode::SUCCESS
}

fn misused() -> ExitCode {
    let parts: Vec<_> = PARTS.iter().map(|(name, _)| format!("[{name}]")).collect();
    eprintln!("usage: run [--smoke] [--svg] {}", parts.join(" "));
    eprintln!("Without a name every part runs. --smoke: a hundredth of the data, once, to check the answers.");
    eprintln!("--svg: also draws the curves, into src/docs/performance.");
    ExitCode::from(2)
}
