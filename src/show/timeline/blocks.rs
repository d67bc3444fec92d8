//! A timeline in a terminal: a line a subject, a column a part of the time, blocks for what was held in it.
//!
//! INVARIANT: no line is wider than asked. A column in which something changes never looks like one in which nothing
//! does.

use super::axis::clear;
use super::fit_text::{apart, shortened, width};
use super::picture::{BandLane, Bar, Lane, Lanes, Picture, said_of};
use crate::show::phrasing;
use caseward_events::answer::OverlayKind;
use caseward_events::{Action, Timestamp};

/// What the blocks mean.
#[must_use]
pub fn key(picture: &Picture, a_line_a_right: bool) -> String {
    let mut key = match a_line_a_right {
        true => "█ held  ▓ held for part of the column  → continues".to_owned(),
        false => "█ write  ▄ read  ▓ ░ for part of the column  → continues".to_owned(),
    };
    if picture.bands.iter().any(|lane| lane.kind == OverlayKind::Restriction) {
        key.push_str("  · restricted");
    }
    // A line of their own, so that neither is wider than a terminal.
    let events = (!picture.marks.is_empty()).then_some("╵ event  ┃ several events");
    let bands = (!picture.bands.is_empty()).then_some("├─┤ for that time");
    let beside: Vec<_> = events.into_iter().chain(bands).collect();
    if beside.is_empty() { key } else { format!("{key}\n{}", beside.join("  ")) }
}

/// Names have a third of the line, and no less than this.
const LABEL_MAX: usize = 24;

/// How much of a column something takes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Filled {
    Not,
    Partly,
    Wholly,
}

/// Lines for the axis, the bands, the events and the subjects.
#[must_use]
pub fn lines(picture: &Picture, columns: usize, a_line_a_right: bool) -> Vec<String> {
    let label = picture.rows.iter().map(|row| width(&row.label)).max().unwrap_or(0);
    let bands = picture.bands.iter().map(|lane| said_of(lane.kind).len()).max().unwrap_or(0);
    let words = picture.rows.iter().flat_map(|row| &row.lanes).map(|lane| lane.word.len()).max();
    let words = if a_line_a_right { words.unwrap_or(0) + 2 } else { 0 };
    let label = label.max(bands).clamp(8, LABEL_MAX.min(columns * 2 / 5).max(columns / 3));
    let names: Vec<String> = picture.rows.iter().map(|row| row.label.clone()).collect();
    let names = apart(&names, label);
    // One column is left for what goes on.
    let cells = columns.saturating_sub(label + 2 + words + 1).max(16);
    let blocks = Blocks { picture, label, words, cells };
    let head = blocks.axis().into_iter().chain(picture.bands.iter().map(|lane| blocks.band(lane)));
    let head = head.chain(blocks.marks());
    head.chain(picture.rows.iter().zip(&names).flat_map(|(row, name)| blocks.row(row, name, a_line_a_right))).collect()
}

struct Blocks<'a> {
    picture: &'a Picture,
    label: usize,
    words: usize,
    cells: usize,
}

