//! A timeline as an SVG document that stands for itself: no script, no font, no file beside it. Sizes are in units of
//! the drawing, so that text grows with it.
//!
//! INVARIANT: no two texts overlap, whatever is drawn: what has no room is left out, and stands in the list of events
//! below and in the `<title>` of its bar or mark. Nothing is told by colour alone.

use super::axis::{Tick, clear};
use super::colours::STYLE;
use super::elements::Ink;
use super::fit_text::{SMALL, TEXT, TITLE, apart, broken, letters, wide, width};
use super::picture::{Bar, Lane, Lanes, Mark, Picture, said_of};
use crate::show::{escape, phrasing};
use caseward_events::answer::{Overlay, OverlayKind};
use caseward_events::{Action, Timestamp};

const WIDTH: f64 = 1_200.0;
/// Of a part of a picture, on a page of paper: narrower, so that its text is large enough there, and no higher than that.
const PART_WIDTH: f64 = 860.0;
const PART_HEIGHT: f64 = 1_120.0;
/// Of the first part, which stands below other things.
const FIRST_HEIGHT: f64 = 680.0;
const MARGIN: f64 = 24.0;
/// Between the words at the left and the first instant.
const GAP: f64 = 18.0;
/// Behind the last instant: for the arrows.
const BEHIND: f64 = 40.0;
/// Letters of a name at the left of a picture that stands for itself, and of a part of one on paper.
const LABEL_LETTERS_MAX: usize = 44;
const PART_LABEL_LETTERS_MAX: usize = 26;

const LANE: f64 = 15.0;
const LANE_GAP: f64 = 3.0;
const ROW_PADDING: f64 = 4.0;
/// So many rows below each other have the axis again.
const ROWS_AN_AXIS: usize = 40;
const AXIS: f64 = 34.0;
/// Marks that lie nearer than this are one.
const MARK_APART: f64 = 5.0;
/// Events that are listed below.
const TOLD_MAX: usize = 500;

/// How wide a swatch of the legend is, and how far its lines are apart.
const LEGEND: f64 = 22.0;
const LEGEND_LINE: f64 = 20.0;

/// What the numbers and words on a bar are.
const KEY: &str = "on a bar: the event that opened it, what gave the right – the event that closed it";

/// The words around the picture.
pub struct Words<'a> {
    /// Above it.
    pub title: &'a str,
    /// Below the title.
    pub under: &'a [String],
    /// Below everything.
    pub foot: &'a [String],
}

/// The document.
#[must_use]
pub fn document(picture: &Picture, words: &Words<'_>) -> String {
    let mut sheet = Sheet::of(picture, WIDTH);
    sheet.head(words);
    sheet.legend();
    sheet.axis();
    sheet.bands();
    sheet.marks();
    sheet.rows(&picture.rows, 0);
    sheet.told();
    sheet.foot(words);
    let described = words.under.join(" ");
    format!("{PROLOG}\n{}", sheet.whole(&Names { part: String::new(), title: words.title, described: &described }))
}

const PROLOG: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

/// The same without words around it, for a document of pages: parts with an axis each, that fit on one.
#[must_use]
pub fn parts(picture: &Picture, title: &str) -> Vec<String> {
    let mut left = picture.rows.as_slice();
    let mut parts = Vec::new();
    while parts.is_empty() || !left.is_empty() {
        let mut sheet = Sheet::of(picture, PART_WIDTH);
        sheet.y = 6.0;
        sheet.ink.links = true;
        if parts.is_empty() {
            sheet.legend();
        }
        sheet.axis();
        sheet.bands();
        sheet.marks();
        let room = if parts.is_empty() { FIRST_HEIGHT } else { PART_HEIGHT } - sheet.y - AXIS;
        let mut filled = 0.0;
        let fits = |row: &&Lanes| {
            filled += high(row);
            filled <= room
        };
        // One that is higher than a page has one for itself.
        let count = left.iter().take_while(fits).count().clamp(left.len().min(1), ROWS_AN_AXIS);
        let (rows, rest) = left.split_at(count);
        sheet.rows(rows, picture.rows.len() - left.len());
        sheet.y += 8.0;
        let part = format!("-{}", parts.len() + 1);
        parts.push(sheet.whole(&Names { part, title, described: "The tables below say the same in words." }));
        left = rest;
    }
    parts
}

