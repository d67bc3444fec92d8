//! The promise, put to the test: what was acknowledged, and whether a store opened afterwards still says so.

use super::load;
use super::program::{self, Said, Session};
use super::table::Kind;
use std::path::Path;

/// The answers to the first so many commands that were read, and so promised.
#[derive(Clone, Default)]
pub struct Ledger {
    /// The line of each, in order.
    pub answers: Vec<String>,
    /// Where what was promised may have been damaged on the disk: how many of them a HEAD note surely covers.
    pub noted: Option<usize>,
}

/// What came of a fault, and why it is held to be that.
#[derive(Debug)]
pub struct Outcome {
    pub kind: Kind,
    pub why: String,
}

impl Outcome {
    pub fn new(kind: Kind, why: impl Into<String>) -> Outcome {
        Outcome { kind, why: why.into() }
    }
}

const HISTORY: [&str; 2] = ["history", "organization"];
/// What the program says of an end that may be damaged after the last HEAD note.
const UNVERIFIED_END: &str = "the end of the log cannot be verified";
/// The repeated ids that are asked for at most: the last ones, and as many spread over the others.
const REPEATED: usize = 24;
/// What is sent behind, to see that it goes on.
const FURTHER: usize = 2;

impl Ledger {
    /// The number of the next command.
    pub fn next(&self) -> usize {
        self.answers.len() + 1
    }

    /// Takes the answer to the next command.
    pub fn take(&mut self, answer: String) -> Result<(), Outcome> {
        let number = self.next();
        let position = format!("\"position\":{},", load::position(number));
        let id = format!("\"command_id\":\"{}\"", load::id(number));
        let events = events_of(&answer).unwrap_or_default();
        let right = answer.contains("\"status\":\"accepted\"")
            && answer.contains(&position)
            && events.matches(&id).count() == load::events(number);
        let Some(first) = once(&answer).filter(|_| right) else {
            return Err(Outcome::new(Kind::Wrong, format!("command {number} is answered `{answer}`")));
        };
        self.answers.push(first);
        Ok(())
    }

    /// Numbers whose answers are asked for again.
    fn repeated(&self) -> Vec<usize> {
        let all = self.answers.len();
        let step = (all / REPEATED).max(1);
        let mut numbers: Vec<usize> = (1..=all).step_by(step).collect();
        numbers.extend(all.saturating_sub(REPEATED).max(1)..=all);
        numbers.retain(|&number| number <= all && number > 0);
        numbers
    }
}

/// The answer as it was the first time, with nothing said of a repetition.
fn once(answer: &str) -> Option<String> {
    events_of(answer)?;
    Some(answer.replacen(",\"replayed\":true", "", 1))
}

/// The events of an answer, with commas between them.
fn events_of(answer: &str) -> Option<&str> {
    let (_, events) = answer.split_once("\"events\":[")?;
    events.rfind("],\"warnings\":").map(|end| &events[..end])
}

/// Opens the store, which nobody has open, and judges what it serves; what is sent to it goes into the ledger.
pub fn judge(data: &Path, ledger: &mut Ledger) -> Outcome {
    match judged(data, ledger) {
        Err(outcome) if outcome.kind == Kind::Unvouched => repaired(data, ledger, outcome),
        Ok(outcome) | Err(outcome) => outcome,
    }
}

/// An end that is not vouched for can be cut off; what was surely acknowledged is there afterwards.
fn repaired(data: &Path, ledger: &mut Ledger, outcome: Outcome) -> Outcome {
    let doctor = program::run(data, "default", &["doctor", "--repair", "--yes"]);
    if doctor.status != Some(0) {
        return Outcome::new(Kind::NoAccount, format!("{}; then the repair failed: {doctor:?}", outcome.why));
    }
    match judged(data, ledger) {
        Ok(_) => outcome,
        // Damage on the disk may have taken what no note told of; that was said before.
        Err(after) if after.kind == Kind::LostBehind => outcome,
        Err(after) => Outcome::new(after.kind, format!("{}; then, repaired: {}", outcome.why, after.why)),
    }
}

