//! What checks and folds cost, beside the least that they can cost (`floors`), in the same run and in turns.
//!
//! A line is name, median, min, max, unit, tab-separated; at the end a line for each goal. Only ratios count, and those
//! of `--smoke` do not: it is there to see that every answer is right.
//! INVARIANT: every answer is compared with the right one, while it is timed; a wrong one panics. Time never fails a run.
//! Read on in [`feed`] (how the product gets the data), then [`head`], [`scopes`], [`what`], [`as_of`], [`fold`],
//! [`append`], [`readers`], [`curves`], [`memory`] (what is measured).

mod append;
mod as_of;
mod ask;
mod curves;
mod feed;
mod fold;
mod goal;
mod head;
mod memory;
mod readers;
mod scopes;
mod size;
mod svg;
mod what;
mod world;

use goal::Goals;
use size::Size;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: run [--smoke] [--svg] [check] [scopes] [what] [as-of] [fold] [append] [readers] [curves] [memory]
Without names: all of them. --smoke: a hundredth of the data, once. --svg: curves are drawn too, into src/docs/performance.";

/// Where the pictures go.
const PICTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../src/docs/performance");

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (flags, parts): (Vec<&str>, Vec<&str>) =
        arguments.iter().map(String::as_str).partition(|word| word.starts_with('-'));
    let size = if flags.contains(&"--smoke") { Size::smoke() } else { Size::full() };
    let known = |flag: &&str| ["--smoke", "--svg"].contains(flag);
    if !flags.iter().all(known)
        || parts.iter().any(|part| {
            !["check", "scopes", "what", "as-of", "fold", "append", "readers", "curves", "memory"].contains(part)
        })
    {
        return misused();
    }
    let wanted = |part| parts.is_empty() || parts.contains(&part);
    let mut goals = Goals::default();
    let permissions = size.permissions();
    if wanted("check") {
        head::run(&size, &permissions, &mut goals);
    }
    if wanted("scopes") {
        scopes::run(&size, &permissions, &mut goals);
    }
    if wanted("what") {
        what::run(&size, &permissions, &mut goals);
    }
    if wanted("as-of") {
        as_of::run(&size, &permissions, &mut goals);
    }
    if wanted("fold") {
        fold::run(&size, &permissions);
    }
    if wanted("append") {
        append::run(&size, &mut goals);
    }
    if wanted("readers") {
        readers::run(&size, &mut goals);
    }
    if wanted("memory") {
        memory::run(&size);
    }
    if wanted("curves") {
        let drawn = curves::run(&size);
        if flags.contains(&"--svg") {
            svg::write(&drawn, Path::new(PICTURES)).expect("the folder of the pictures can be written");
        }
    }
    if size.holds_goals {
        print!("{goals}");
    }
    ExitCode::SUCCESS
}

fn misused() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}