fn high(row: &Lanes) -> f64 {
    2.0 * ROW_PADDING + row.lanes.len() as f64 * (LANE + LANE_GAP) - LANE_GAP
}

/// What a drawing is called, where it stands beside others.
struct Names<'a> {
    /// Behind every name that is used once in a document.
    part: String,
    title: &'a str,
    described: &'a str,
}

/// A part of the height over which time runs.
struct Sheet<'a> {
    picture: &'a Picture,
    /// What each row is called, cut so that no two look alike.
    names: Vec<String>,
    ticks: Vec<Tick>,
    /// What lies under everything else, and the rest.
    under: Ink,
    ink: Ink,
    /// How far down it is drawn.
    y: f64,
    wide: f64,
    left: f64,
    right: f64,
    word_left: f64,
}

impl<'a> Sheet<'a> {
    fn of(picture: &'a Picture, full: f64) -> Sheet<'a> {
        let subjects = picture.rows.iter().map(|row| width(&row.label));
        let most = if full < WIDTH { PART_LABEL_LETTERS_MAX } else { LABEL_LETTERS_MAX };
        let label = subjects.max().unwrap_or(0).clamp(8, most);
        let names = apart(&picture.rows.iter().map(|row| row.label.clone()).collect::<Vec<_>>(), label);
        let lanes = picture.rows.iter().flat_map(|row| &row.lanes).map(|lane| lane.word.as_str());
        let bands = picture.bands.iter().map(|lane| said_of(lane.kind));
        let word = lanes.map(|name| wide(name, SMALL)).fold(wide("write", SMALL), f64::max);
        let beside = bands.map(|name| wide(name, TEXT)).fold(0.0, f64::max);
        let word_left = MARGIN + wide(&"x".repeat(label), TEXT) + GAP;
        let left = (word_left + word + GAP).max(MARGIN + beside + GAP);
        let right = full - MARGIN - BEHIND;
        let ticks = picture.scale.ticks(letters(right - left, SMALL));
        let (under, ink) = (Ink::default(), Ink::default());
        Sheet { picture, names, ticks, under, ink, y: MARGIN, wide: full, left, right, word_left }
    }

    fn x(&self, at: Timestamp) -> f64 {
        self.left + self.picture.scale.share(at) * (self.right - self.left)
    }

    fn head(&mut self, words: &Words<'_>) {
        self.y += TITLE;
        for line in broken(words.title, letters(self.wide - 2.0 * MARGIN, TITLE)) {
            self.ink.text("title", (MARGIN, self.y), &line);
            self.y += TITLE * 1.25;
        }
        for line in words.under {
            self.lines("text", TEXT, line);
        }
        self.y += 8.0;
    }

    /// A text on as many lines as it needs.
    fn lines(&mut self, class: &str, size: f64, text: &str) {
        for line in broken(text, letters(self.wide - 2.0 * MARGIN, size)) {
            self.ink.text(class, (MARGIN, self.y), &line);
            self.y += size * 1.4;
        }
    }

    /// What each form stands for, with one of it beside its words.
    fn legend(&mut self) {
        let picture = self.picture;
        let lanes = || picture.rows.iter().flat_map(|row| &row.lanes);
        let (mut x, top) = (MARGIN, self.y);
        let mut put = |sheet: &mut Self, draw: &dyn Fn(&mut Self, f64, f64), words: &str| {
            let swatch = if words == KEY { 0.0 } else { LEGEND + 6.0 };
            let long = swatch + wide(words, SMALL) + 18.0;
            if x > MARGIN && x + long > sheet.wide - MARGIN {
                (x, sheet.y) = (MARGIN, sheet.y + LEGEND_LINE);
            }
            draw(sheet, x, sheet.y);
            sheet.ink.text("small", (x + swatch, sheet.y + LANE - 4.0), words);
            x += long;
        };
        let rect = |class: &'static str, inset: f64| {
            move |sheet: &mut Self, x: f64, y: f64| {
                sheet.ink.rect(class, (x, y + inset), (LEGEND, LANE - 2.0 * inset), "");
            }
        };
        let is_read = |lane: &Lane| lane.action == Action::Read;
        if lanes().any(|lane| lane.action == Action::Write) {
            put(self, &rect("solid", 0.0), "could write and read");
        } else if lanes().any(|lane| !is_read(lane)) {
            put(self, &rect("solid", 0.0), "held the right");
        }
        if lanes().any(is_read) {
            put(self, &rect("light", 1.5), "could read");
        }
        if picture.bands.iter().any(|lane| lane.kind == OverlayKind::Restriction) {
            put(self, &rect("restriction", 0.0), "restricted");
        }
        if lanes().flat_map(|lane| &lane.bars).any(|bar| bar.expired) {
            let ring = |sheet: &mut Self, x: f64, y: f64| {
                let (x, y) = (x + LEGEND / 2.0, y + LANE / 2.0);
                sheet.ink.raw(format_args!(r#"<circle class="ring" cx="{x:.2}" cy="{y:.1}" r="4"/>"#));
            };
            put(self, &ring, "its window ended");
        }
        let arrow = |sheet: &mut Self, x: f64, y: f64| sheet.arrow(x + 4.0, y + LANE / 2.0);
        put(self, &arrow, "held before or on");
        put(self, &|_, _, _| {}, KEY);
        self.y = self.y.max(top) + LEGEND_LINE + 4.0;
    }

    /// Ticks with their labels, and a line for each through what follows.
    fn axis(&mut self) {
        let (left, right) = (self.left, self.right);
        let of = |text: &str, tick: &Tick| (self.x(tick.at) - left, wide(text, SMALL));
        let within: Vec<&Tick> = self.ticks.iter().filter(|tick| tick.within.is_some()).collect();
        let words = |tick: &Tick| tick.within.clone().unwrap_or_default();
        let outer: Vec<_> = within.iter().map(|tick| of(&words(tick), tick)).collect();
        let inner: Vec<_> = self.ticks.iter().map(|tick| of(&tick.label, tick)).collect();
        for (tick, place) in within.iter().zip(clear(&outer, 8.0, right - left + BEHIND)) {
            if let Some(begin) = place {
                self.ink.text("small", (left + begin, self.y + 10.0), &words(tick));
            }
        }
        for (tick, place) in self.ticks.iter().zip(clear(&inner, 6.0, right - left + BEHIND)) {
            if let Some(begin) = place {
                self.ink.text("small", (left + begin, self.y + 22.0), &tick.label);
            }
            let x = self.x(tick.at);
            self.ink.line("axis", (x, self.y + 26.0), (x, self.y + 31.0));
        }
        self.ink.line("axis", (left, self.y + 31.0), (right, self.y + 31.0));
        self.ink.text("small", (MARGIN, self.y + 22.0), "UTC");
        if self.picture.unchanged_until.is_some() {
            self.ink.text("small", (right + 10.0, self.y + 34.0), "···");
        }
        self.y += AXIS;
    }

    /// What lay over everything: a line of its own for each kind.
    fn bands(&mut self) {
        let picture = self.picture;
        for lane in &picture.bands {
            self.ink.text("text", (MARGIN, self.y + LANE), said_of(lane.kind));
            for (index, band) in lane.bands.iter().enumerate() {
                let (begin, end) = self.ends(band);
                let next = lane.bands.get(index + 1).map_or(self.right + BEHIND, |next| self.x(next.from));
                let numbers = band.events.iter().map(|event| format!("#{event}")).collect::<Vec<_>>().join(" – ");
                let until = band.until.map_or_else(|| "and on".to_owned(), |until| format!("until {until}"));
                let sentence = format!("{} from {} {until}: {numbers}", said_of(lane.kind), band.from);
                self.ink.rect("band", (begin, self.y + 4.0), ((end - begin).max(1.0), LANE - 2.0), &sentence);
                if band.until.is_none() {
                    self.arrow(end, self.y + 4.0 + (LANE - 2.0) / 2.0);
                }
                let long = wide(&numbers, SMALL);
                let places = [(begin + 5.0, end), (end + 6.0, if band.until.is_some() { next } else { end })];
                if let Some((x, _)) = places.into_iter().find(|(x, limit)| x + long + 5.0 <= *limit) {
                    self.ink.text("small", (x, self.y + LANE - 1.0), &numbers);
                }
            }
            self.y += LANE + LANE_GAP;
        }
    }

    fn ends(&self, band: &Overlay) -> (f64, f64) {
        (self.x(band.from), band.until.map_or(self.right, |until| self.x(until)))
    }

    /// The events, numbered where there is room.
    fn marks(&mut self) {
        if self.picture.marks.is_empty() {
            self.y += 4.0;
            return;
        }
        let mut groups: Vec<(f64, Vec<&Mark>)> = Vec::new();
        for mark in &self.picture.marks {
            let x = self.x(mark.time);
            match groups.last_mut() {
                Some((first, group)) if x - *first < MARK_APART => group.push(mark),
                _ => groups.push((x, vec![mark])),
            }
        }
        let label = |group: &[&Mark]| match group {
            [first, rest @ ..] if !rest.is_empty() => format!("#{} +{}", first.position, rest.len()),
            [only] => format!("#{}", only.position),
            _ => String::new(),
        };
        let (left, room) = (self.left, self.right - self.left + BEHIND);
        let all: Vec<_> = groups.iter().map(|(x, group)| (x - left, wide(&label(group), SMALL))).collect();
        self.ink.text("text", (MARGIN, self.y + 24.0), "events");
        for ((x, group), place) in groups.iter().zip(clear(&all, 6.0, room)) {
            if let Some(begin) = place {
                self.ink.text("small", (left + begin, self.y + 13.0), &label(group));
            }
            self.ink.line("mark", (*x, self.y + 17.0), (*x, self.y + 27.0));
            let sentence = group.iter().map(|mark| mark.sentence.clone()).collect::<Vec<_>>().join("\n");
            self.ink.rect("pick", (x - 3.0, self.y + 15.0), (6.0, 14.0), &sentence);
        }
        self.y += 34.0;
    }

    /// Rows of the picture, of which the first has this number.
    fn rows(&mut self, all: &[Lanes], first: usize) {
        for (number, rows) in all.chunks(ROWS_AN_AXIS).enumerate() {
            if number > 0 {
                self.axis();
            }
            let top = self.y;
            for (index, row) in rows.iter().enumerate() {
                let name = self.names[first + number * ROWS_AN_AXIS + index].clone();
                self.row(row, &name, index % 2 == 0);
            }
            self.behind(top, self.y);
        }
        if all.is_empty() {
            self.y += TEXT + 6.0;
            self.ink.text("text", (MARGIN, self.y), "nobody held a right in this period");
            self.y += 12.0;
        }
        self.y += 2.0;
        self.axis();
    }

    /// The lines of the ticks and the bands, behind rows from one height to another.
    fn behind(&mut self, top: f64, bottom: f64) {
        for tick in &self.ticks {
            let x = self.x(tick.at);
            self.under.line("grid", (x, top), (x, bottom));
        }
        for lane in &self.picture.bands {
            for band in &lane.bands {
                let (begin, end) = self.ends(band);
                if lane.kind == OverlayKind::Restriction {
                    self.under.rect("restriction", (begin, top), ((end - begin).max(1.0), bottom - top), "");
                }
                self.under.line("edge", (begin, top), (begin, bottom));
                if band.until.is_some() {
                    self.under.line("edge", (end, top), (end, bottom));
                }
            }
        }
    }

    fn row(&mut self, row: &Lanes, name: &str, striped: bool) {
        let high = high(row);
        if striped {
            self.under.rect("zebra", (MARGIN - 6.0, self.y), (self.wide - 2.0 * MARGIN + 12.0, high), "");
        }
        let place = (MARGIN, self.y + ROW_PADDING + LANE - 3.5);
        self.ink.short("text", place, name, &row.label);
        for (index, lane) in row.lanes.iter().enumerate() {
            let y = self.y + ROW_PADDING + index as f64 * (LANE + LANE_GAP);
            self.lane(lane, y);
        }
        self.y += high;
    }

    fn lane(&mut self, lane: &Lane, y: f64) {
        self.ink.text("small", (self.word_left, y + LANE - 4.0), &lane.word);
        let solid = lane.action != Action::Read;
        for (index, bar) in lane.bars.iter().enumerate() {
            let next = lane.bars.get(index + 1).map_or(self.right + BEHIND, |next| self.x(next.from));
            self.bar(bar, y, solid, next);
        }
    }

    /// Reading is light and lower, everything else solid and as high as its line.
    fn bar(&mut self, bar: &Bar, y: f64, solid: bool, next: f64) {
        let (begin, end) = (self.x(bar.from), bar.until.map_or(self.right, |until| self.x(until)));
        let (class, top, high) = if solid { ("solid", y, LANE) } else { ("light", y + 1.5, LANE - 3.0) };
        self.ink.rect(class, (begin, top), ((end - begin).max(1.5), high), &bar.sentence);
        let middle = y + LANE / 2.0;
        if bar.held_before {
            let points = format!(
                "{:.2},{middle:.1} {:.2},{:.1} {:.2},{:.1}",
                begin - 9.0,
                begin - 1.0,
                middle - 5.0,
                begin - 1.0,
                middle + 5.0
            );
            self.ink.raw(format_args!(r#"<polygon class="arrow" points="{points}"/>"#));
        }
        match (bar.until, bar.expired, bar.goes_over) {
            (None, ..) => self.arrow(end, middle),
            (Some(_), true, _) => {
                self.ink.raw(format_args!(r#"<circle class="ring" cx="{end:.2}" cy="{middle:.1}" r="4"/>"#));
            }
            (Some(_), false, true) => self.ink.line("grid", (end, y), (end, y + LANE)),
            (Some(_), false, false) => self.ink.line("end", (end, y), (end, y + LANE)),
        }
        self.bar_words(bar, (begin, end), y, solid, next);
    }

    /// What began it at its left, what ended it at its right: in the bar, or behind it, as much as there is room for.
    fn bar_words(&mut self, bar: &Bar, (begin, end): (f64, f64), y: f64, solid: bool, next: f64) {
        let room = end - begin - 14.0;
        let last = if bar.goes_over && !bar.expired { "" } else { bar.end.as_str() };
        let long = |text: &str| wide(text, SMALL);
        let beside = if last.is_empty() { 0.0 } else { long(last) + 12.0 };
        let is_clear = |text: &str| bar.until.is_some() && !bar.goes_over && end + 18.0 + long(text) <= next;
        let with_last = |first: &str| match last {
            "" => first.to_owned(),
            last => format!("{first} – {last}"),
        };
        let (both, short) = (with_last(&bar.begin), with_last(&bar.opened));
        let (first, last, behind) = if long(&bar.begin) + beside <= room {
            (bar.begin.as_str(), last, "")
        } else if long(&bar.begin) <= room && is_clear(last) {
            (bar.begin.as_str(), "", last)
        } else if is_clear(&both) {
            ("", "", both.as_str())
        } else if long(&bar.opened) + beside <= room {
            (bar.opened.as_str(), last, "")
        } else if long(&bar.opened) > room && is_clear(&short) {
            ("", "", short.as_str())
        } else {
            let fitting = [&bar.begin, &bar.opened].into_iter().find(|text| long(text) <= room);
            (fitting.map_or("", String::as_str), "", "")
        };
        let class = if solid { "in" } else { "on" };
        self.words(class, (begin + 5.0, y), first);
        self.words(class, (end - 8.0 - long(last), y), last);
        self.words("small", (end + 8.0, y), behind);
    }

    /// Words in a lane.
    fn words(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        if !text.is_empty() {
            self.ink.text(class, (x, y + LANE - 4.0), text);
        }
    }

    fn arrow(&mut self, x: f64, middle: f64) {
        let points = format!("{:.2},{middle:.1} {x:.2},{:.1} {x:.2},{:.1}", x + 9.0, middle - 6.0, middle + 6.0);
        self.ink.raw(format_args!(r#"<polygon class="arrow" points="{points}"/>"#));
    }

    /// What the numbers stand for.
    fn told(&mut self) {
        let told = &self.picture.listed;
        if told.is_empty() {
            return;
        }
        self.y += 18.0;
        self.ink.text("text", (MARGIN, self.y), "Events");
        self.y += TEXT * 1.5;
        let number = told.iter().map(|one| one.position.to_string().len() + 1).max().unwrap_or(0);
        for one in told.iter().take(TOLD_MAX) {
            let head = format!("{:number$}  {}  ", format!("#{}", one.position), phrasing::minute(one.time));
            let room = letters(self.wide - 2.0 * MARGIN, SMALL).saturating_sub(head.len());
            for (index, line) in broken(&one.what, room).iter().enumerate() {
                let head = if index == 0 { head.clone() } else { " ".repeat(head.len()) };
                let x = MARGIN + wide(&head, SMALL);
                if index == 0 {
                    self.ink.text("small", (MARGIN, self.y), head.trim_end());
                }
                self.ink.text("small", (x, self.y), line);
                self.y += SMALL * 1.4;
            }
        }
        if told.len() > TOLD_MAX {
            let left = format!("and {} more; see `caseward history`", told.len() - TOLD_MAX);
            self.lines("small", SMALL, &left);
        }
    }

    fn foot(&mut self, words: &Words<'_>) {
        self.y += 16.0;
        for line in words.foot {
            self.lines("small", SMALL, line);
        }
        self.y += MARGIN - 8.0;
    }

    fn whole(self, Names { part, title, described }: &Names<'_>) -> String {
        let (title, described) = (escape::markup(title), escape::markup(described));
        let (wide, high) = (self.wide, self.y.ceil());
        // A picture that stands for itself opens as large as it is drawn; one of a document is as wide as that.
        let size = if part.is_empty() { format!(r#" width="{wide}" height="{high}""#) } else { String::new() };
        let beside = if part.is_empty() { "" } else { r#" aria-describedby="changes""# };
        let mut out = Ink::default();
        out.raw(format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg"{size} viewBox="0 0 {wide} {high}" role="img" aria-labelledby="t{part} d{part}"{beside}>"#
        ));
        out.raw(format_args!(r#"<title id="t{part}">{title}</title><desc id="d{part}">{described}</desc>"#));
        out.raw(format_args!("<style>{STYLE}</style>"));
        out.raw(format_args!(r#"<rect class="paper" width="{wide}" height="{high}"/>"#));
        out.drawn.push_str(&self.under.drawn);
        out.drawn.push_str(&self.ink.drawn);
        out.raw("</svg>");
        out.drawn
    }
}