fn judged(data: &Path, ledger: &mut Ledger) -> Result<Outcome, Outcome> {
    let log = program::run(data, "default", &HISTORY);
    let none_yet = log.status == Some(2) && ledger.answers.is_empty() && log.err.contains("there is no store");
    if !none_yet {
        opened(&log).map_err(|outcome| stays(data, ledger, &log, outcome))?;
        of_log(&log.out, ledger).map_err(|outcome| told(&log, outcome))?;
    }
    goes_on(data, ledger)?;
    let views = program::run(data, "default", &["rebuild"]);
    opened(&views)?;
    Ok(Outcome::new(Kind::Served, ""))
}

/// A store that said that it cannot vouch says so again, takes nothing, and what it shows is what was promised.
fn stays(data: &Path, ledger: &Ledger, log: &Said, outcome: Outcome) -> Outcome {
    if !matches!(outcome.kind, Kind::Reported | Kind::Unvouched) {
        return outcome;
    }
    let promised: Vec<&str> = ledger.answers.iter().filter_map(|answer| events_of(answer)).collect();
    let shown: Vec<&str> = log.out.lines().collect();
    if !format!("{},", promised.join(",")).starts_with(&shown.join(","))
        && shown.len() <= load::position(promised.len())
    {
        return Outcome::new(Kind::Wrong, format!("it shows something else than what was promised: {}", log.out));
    }
    let next = std::iter::once(load::command(ledger.next()));
    let (answers, said) = Session::start(program::program(data, "default"), next, false).end();
    let again = program::run(data, "default", &HISTORY);
    match (said.status, again.status) {
        _ if !answers.is_empty() => Outcome::new(Kind::Wrong, format!("it was read-only, and then said {answers:?}")),
        (Some(2 | 5), Some(2 | 5)) => outcome,
        _ => Outcome::new(
            Kind::Lost,
            format!("what was reported once was not again: {}; {said:?}, {again:?}", outcome.why),
        ),
    }
}

/// A loss of which it was said that the end is not vouched for is none that is silent.
fn told(said: &Said, outcome: Outcome) -> Outcome {
    match outcome.kind {
        Kind::Lost | Kind::LostBehind if said.err.contains(UNVERIFIED_END) => {
            Outcome { kind: Kind::Unvouched, ..outcome }
        }
        _ => outcome,
    }
}

/// Unless it opened, how it said why not.
fn opened(said: &Said) -> Result<(), Outcome> {
    let err = said.err.trim();
    // Above it may stand that the store was not stopped, which is no reason of this.
    let error = &err[err.find("error:").unwrap_or_default()..];
    let kind = match said.status {
        Some(0) => return Ok(()),
        _ if said.crashed() => Kind::NoAccount,
        Some(5) if err.is_empty() => Kind::NoAccount,
        Some(5) if error.contains(UNVERIFIED_END) && error.contains("position") => Kind::Unvouched,
        Some(5) if err.contains("the live views differ from the log") => Kind::Wrong,
        Some(5) => Kind::Reported,
        _ => Kind::NoAccount,
    };
    Err(Outcome::new(kind, format!("status {:?}: {err}", said.status)))
}

/// The log begins with all that was acknowledged, and holds whole commands, in order.
fn of_log(log: &str, ledger: &Ledger) -> Result<(), Outcome> {
    let mut lines = log.lines();
    for (before, answer) in ledger.answers.iter().enumerate() {
        let number = before + 1;
        let promised = events_of(answer).expect("it was taken");
        let found: Vec<&str> = lines.by_ref().take(load::events(number)).collect();
        if found.join(",") == promised {
            continue;
        }
        let kind = match ledger.noted {
            _ if found.len() == load::events(number) => Kind::Wrong,
            Some(noted) if number > noted => Kind::LostBehind,
            _ => Kind::Lost,
        };
        let (all, found) = (ledger.answers.len(), found.join(","));
        return Err(Outcome::new(kind, format!("of {all} acknowledged, command {number} is not there: `{found}`")));
    }
    let mut number = ledger.next();
    loop {
        let found: Vec<&str> = lines.by_ref().take(load::events(number)).collect();
        if found.is_empty() {
            return Ok(());
        }
        let id = format!("\"command_id\":\"{}\"", load::id(number));
        if found.len() < load::events(number) || found.iter().any(|event| !event.contains(&id)) {
            return Err(Outcome::new(Kind::Wrong, format!("command {number} is there in part: {found:?}")));
        }
        number += 1;
    }
}

