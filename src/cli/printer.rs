//! The one way out: data to standard output, everything else to standard error.
//!
//! INVARIANT: a closed pipe ends the output and is no error; whoever closed it has read enough.

use crate::cli::args::zone::Zone;
use crate::cli::args::{ColorWhen, CsvCells, Global, OutputForm};
use crate::cli::exit::Failure;
use crate::cli::terminal::Terminal;
use crate::show::escape;
use anstream::{AutoStream, ColorChoice};
use caseward_events::Timestamp;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// From when on progress is shown.
const BAR_AFTER: Duration = Duration::from_millis(500);

/// The one way out: data to stdout, everything else to stderr.
pub struct Printer {
    out: BufWriter<AutoStream<Box<dyn Write + Send>>>,
    err: AutoStream<Box<dyn Write + Send>>,
    terminal: Terminal,
    /// Whether a person reads standard output.
    reads: bool,
    form: OutputForm,
    cells: Cells,
    /// In which zone people read times, and whether a quotation goes on, in which nothing is changed.
    zone: Zone,
    in_quotation: bool,
    quiet: bool,
    verbose: bool,
    closed: bool,
    /// What shows the answer a screen at a time.
    pager: Option<Child>,
}

/// How texts stand in the cells of a table.
#[derive(Clone, Copy, Debug)]
pub struct Cells {
    /// A spreadsheet must not compute them.
    guarded: bool,
    /// A terminal shows them, and would obey some.
    shown: bool,
}

/// Styles for people; stripped where there is no terminal.
pub mod style {
    /// A yes.
    pub const YES: &str = "\x1b[32m";
    /// A no.
    pub const NO: &str = "\x1b[31m";
    /// What stands back.
    pub const DIM: &str = "\x1b[2m";
    /// What stands out.
    pub const BOLD: &str = "\x1b[1m";
    /// Back to plain.
    pub const RESET: &str = "\x1b[0m";
}

impl Printer {
    #[must_use]
    pub fn new(global: &Global, terminal: &Terminal) -> Printer {
        let nature = terminal.nature();
        let [choice, for_errors] = [nature.colours, nature.colours_errors].map(|takes| match global.color {
            ColorWhen::Auto => coloured(takes),
            ColorWhen::Always => ColorChoice::AlwaysAnsi,
            ColorWhen::Never => ColorChoice::Never,
        });
        // Only the form for people has styles to strip; the others go out byte for byte.
        let data = if global.output == OutputForm::Human { choice } else { ColorChoice::AlwaysAnsi };
        Printer {
            out: BufWriter::new(AutoStream::new(terminal.output(), data)),
            err: AutoStream::new(terminal.error(), for_errors),
            terminal: terminal.clone(),
            reads: nature.reads,
            form: global.output,
            cells: Cells { guarded: global.csv == CsvCells::Quoted, shown: nature.reads },
            zone: global.when.tz,
            in_quotation: false,
            quiet: global.quiet,
            verbose: global.verbose,
            closed: false,
            pager: None,
        }
    }

    /// For what goes wrong before anything was asked for.
    #[must_use]
    pub fn plain(terminal: &Terminal) -> Printer {
        let nature = terminal.nature();
        Printer {
            out: BufWriter::new(AutoStream::new(terminal.output(), coloured(nature.colours))),
            err: AutoStream::new(terminal.error(), coloured(nature.colours_errors)),
            terminal: terminal.clone(),
            reads: nature.reads,
            form: OutputForm::Human,
            cells: Cells::RAW,
            zone: Zone::UTC,
            in_quotation: false,
            quiet: false,
            verbose: false,
            closed: false,
            pager: None,
        }
    }

