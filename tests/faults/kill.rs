//! `kill -9`, and being told to end, at any moment: while it opens, while it recovers, and under load.

use super::chance::Chance;
use super::judge::{Ledger, Outcome, judge, repeats};
use super::program::{Said, Session, program};
use super::table::{Kind, Tally};
use super::{either, load, share};
use std::path::Path;
use std::time::{Duration, Instant};

/// Commands that are fed to the program in one round, at most.
const ROUND: usize = 150;
/// Rounds from one full judgement to the next; between them the answers of the rounds before are asked for again.
const ROUNDS_A_JUDGEMENT: usize = 20;
/// Answers asked for again in each round.
const REPEATED: usize = 30;

#[test]
fn a_program_that_is_killed_at_any_moment_keeps_what_it_acknowledged() {
    let folder = super::folder();
    let data = folder.path().join("data");
    let mut ledger = Ledger::default();
    let mut tally = Tally::of("kill");
    for round in share(either(14, 1_000)) {
        let mut chance = Chance::of("kill", round);
        let early = chance.yes(30);
        let mut outcome = ended(&data, &mut ledger, &mut chance, early, End::Killed);
        if outcome.kind == Kind::Served && round % ROUNDS_A_JUDGEMENT == ROUNDS_A_JUDGEMENT / 2 {
            outcome = judge(&data, &mut ledger);
        }
        let fault = if early { "kill -9 within 20 ms of the start" } else { "kill -9 under load" };
        tally.count(fault, &format!("round {round}"), &outcome);
        if outcome.kind != Kind::Served {
            break;
        }
    }
    let outcome = judge(&data, &mut ledger);
    tally.count("kill -9, judged whole at the end", "the last round", &outcome);
    assert!(ledger.answers.len() > 100, "only {} commands were acknowledged", ledger.answers.len());
    tally.end();
}

#[cfg(unix)]
#[test]
fn a_program_that_is_told_to_end_at_any_moment_keeps_what_it_acknowledged() {
    let folder = super::folder();
    let data = folder.path().join("data");
    let mut ledger = Ledger::default();
    let mut tally = Tally::of("told");
    for round in share(either(8, 300)) {
        let mut chance = Chance::of("told", round);
        let early = chance.yes(30);
        let signal = if chance.yes(50) { "TERM" } else { "INT" };
        let outcome = ended(&data, &mut ledger, &mut chance, early, End::Told(signal));
        let moment = if early { "within 20 ms of the start" } else { "under load" };
        tally.count(&format!("SIG{signal} {moment}"), &format!("round {round}"), &outcome);
        if outcome.kind != Kind::Served {
            break;
        }
    }
    let outcome = judge(&data, &mut ledger);
    tally.count("told to end, judged whole at the end", "the last round", &outcome);
    assert!(ledger.answers.len() > 50, "only {} commands were acknowledged", ledger.answers.len());
    tally.end();
}

/// What ends the program.
#[derive(Clone, Copy)]
enum End {
    /// `kill -9`.
    Killed,
    /// A signal that asks for it.
    #[cfg(unix)]
    Told(&'static str),
}

impl End {
    /// Whether it is how the program may end then: where it is told to, it answers for what it took, with a status.
    fn is_right(self, said: &Said) -> bool {
        match self {
            End::Killed => said.status.is_none(),
            #[cfg(unix)]
            End::Told(_) => matches!(said.status, None | Some(6)),
        }
    }
}

/// Starts the program, has it answer again what it answered before, feeds it and ends it.
fn ended(data: &Path, ledger: &mut Ledger, chance: &mut Chance, early: bool, end: End) -> Outcome {
    let all = ledger.answers.len();
    let mut repeated: Vec<usize> = (all.saturating_sub(REPEATED / 2) + 1..=all).collect();
    repeated.extend((0..REPEATED / 2).filter(|_| all > 0).map(|_| 1 + chance.below(all)));
    let fed = repeated.clone().into_iter().chain(ledger.next()..ledger.next() + ROUND).map(load::command);
    let mut session = Session::start(program(data, "default"), fed, true);
    let mut answers = Vec::new();
    if early {
        let moment = Instant::now() + Duration::from_micros(chance.next() % 20_000);
        while Instant::now() < moment {
            std::hint::spin_loop();
        }
    } else {
        let read = 1 + chance.below(repeated.len() + ROUND);
        answers.extend((0..read).map_while(|_| session.answer()));
    }
    match end {
        End::Killed => session.kill(),
        #[cfg(unix)]
        End::Told(signal) => session.tell(signal),
    }
    let (rest, said) = session.end();
    answers.extend(rest);
    if !end.is_right(&said) {
        // It ended otherwise, which it has no reason to.
        return Outcome::new(Kind::NoAccount, format!("status {:?}: {}", said.status, said.err));
    }
    let mut answers = answers.into_iter();
    let again =
        repeated.iter().zip(answers.by_ref()).try_for_each(|(&number, answer)| repeats(ledger, number, &answer));
    let taken = again.and_then(|()| answers.try_for_each(|answer| ledger.take(answer)));
    taken.err().unwrap_or_else(|| Outcome::new(Kind::Served, ""))
}