/// Repeated ids answer as the first time, and the next commands are taken.
fn goes_on(data: &Path, ledger: &mut Ledger) -> Result<(), Outcome> {
    let repeated = ledger.repeated();
    let further = ledger.next()..ledger.next() + FURTHER;
    let lines: Vec<String> = repeated.iter().copied().chain(further).map(load::command).collect();
    let session = Session::start(program::program(data, "default"), lines.into_iter(), false);
    let (answers, said) = session.end();
    opened(&said)?;
    let mut answers = answers.into_iter();
    for (number, answer) in repeated.iter().zip(answers.by_ref()) {
        repeats(ledger, *number, &answer)?;
    }
    for answer in answers {
        ledger.take(answer)?;
    }
    Ok(())
}

/// That this is the first answer again.
pub fn repeats(ledger: &Ledger, number: usize, answer: &str) -> Result<(), Outcome> {
    let first = &ledger.answers[number - 1];
    if !answer.contains("\"replayed\":true") {
        return Err(Outcome::new(Kind::Lost, format!("command {number} is not known any more: `{answer}`")));
    }
    if once(answer).as_ref() != Some(first) {
        return Err(Outcome::new(Kind::Wrong, format!("command {number}: first `{first}`, then `{answer}`")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: usize, id: usize) -> String {
        format!("{{\"command_id\":\"n{id}\",\"position\":{number}}}")
    }

    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        for number in 1..=3 {
            let event = event(number, number);
            let answer =
                format!("{{\"status\":\"accepted\",\"position\":{number},\"events\":[{event}],\"warnings\":[]}}");
            ledger.take(answer).expect("it is right");
        }
        ledger
    }

    fn kind(of: Result<(), Outcome>) -> Option<Kind> {
        of.err().map(|outcome| outcome.kind)
    }

    #[test]
    fn a_judge_tells_all_that_was_promised_from_less_and_from_something_else() {
        let log = |ids: &[usize]| {
            let lines: Vec<String> = ids.iter().enumerate().map(|(before, &id)| event(before + 1, id)).collect();
            kind(of_log(&lines.join("\n"), &ledger()))
        };
        assert_eq!(log(&[1, 2, 3]), None);
        assert_eq!(log(&[1, 2, 3, 4, 4, 5]), None);
        assert_eq!(log(&[1, 2, 3, 4]), Some(Kind::Wrong), "half of a command");
        assert_eq!(log(&[1, 2]), Some(Kind::Lost));
        assert_eq!(log(&[1, 3, 2]), Some(Kind::Wrong));
        assert_eq!(log(&[1, 2, 3, 5]), Some(Kind::Wrong));
    }

    #[test]
    fn an_answer_that_is_new_the_second_time_is_a_loss() {
        let mut ledger = ledger();
        let first = ledger.answers[1].clone();
        assert_eq!(kind(repeats(&ledger, 2, &first)), Some(Kind::Lost));
        let again = first.replacen("\"warnings\":[]", "\"warnings\":[],\"replayed\":true", 1);
        assert_eq!(kind(repeats(&ledger, 2, &again)), None);
        assert_eq!(kind(repeats(&ledger, 1, &again)), Some(Kind::Wrong));
        assert_eq!(kind(ledger.take(first)), Some(Kind::Wrong), "the position is taken");
    }
}