impl Blocks<'_> {
    fn begun(&self, label: &str, word: &str) -> String {
        let label = shortened(label, self.label);
        let (after, behind) = (self.label + 2 - width(&label), self.words - word.len());
        format!("{label}{}{word}{}", " ".repeat(after), " ".repeat(behind))
    }

    /// In cells from the left.
    fn at(&self, time: Timestamp) -> f64 {
        self.picture.scale.share(time) * self.cells as f64
    }

    fn cell(&self, time: Timestamp) -> usize {
        (0..self.cells).take_while(|cell| (*cell + 1) as f64 <= self.at(time)).count().min(self.cells - 1)
    }

    /// Texts at instants, those that stand clear.
    fn written(&self, texts: &[(Timestamp, String)]) -> String {
        let line = (self.cells + 1) as f64;
        let wanted: Vec<_> = texts
            .iter()
            .map(|(time, text)| {
                let long = width(text) as f64;
                (self.cell(*time) as f64 + long / 2.0, long)
            })
            .collect();
        let mut out = String::new();
        for ((_, text), begin) in texts.iter().zip(clear(&wanted, 1.0, line)) {
            if let Some(begin) = begin {
                let blanks = (0..=self.cells).take_while(|at| (*at as f64) < begin.floor()).count();
                out.push_str(&" ".repeat(blanks.saturating_sub(width(&out))));
                out.push_str(text);
            }
        }
        out
    }

    fn axis(&self) -> Vec<String> {
        let ticks = self.picture.scale.ticks(self.cells);
        let within = ticks.iter().filter_map(|tick| Some((tick.at, tick.within.clone()?)));
        let within = self.written(&within.collect::<Vec<_>>());
        let labels = self.written(&ticks.iter().map(|tick| (tick.at, tick.label.clone())).collect::<Vec<_>>());
        let mut line: Vec<char> = vec!['─'; self.cells];
        for tick in &ticks {
            line[self.cell(tick.at)] = '┬';
        }
        let mut line: String = line.into_iter().collect();
        line.push(if self.picture.unchanged_until.is_some() { '…' } else { '─' });
        let first = (!within.is_empty()).then(|| self.begun("", "") + &within);
        first.into_iter().chain([self.begun("UTC", "") + &labels, self.begun("", "") + &line]).collect()
    }

    fn filled(&self, spans: impl Iterator<Item = (Timestamp, Option<Timestamp>)>) -> Vec<Filled> {
        let mut share = vec![0.0_f64; self.cells];
        for (from, until) in spans {
            let begin = self.at(from);
            let end = until.map_or(self.cells as f64, |until| self.at(until));
            for (cell, share) in share.iter_mut().enumerate().skip(self.cell(from)) {
                let (left, right) = (begin.max(cell as f64), end.min((cell + 1) as f64));
                if left > end {
                    break;
                }
                // Something that is too short to measure is still there.
                *share += (right - left).max(if left <= right && cell == self.cell(from) { 1e-9 } else { 0.0 });
            }
        }
        let filled = |share: &f64| match share {
            whole if *whole > 1.0 - 1e-6 => Filled::Wholly,
            part if *part > 0.0 => Filled::Partly,
            _ => Filled::Not,
        };
        share.iter().map(filled).collect()
    }

    fn band(&self, lane: &BandLane) -> String {
        let spans = lane.bands.iter().map(|band| (band.from, band.until));
        let filled = self.filled(spans).into_iter();
        let mut cells: Vec<char> = filled.map(|filled| if filled == Filled::Not { ' ' } else { '─' }).collect();
        for band in &lane.bands {
            let number = band.events.first().map_or_else(String::new, |event| format!("#{event}"));
            let begin = self.cell(band.from) + 1;
            let end = band.until.map_or(self.cells, |until| self.cell(until));
            cells[self.cell(band.from)] = '├';
            if let Some(until) = band.until {
                cells[self.cell(until)] = '┤';
            }
            if begin + number.len() < end {
                number.chars().enumerate().for_each(|(index, digit)| cells[begin + index] = digit);
            }
        }
        let on = lane.bands.iter().any(|band| band.until.is_none());
        let cells: String = cells.into_iter().chain(on.then_some('→')).collect();
        (self.begun(said_of(lane.kind), "") + &cells).trim_end().to_owned()
    }

    fn marks(&self) -> Vec<String> {
        if self.picture.marks.is_empty() {
            return Vec::new();
        }
        let mut numbers: Vec<(Timestamp, String)> = Vec::new();
        let mut cells = vec![' '; self.cells];
        for mark in &self.picture.marks {
            let cell = self.cell(mark.time);
            if cells[cell] == ' ' {
                numbers.push((mark.time, format!("#{}", mark.position)));
            }
            cells[cell] = if cells[cell] == ' ' { '╵' } else { '┃' };
        }
        let cells: String = cells.into_iter().collect();
        vec![self.begun("events", "") + &self.written(&numbers), (self.begun("", "") + &cells).trim_end().to_owned()]
    }

    fn row(&self, row: &Lanes, name: &str, a_line_a_right: bool) -> Vec<String> {
        if !a_line_a_right {
            return vec![self.line(name, "", &row.lanes.iter().collect::<Vec<_>>())];
        }
        let line = |(index, lane): (usize, &Lane)| {
            let subject = if index == 0 { name } else { "" };
            self.line(subject, &lane.word, &[lane])
        };
        row.lanes.iter().enumerate().map(line).collect()
    }

    /// Reading is half as high as everything else.
    fn line(&self, subject: &str, word: &str, lanes: &[&Lane]) -> String {
        let of = |lane: &&Lane| self.filled(lane.bars.iter().map(|bar: &Bar| (bar.from, bar.until)));
        let (low, high): (Vec<&Lane>, Vec<&Lane>) =
            lanes.iter().partition(|lane| word.is_empty() && lane.action == Action::Read);
        let none = || vec![Filled::Not; self.cells];
        let (low, high) = (low.first().map_or_else(none, of), high.first().map_or_else(none, of));
        let restricted = self.picture.bands.iter().filter(|lane| lane.kind == OverlayKind::Restriction);
        let bands = restricted.flat_map(|lane| lane.bands.iter().map(|band| (band.from, band.until)));
        let block = |((high, low), behind): ((Filled, Filled), Filled)| match (high, low, behind) {
            (Filled::Wholly, ..) => '█',
            (Filled::Partly, ..) => '▓',
            (_, Filled::Wholly, _) => '▄',
            (_, Filled::Partly, _) => '░',
            (.., Filled::Not) => ' ',
            _ => '·',
        };
        let cells: String = high.into_iter().zip(low).zip(self.filled(bands)).map(block).collect();
        let on = lanes.iter().flat_map(|lane| lane.bars.last()).any(|bar| bar.until.is_none());
        let line = format!("{}{cells}{}", self.begun(subject, word), if on { "→" } else { "" });
        line.trim_end().to_owned()
    }
}

/// What the numbers stand for.
#[must_use]
pub fn told(picture: &Picture) -> Vec<String> {
    let line = |one: &super::picture::ListedEvent| {
        let number = format!("{:<5} ", format!("#{}", one.position));
        let indent = " ".repeat(number.chars().count());
        phrasing::wrapped(&format!("{number}{}  ", phrasing::minute(one.time)), &indent, &one.what)
    };
    picture.listed.iter().map(line).collect()
}
