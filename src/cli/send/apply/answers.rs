//! What is told of each line, and of all of them in the end.
//!
//! For people: refusals and warnings, a line each on standard error; accepted lines only with `-v`, or where they are
//! the answer, in a dry run. For programs: an answer for each line on standard output. A summary is the last word.

use crate::cli::args::OutputForm;
use crate::cli::exit::Failure;
use crate::cli::printer::{Printer, json};
use crate::cli::send::answer::{self, HEADER};
use crate::cli::send::erased;
use crate::engine::{Accepted, Answer, How};
use caseward_events::{Code, Position, Refusal, Subject};
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::fmt;

/// Lines that are named in a summary; of more, the first.
const LINES_NAMED: usize = 10;

/// Lines of one code that are shown to people; more of the same are counted.
const TOLD_OF_A_CODE: u64 = 10;

/// A line that was sent.
pub struct Sent {
    /// Its number, from 1.
    pub number: u64,
    /// The bytes up to its end.
    pub end: u64,
    /// Its length in whole KiB.
    pub kib: u32,
    /// The name of its command, where it is one.
    pub command: Option<&'static str>,
    /// The same of one that was to take access away.
    pub taking_away: Option<&'static str>,
}

/// The report on a run: each answer as it comes, and the counts at the end.
pub struct Report<'a> {
    printer: &'a mut Printer,
    bar: ProgressBar,
    how: How,
    tally: Tally,
    /// How many lines of each code came.
    told: BTreeMap<String, u64>,
    /// The last line whose command is decided, and stored if it was accepted.
    last: u64,
    /// Who was erased, the first of them.
    erased: Vec<(Subject, Position)>,
    stopped_at: Option<u64>,
}

impl<'a> Report<'a> {
    /// With a bar, where it is known how many bytes there are.
    pub fn begin(printer: &'a mut Printer, how: How, bytes: Option<u64>) -> Result<Report<'a>, Failure> {
        let bar = bytes.map_or_else(ProgressBar::hidden, |bytes| printer.bar_of_bytes("sending", bytes));
        match printer.form() {
            OutputForm::Json => printer.text("[")?,
            OutputForm::Csv => printer.row([&["line"], HEADER.as_slice()].concat())?,
            OutputForm::Human | OutputForm::Jsonl => {}
        }
        Ok(Report {
            printer,
            bar,
            how,
            tally: Tally::default(),
            told: BTreeMap::new(),
            last: 0,
            erased: Vec::new(),
            stopped_at: None,
        })
    }

    pub fn answer(&mut self, sent: &Sent, answer: &Answer) -> Result<(), Failure> {
        let first = self.tally.lines == 0;
        self.count(sent, answer);
        self.bar.set_position(sent.end);
        match self.printer.form() {
            OutputForm::Human => self.tell(sent, answer),
            OutputForm::Jsonl => self.printer.json(answer),
            OutputForm::Json => {
                let before = if first { "\n" } else { ",\n" };
                self.printer.text(format_args!("{before}{}", json(answer)))
            }
            OutputForm::Csv => {
                let number = [sent.number.to_string()];
                self.printer.row([number.as_slice(), &answer::record(answer)].concat())
            }
        }
    }

    fn tell(&mut self, sent: &Sent, answer: &Answer) -> Result<(), Failure> {
        match answer {
            Answer::Accepted(accepted) => self.tell_accepted(sent, accepted),
            Answer::Refused(refusal) => {
                self.tell_refused(sent, refusal);
                Ok(())
            }
        }
    }

    fn tell_accepted(&mut self, sent: &Sent, accepted: &Accepted) -> Result<(), Failure> {
        let words = || format!("{sent}: {}", answer::words(accepted));
        if self.how.dry_run {
            self.printer.line(words())?;
        } else {
            self.bar.suspend(|| self.printer.detail(words()));
        }
        for warning in &accepted.warnings {
            let line = format!("{sent}: {}", answer::warning_words(warning));
            if self.is_among_the_first(warning.code()) {
                self.bar.suspend(|| self.printer.note(line));
            } else {
                self.bar.suspend(|| self.printer.detail(line));
            }
        }
        Ok(())
    }

    /// Of a batch that was not applied the one line that is the cause, and the others only where more is asked for.
    fn tell_refused(&mut self, sent: &Sent, refusal: &Refusal) {
        let line = format!("{sent}: refused: {refusal}");
        let is_shown = self.is_among_the_first(refusal.code.name());
        self.bar.suspend(|| match refusal.code {
            Code::BatchRefused => self.printer.detail(line),
            _ if is_shown => self.printer.complaint(line),
            _ => self.printer.detail(line),
        });
        if let Some(hint) = &refusal.hint {
            self.bar.suspend(|| self.printer.detail(format_args!("  hint: {hint}")));
        }
    }

    /// Whether a line of this code is shown: the first of each are, and that the others are only counted is said once.
    fn is_among_the_first(&mut self, code: &str) -> bool {
        let told = self.told.entry(code.to_owned()).or_default();
        *told += 1;
        if *told == TOLD_OF_A_CODE + 1 {
            let note = format!("more lines with `{code}` are only counted; -v shows all, --output jsonl answers each");
            self.bar.suspend(|| self.printer.note(note));
        }
        *told <= TOLD_OF_A_CODE
    }

    /// Counts an answer, whether anybody will read it or not.
    pub fn count(&mut self, sent: &Sent, answer: &Answer) {
        self.tally.count(answer);
        if answer.refusal().is_some()
            && let Some(command) = sent.taking_away
        {
            self.tally.count_kept(sent.number, command);
        }
        self.last = sent.number;
        if self.erased.len() < LINES_NAMED {
            self.erased.extend(erased::by(answer));
        }
    }

    /// Who was erased, the first of them, each with its event.
    pub fn erased(&mut self) -> Vec<(Subject, Position)> {
        std::mem::take(&mut self.erased)
    }

    /// The last line that was counted.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// That nothing was sent behind the last line that was counted, before the input came to its end.
    pub fn stopped(&self, why: &str) -> Failure {
        let (last, next) = (self.last, self.last + 1);
        let error = anyhow::anyhow!("stopped {why} after line {last}; later lines were not sent");
        Failure::fault(error).hint(format!(
            "send line {next} and later ones; lines that have an `id` may be sent again, and answer as they did the first time"
        ))
    }

    /// No line behind this one was sent.
    pub fn stopped_at(&mut self, sent: &Sent) {
        self.stopped_at = Some(sent.number);
    }

    /// Sends on what was printed.
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.printer.flush()
    }

