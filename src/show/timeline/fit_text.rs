//! The parts of an SVG document as text: elements with their attributes, everything that was somebody's text escaped.
//!
//! INVARIANT: what comes out is well-formed whatever text goes in; every text is as wide as was reckoned, whatever
//! font draws it, so that what has room is known beforehand.

use super::picture::width;
use std::fmt::{Display, Write};

/// How wide a letter is, in shares of the size of its font: as in most fonts whose letters have one width.
const ADVANCE: f64 = 0.605;

/// What is kept free for it: some programs round the width of letters, and pass over the one that is given.
const ROOM: f64 = 0.64;

/// Of title, text and small text, in units of the drawing.
pub const TITLE: f64 = 20.0;
pub const TEXT: f64 = 12.0;
pub const SMALL: f64 = 10.0;

/// How large the text of each class is.
const SIZES: [(&str, f64); 4] = [("title", TITLE), ("text", TEXT), ("small", SMALL), ("in", SMALL)];

/// A drawing in the making.
#[derive(Default)]
pub struct Ink {
    pub drawn: String,
}

/// How much room a text takes.
#[must_use]
pub fn wide(text: &str, size: f64) -> f64 {
    width(text) as f64 * size * ROOM
}

/// How many letters have room.
#[must_use]
pub fn letters(room: f64, size: f64) -> usize {
    let letters = room.max(0.0) / (size * ROOM);
    (0..4_096).take_while(|count| f64::from(*count) < letters.floor()).count()
}

/// Lines of at most so many letters, broken at blanks, and within a word that is longer than a line.
#[must_use]
pub fn broken(text: &str, letters: usize) -> Vec<String> {
    let letters = letters.max(8);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word = word.to_owned();
        let line = lines.last_mut().expect("there is one");
        let blank = usize::from(!line.is_empty());
        if width(line) + blank + width(&word) <= letters {
            if blank == 1 {
                line.push(' ');
            }
            line.push_str(&word);
            continue;
        }
        while width(&word) > letters {
            let cut: String = word.chars().take(letters / 2).collect();
            word = word.split_off(cut.len());
            lines.push(cut);
        }
        lines.push(word);
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// Text between tags or in an attribute.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            // XML has no way to write these.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            control if control.is_control() => out.push('\u{fffd}'),
            plain => out.push(plain),
        }
    }
    out
}

impl Ink {
    /// Markup as it stands.
    pub fn raw(&mut self, markup: impl Display) {
        let _ = writeln!(self.drawn, "{markup}");
    }

    /// A rectangle of a class, with a sentence for whoever points at it.
    pub fn rect(&mut self, class: &str, (x, y): (f64, f64), (wide, high): (f64, f64), sentence: &str) {
        let title = if sentence.is_empty() { String::new() } else { format!("<title>{}</title>", escaped(sentence)) };
        let place = format!(r#"x="{x:.2}" y="{y:.1}" width="{wide:.2}" height="{high:.1}""#);
        self.raw(format_args!(r#"<rect class="{class}" {place}>{title}</rect>"#));
    }

    /// A straight line of a class.
    pub fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        self.raw(format_args!(r#"<line class="{class}" x1="{x1:.2}" y1="{y1:.1}" x2="{x2:.2}" y2="{y2:.1}"/>"#));
    }

    /// A text of a class, from where it begins on its base line.
    pub fn text(&mut self, class: &str, at: (f64, f64), text: &str) {
        self.letters(class, at, text, "");
    }

    /// A text that stands for a longer one.
    pub fn short(&mut self, class: &str, at: (f64, f64), text: &str, whole: &str) {
        let title = format!("<title>{}</title>", escaped(whole));
        self.letters(class, at, text, &title);
    }

    /// As wide as was reckoned, whatever font there is.
    fn letters(&mut self, class: &str, (x, y): (f64, f64), text: &str, title: &str) {
        let Some(size) = SIZES.iter().find(|(name, _)| *name == class).map(|(_, size)| *size) else {
            unreachable!("every class of text has a size")
        };
        let (long, text) = (width(text) as f64 * size * ADVANCE, escaped(text));
        let fixed = if long > 0.0 {
            format!(r#" textLength="{long:.2}" lengthAdjust="spacingAndGlyphs""#)
        } else {
            String::new()
        };
        self.raw(format_args!(r#"<text class="{class}" x="{x:.2}" y="{y:.1}"{fixed}>{text}{title}</text>"#));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_leave_its_element() {
        assert_eq!(escaped("<a b=\"c\"> & \u{1b}[31m\u{ffff}"), "&lt;a b=&quot;c&quot;&gt; &amp; \u{fffd}[31m\u{fffd}");
    }

    #[test]
    fn a_line_is_broken_at_blanks_and_within_what_is_longer_than_it() {
        assert_eq!(broken("one two three", 9), ["one two", "three"]);
        let long = broken(&format!("a {}", "x".repeat(50)), 20);
        assert!(long.iter().all(|line| line.len() <= 20), "{long:?}");
        assert_eq!(long.concat(), format!("a{}", "x".repeat(50)));
    }
}
