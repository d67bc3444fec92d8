//! A loss of power: a real run is traced, played onto a simulated disk, and cut off at a step; the store must open on
//! what is there then.

use super::chance::Chance;
use super::image::Image;
use super::judge::{Ledger, judge};
use super::program::{Session, program};
use super::shim::{self, Step};
use super::simulated::{Disk, Survival};
use super::table::Tally;
use super::{either, load, share};
use std::path::Path;

/// Commands of each run.
const COMMANDS: usize = 60;

/// How much is left of what was not synced, and how it is called.
const SURVIVALS: [(&str, Survival); 4] = [
    ("power lost: all that was not synced is gone", Survival { sectors: 0, names: 0 }),
    ("power lost: sectors old or new, names as synced", Survival { sectors: 50, names: 0 }),
    ("power lost: sectors and names old or new", Survival { sectors: 50, names: 50 }),
    ("power lost: all names done, sectors old or new", Survival { sectors: 50, names: 100 }),
];

/// A run, as its trace has it.
struct Run {
    name: &'static str,
    before: Image,
    steps: Vec<Step>,
    /// What was promised before it, and then with how many steps each answer was out.
    ledger: Ledger,
    answered: Vec<(usize, String)>,
}

#[test]
fn a_disk_that_drops_and_reorders_what_was_not_synced_keeps_what_was_acknowledged() {
    if shim::library().is_none() {
        return;
    }
    let folder = super::folder();
    let data = folder.path().join("data");
    let mut ledger = Ledger::default();
    let runs = ["a new store", "an old store"].map(|name| traced(folder.path(), &data, name, &mut ledger));
    let mut tally = Tally::of("disk");
    for number in share(either(32, 2_000)) {
        let mut chance = Chance::of("disk", number);
        let (fault, survival) = SURVIVALS[chance.below(SURVIVALS.len())];
        let run = chance.one(&runs);
        let cut = chance.below(run.steps.len() + 1);
        let mut disk = Disk::holding(&run.before);
        run.steps[..cut].iter().for_each(|step| disk.play(step));
        disk.after_loss(&mut chance, survival).lay(&data);
        let mut ledger = run.ledger.clone();
        let promised = run.answered.iter().filter(|(step, _)| *step < cut);
        promised.for_each(|(_, answer)| ledger.take(answer.clone()).expect("it was right when it was traced"));
        let how = format!("number {number}, {} cut at step {cut} of {}", run.name, run.steps.len());
        tally.count(fault, &how, &judge(&data, &mut ledger));
    }
    tally.end();
}

fn traced(folder: &Path, data: &Path, name: &'static str, ledger: &mut Ledger) -> Run {
    let (before, promised) = (Image::of(data), ledger.clone());
    let trace = folder.join(name);
    let mut program = program(data, "default");
    shim::load(&mut program, data, None);
    shim::trace(&mut program, &trace);
    let lines = (ledger.next()..ledger.next() + COMMANDS).map(load::command);
    let (answers, said) = Session::start(program, lines, false).end();
    assert_eq!((said.status, answers.len()), (Some(0), COMMANDS), "{}", said.err);
    answers.into_iter().for_each(|answer| ledger.take(answer).expect("nothing failed"));
    let steps = shim::steps(&trace, data);
    let mut answered = Vec::new();
    let mut out = Vec::new();
    for (number, step) in steps.iter().enumerate().filter(|(_, step)| step.kind == "answer") {
        out.extend_from_slice(&step.bytes);
        while let Some(end) = out.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = out.drain(..=end).collect();
            answered.push((number, String::from_utf8_lossy(&line[..end]).into_owned()));
        }
    }
    assert_eq!(answered.len(), COMMANDS, "every answer is in the trace");
    Run { name, before, steps, ledger: promised, answered }
}