    /// Whether whoever read the answers has gone.
    pub fn nobody_reads(&self) -> bool {
        self.printer.is_closed()
    }

    pub fn any_refused(&self) -> bool {
        !self.tally.refused.is_empty()
    }

    /// Whether access that was to be taken away is kept, since the line was refused.
    pub fn any_access_kept(&self) -> bool {
        self.tally.kept > 0
    }

    /// Closes what was begun, and sums up; a failure before the first answer speaks for itself.
    pub fn end(&mut self, head: Option<Position>, complete: bool) -> Result<(), Failure> {
        self.bar.finish_and_clear();
        if self.printer.form() == OutputForm::Json {
            self.printer.text(if self.tally.lines == 0 { "]\n" } else { "\n]\n" })?;
        }
        self.printer.flush()?;
        if let Some(line) = self.stopped_at {
            self.printer.note(format_args!("stopped at line {line}: later lines were not sent"));
            self.printer.note("  hint: run it again without --strict; known ids answer as they did the first time");
        }
        if !complete && self.tally.lines == 0 {
            return Ok(());
        }
        if let Some(kept) = self.tally.kept_words() {
            self.printer.note(kept);
        }
        let dry_run = if self.how.dry_run { "dry run, nothing recorded: " } else { "" };
        let head = head.map(|head| format!("; position {head}")).unwrap_or_default();
        self.printer.note(format_args!("{dry_run}{}{head}", self.tally));
        Ok(())
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.number)?;
        self.command.map_or(Ok(()), |command| write!(f, ": {command}"))
    }
}

/// How many lines ended how.
#[derive(Default)]
struct Tally {
    lines: u64,
    accepted: u64,
    unchanged: u64,
    replayed: u64,
    warnings: usize,
    refused: BTreeMap<Code, u64>,
    /// Of those, lines that were to take access away.
    kept: u64,
    /// The same by command, and the first of their numbers.
    kept_by: BTreeMap<&'static str, u64>,
    kept_lines: Vec<u64>,
}

impl Tally {
    fn count_kept(&mut self, line: u64, command: &'static str) {
        self.kept += 1;
        *self.kept_by.entry(command).or_default() += 1;
        if self.kept_lines.len() < LINES_NAMED {
            self.kept_lines.push(line);
        }
    }

    /// What was refused that was to take access away: before all else, as somebody keeps what they should not have.
    fn kept_words(&self) -> Option<String> {
        let by: Vec<_> = self.kept_by.iter().map(|(command, count)| format!("{count} {command}")).collect();
        let lines: Vec<_> = self.kept_lines.iter().map(u64::to_string).collect();
        let more = if self.kept > self.kept_lines.len() as u64 { ", ..." } else { "" };
        let words = format!("refused, so nothing was taken away: {} (lines {}{more})", by.join(", "), lines.join(", "));
        (self.kept > 0).then_some(words)
    }

    fn count(&mut self, answer: &Answer) {
        self.lines += 1;
        match answer {
            Answer::Refused(refusal) => *self.refused.entry(refusal.code).or_default() += 1,
            Answer::Accepted(accepted) => {
                self.warnings += accepted.warnings.len();
                *match accepted {
                    Accepted { replayed: true, .. } => &mut self.replayed,
                    Accepted { events, .. } if events.is_empty() => &mut self.unchanged,
                    _ => &mut self.accepted,
                } += 1;
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count| if count == 1 { "" } else { "s" };
        write!(f, "{} line{}: {} accepted", self.lines, plural(self.lines), self.accepted)?;
        for (count, what) in [(self.unchanged, "unchanged"), (self.replayed, "replayed")] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        if self.warnings > 0 {
            write!(f, ", {} warning{}", self.warnings, plural(self.warnings as u64))?;
        }
        write!(f, ", {} refused", self.refused.values().sum::<u64>())?;
        let by_code: Vec<_> = self.refused.iter().map(|(code, count)| format!("{count} {code}")).collect();
        if by_code.is_empty() { Ok(()) } else { write!(f, " ({})", by_code.join(", ")) }
    }
}
