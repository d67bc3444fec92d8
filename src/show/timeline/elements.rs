//! The elements of an SVG document as text, with everything escaped that was somebody's.
//!
//! INVARIANT: what comes out is well-formed whatever text goes in; every text is drawn as wide as was reckoned.

use super::fit_text::{SMALL, TEXT, TITLE, width};
use crate::show::escape;
use std::fmt::{Display, Write};

/// How wide a letter is, in shares of the size of its font: as in most fonts whose letters have one width.
const ADVANCE: f64 = 0.605;

/// How large the text of each class is.
const SIZES: [(&str, f64); 5] = [("title", TITLE), ("text", TEXT), ("small", SMALL), ("in", SMALL), ("on", SMALL)];

/// The event whose number a text begins with.
fn event_of(text: &str) -> Option<u64> {
    let text = text.trim_start_matches("expired ").strip_prefix('#')?;
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text[..digits].parse().ok()
}

/// A drawing in the making.
#[derive(Default)]
pub struct Ink {
    pub drawn: String,
    /// Whether a number of an event leads to it, in the document around the drawing.
    pub links: bool,
}

impl Ink {
    /// Markup as it stands.
    pub fn raw(&mut self, markup: impl Display) {
        let _ = writeln!(self.drawn, "{markup}");
    }

    /// A rectangle of a class, with a sentence for whoever points at it.
    pub fn rect(&mut self, class: &str, (x, y): (f64, f64), (wide, high): (f64, f64), sentence: &str) {
        let title =
            if sentence.is_empty() { String::new() } else { format!("<title>{}</title>", escape::markup(sentence)) };
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
        let title = format!("<title>{}</title>", escape::markup(whole));
        self.letters(class, at, text, &title);
    }

    /// As wide as was reckoned, whatever font there is.
    fn letters(&mut self, class: &str, (x, y): (f64, f64), text: &str, title: &str) {
        let Some(size) = SIZES.iter().find(|(name, _)| *name == class).map(|(_, size)| *size) else {
            unreachable!("every class of text has a size")
        };
        let (long, text) = (width(text) as f64 * size * ADVANCE, escape::markup(text));
        let fixed = if long > 0.0 {
            format!(r#" textLength="{long:.2}" lengthAdjust="spacingAndGlyphs""#)
        } else {
            String::new()
        };
        let leads_to = if self.links { event_of(&text) } else { None };
        let [before, behind] = match leads_to {
            Some(event) => [format!(r##"<a href="#event-{event}">"##), "</a>".to_owned()],
            None => [String::new(), String::new()],
        };
        self.raw(format_args!(
            r#"{before}<text class="{class}" x="{x:.2}" y="{y:.1}"{fixed}>{text}{title}</text>{behind}"#
        ));
    }
}