    /// Shows what is printed from here on a screen at a time, where a person reads it at this terminal. CASEWARD_PAGER or
    /// PAGER names the program; an empty one, or none, and everything is printed as it comes.
    pub fn page(&mut self) {
        if self.form != OutputForm::Human || !self.reads || !self.terminal.is_own() || self.pager.is_some() {
            return;
        }
        let named = ["CASEWARD_PAGER", "PAGER"].into_iter().find_map(std::env::var_os);
        let mut command = match &named {
            None => Command::new("less"),
            Some(pager) if pager.is_empty() || pager == "cat" => return,
            Some(pager) => {
                let mut shell = Command::new("sh");
                shell.arg("-c").arg(pager);
                shell
            }
        };
        if std::env::var_os("LESS").is_none() {
            // What fits on a screen is printed, and colours are colours.
            command.env("LESS", "FRX");
        }
        // Where there is none, everything is printed as it comes.
        let Ok(mut child) = command.stdin(Stdio::piped()).spawn() else { return };
        if let Some(input) = child.stdin.take() {
            let takes = if self.terminal.nature().colours { ColorChoice::AlwaysAnsi } else { ColorChoice::Never };
            self.out = BufWriter::new(AutoStream::new(Box::new(input), takes));
        }
        self.pager = Some(child);
    }

    /// Waits until whoever reads a screen at a time has read enough.
    pub fn end_pages(&mut self) {
        let Some(mut pager) = self.pager.take() else { return };
        let _ = self.out.flush();
        self.out = BufWriter::new(AutoStream::new(self.terminal.output(), ColorChoice::Never));
        // What it ends with says nothing about the answer.
        let _ = pager.wait();
    }

    /// The form of answers.
    #[must_use]
    pub fn form(&self) -> OutputForm {
        self.form
    }

    /// How texts stand in the cells of a table.
    #[must_use]
    pub fn cells(&self) -> Cells {
        self.cells
    }

    /// Whether whoever reads has gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// One line of data.
    ///
    /// # Errors
    /// Standard output cannot be written; a closed pipe is none.
    pub fn line(&mut self, line: impl std::fmt::Display) -> Result<(), Failure> {
        let written = match self.form == OutputForm::Human && !self.zone.is_utc() {
            true => {
                let zoned = zoned(&line.to_string(), self.zone, &mut self.in_quotation);
                writeln!(self.out, "{zoned}")
            }
            false => writeln!(self.out, "{line}"),
        };
        self.judge(written)
    }

    /// Data that brings its own line ends.
    ///
    /// # Errors
    /// As for [`Printer::line`].
    pub fn text(&mut self, text: impl std::fmt::Display) -> Result<(), Failure> {
        let written = write!(self.out, "{text}");
        self.judge(written)
    }

    /// One row of a table (RFC 4180).
    ///
    /// # Errors
    /// As for [`Printer::line`].
    pub fn row(&mut self, fields: impl IntoIterator<Item = impl AsRef<str>>) -> Result<(), Failure> {
        self.line(self.cells.record(fields))
    }

    /// One JSON value on a line of its own.
    ///
    /// # Errors
    /// As for [`Printer::line`].
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        self.line(json(value))
    }

    /// Whole lines of data as they are, sent on their way at once: for whoever prints many.
    ///
    /// # Errors
    /// As for [`Printer::line`].
    pub fn bytes(&mut self, lines: &[u8]) -> Result<(), Failure> {
        self.flush()?;
        let written = self.out.get_mut().write_all(lines);
        self.judge(written)?;
        self.flush()
    }

    /// Sends what was printed on its way.
    ///
    /// # Errors
    /// As for [`Printer::line`].
    pub fn flush(&mut self) -> Result<(), Failure> {
        let flushed = self.out.flush();
        self.judge(flushed)
    }

    fn judge(&mut self, written: io::Result<()>) -> Result<(), Failure> {
        match written {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Err(error) => Err(unwritten(error)),
        }
    }

    /// A word beside the data, unless quiet.
    pub fn note(&mut self, note: impl std::fmt::Display) {
        if !self.quiet {
            self.say(format_args!("{note}\n"));
        }
    }

    /// A word that only `-v` asks for.
    pub fn detail(&mut self, note: impl std::fmt::Display) {
        if self.verbose {
            self.say(format_args!("{note}\n"));
        }
    }

    /// An error beside others, after which the verb goes on: `quiet` does not take it away.
    pub fn complaint(&mut self, complaint: impl std::fmt::Display) {
        self.say(format_args!("{}\n", escape::visible(&complaint.to_string())));
    }

    /// Behind the data that was printed before it, as a terminal shows both.
    fn say(&mut self, text: impl std::fmt::Display) {
        // Nobody can be told that nobody can be told.
        let _ = self.out.flush();
        // In one piece: standard error has no buffer, and a text is formatted piece by piece.
        let _ = self.err.write_all(text.to_string().as_bytes());
    }

    /// What went wrong, why, and what to do next.
    pub fn failure(&mut self, failure: &Failure) {
        let error = failure.error.to_string();
        let mut text = format!("{}error{}: {}\n", style::NO, style::RESET, escape::visible(&error));
        failure.shown.iter().for_each(|line| text.push_str(&format!("    {}\n", escape::visible(line))));
        let causes = failure.error.chain().skip(1).map(|cause| ("caused by", cause.to_string()));
        let notes = failure.notes.iter().map(|note| ("note", note.clone()));
        let hint = failure.hint.iter().map(|hint| ("hint", hint.clone()));
        for (word, more) in causes.chain(notes).chain(hint) {
            text.push_str(&format!("  {word}: {}\n", escape::visible(&more)));
        }
        self.say(text);
    }

    /// A bar for so many bytes. None where data goes to the same terminal, whose lines it would cut.
    #[must_use]
    pub fn bar_of_bytes(&self, what: &'static str, bytes: u64) -> ProgressBar {
        if self.form != OutputForm::Human && self.reads {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}");
        let bar = self.bar(what).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_length(bytes);
        bar
    }

    /// A bar for so many events whose lines go out meanwhile. None where they go to a terminal.
    #[must_use]
    pub fn bar_of_events(&self, what: &'static str, events: u64) -> ProgressBar {
        if self.reads {
            return ProgressBar::hidden();
        }
        let bar = self.bar(what);
        bar.set_length(events);
        bar
    }

    /// A bar on standard error, only on a terminal; it hides itself when done.
    #[must_use]
    pub fn bar(&self, what: &'static str) -> ProgressBar {
        let shown = !self.quiet && self.terminal.is_own() && io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{msg} [{bar:30}] {human_pos}/{human_len} {whole_per_sec} {eta}");
        let whole_per_sec = |state: &ProgressState, to: &mut dyn fmt::Write| {
            // Whoever formats a bar has nobody to tell that it failed.
            let _ = write!(to, "{:.0}/s", state.per_sec());
        };
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.with_key("whole_per_sec", whole_per_sec));
        bar.set_message(what);
        if shown {
            show_later(&bar);
        }
        bar
    }
}

/// Lines with the instants of answers as the clock of a zone shows them. What somebody wrote stands in quotation marks, and
/// stays as it was written.
fn zoned(text: &str, zone: Zone, in_quotation: &mut bool) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        // A line that begins an event or ends an answer is in no quotation, whatever stood in the one before.
        *in_quotation &= !line.trim_start().starts_with('#') && !line.starts_with("position ");
        for (index, part) in line.split('"').enumerate() {
            if index > 0 {
                *in_quotation = !*in_quotation;
                out.push('"');
            }
            if *in_quotation {
                out.push_str(part);
            } else {
                out.push_str(&zoned_part(part, zone));
            }
        }
    }
    out
}

fn zoned_part(part: &str, zone: Zone) -> String {
    const MINUTE: usize = "2024-03-14 09:30Z".len();
    let (mut out, mut rest) = (String::new(), part);
    while let Some(at) = rest.find("-") {
        // The year stands in front of it.
        let begin = at.saturating_sub(4);
        let candidate = rest.get(begin..).unwrap_or_default();
        let whole = candidate.find('Z').and_then(|end| candidate.get(..=end));
        let shown = whole.and_then(|text| {
            if text.len() == MINUTE && text.as_bytes().get(10) == Some(&b' ') {
                let instant: Timestamp = format!("{}:00Z", text.get(..MINUTE - 1)?.replace(' ', "T")).parse().ok()?;
                let written = zone.written(instant)?;
                return Some((text, format!("{} {}{}", written.get(..10)?, written.get(11..16)?, written.get(19..)?)));
            }
            Some((text, zone.written(text.parse().ok()?)?))
        });
        match shown {
            Some((text, written)) => {
                out.push_str(rest.get(..begin).unwrap_or_default());
                out.push_str(&written);
                rest = rest.get(begin + text.len()..).unwrap_or_default();
            }
            None => {
                out.push_str(rest.get(..=at).unwrap_or_default());
                rest = rest.get(at + 1..).unwrap_or_default();
            }
        }
    }
    out + rest
}

fn coloured(takes: bool) -> ColorChoice {
    if takes { ColorChoice::AlwaysAnsi } else { ColorChoice::Never }
}

/// A bar that is done before anybody could read it only flickers.
fn show_later(bar: &ProgressBar) {
    let bar = bar.clone();
    let show = move || {
        std::thread::sleep(BAR_AFTER);
        if !bar.is_finished() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    };
    // Without a thread there is no bar.
    let _ = std::thread::Builder::new().name("caseward-bar".to_owned()).spawn(show);
}

/// That standard output takes nothing.
pub fn unwritten(error: io::Error) -> Failure {
    Failure::fault(anyhow::Error::new(error).context("cannot write to standard output"))
}

/// What answers are made of as JSON, on one line.
#[must_use]
pub fn json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).expect("what is printed has a JSON form")
}

impl Cells {
    /// Texts as they are.
    pub const RAW: Cells = Cells { guarded: false, shown: false };

    /// One row of a table (RFC 4180), without its end.
    #[must_use]
    pub fn record(self, fields: impl IntoIterator<Item = impl AsRef<str>>) -> String {
        let fields: Vec<_> = fields.into_iter().map(|field| quoted(&self.cell(field.as_ref()))).collect();
        fields.join(",")
    }

    fn cell(self, field: &str) -> Cow<'_, str> {
        let is_formula = self.guarded && field.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let field = if is_formula { Cow::Owned(format!("'{field}")) } else { Cow::Borrowed(field) };
        if self.shown { Cow::Owned(escape::visible(&field)) } else { field }
    }
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_unless_programs_ask_for_texts_as_they_are() {
        let texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a=1", "", "'x", "=\"a\",b"];
        let guarded = Cells { guarded: true, shown: false }.record(texts);
        assert_eq!(guarded, "'=1+1,'+1,'-1,'@SUM(A1),'\t=1,\"'\r=1\",a=1,,'x,\"'=\"\"a\"\",b\"");
        assert_eq!(Cells::RAW.record(texts), "=1+1,+1,-1,@SUM(A1),\t=1,\"\r=1\",a=1,,'x,\"=\"\"a\"\",b\"");
    }

    #[test]
    fn instants_are_shown_in_the_zone_and_quotations_are_left_alone() {
        let berlin: Zone = "Europe/Berlin".parse().expect("there is one");
        let mut open = false;
        let shown = zoned("position 168 (2024-03-14T00:00:00Z)", berlin, &mut open);
        assert_eq!(shown, "position 168 (2024-03-14T01:00:00+01:00)");
        let event = "#169  2024-07-14 09:30Z  a-b until 2024-07-29T17:00:00.5Z";
        assert_eq!(
            zoned(event, berlin, &mut open),
            "#169  2024-07-14 11:30+02:00  a-b until 2024-07-29T19:00:00.500+02:00"
        );
        assert_eq!(zoned("  \"due on 2024-03-14T00:00:00Z", berlin, &mut open), "  \"due on 2024-03-14T00:00:00Z");
        assert_eq!(zoned("  and 2024-03-15T00:00:00Z\"", berlin, &mut open), "  and 2024-03-15T00:00:00Z\"");
        assert!(!open);
    }

    #[test]
    fn on_a_terminal_no_cell_moves_the_cursor() {
        let shown = Cells { guarded: true, shown: true };
        assert_eq!(shown.record(["a\u{1b}[31m", "b\u{7}", "c\u{202e}"]), "a\\u{1b}[31m,b\\u{7},c\\u{202e}");
    }
}
