//! Text that fits: how wide it is in letters of one width and in units of a drawing, and what is left of it where there is
//! less room.
//!
//! INVARIANT: no text is wider than is reckoned here, whatever font draws it, so that what has room is known beforehand.

use std::collections::BTreeMap;

/// What is kept free for it: some programs round the width of letters, and pass over the one that is given.
const ROOM: f64 = 0.64;

/// Of title, text and small text, in units of the drawing.
pub const TITLE: f64 = 20.0;
pub const TEXT: f64 = 12.0;
pub const SMALL: f64 = 10.0;

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

/// Cut in its middle to so many letters.
#[must_use]
pub fn shortened(text: &str, letters: usize) -> String {
    let all: Vec<char> = text.chars().collect();
    if width(text) <= letters {
        return text.to_owned();
    }
    let (mut head, mut tail) = (String::new(), Vec::new());
    let (mut front, mut back) = (all.iter(), all.iter().rev());
    let half = letters.saturating_sub(1) / 2;
    while let Some(letter) = front.next().filter(|letter| width(&head) + width_of(**letter) <= letters - 1 - half) {
        head.push(*letter);
    }
    let mut taken = 0;
    while let Some(letter) = back.next().filter(|letter| taken + width_of(**letter) <= half) {
        taken += width_of(*letter);
        tail.push(*letter);
    }
    tail.reverse();
    format!("{head}…{}", tail.into_iter().collect::<String>())
}

/// Names cut to so many letters, each unlike the others: of those that would look alike, what they share is left out.
#[must_use]
pub fn apart(names: &[String], letters: usize) -> Vec<String> {
    let mut cut: Vec<String> = names.iter().map(|name| shortened(name, letters)).collect();
    let alike = |cut: &[String]| {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        cut.iter().enumerate().for_each(|(index, one)| groups.entry(one.clone()).or_default().push(index));
        let differ = |group: &Vec<usize>| group.iter().any(|index| names[*index] != names[group[0]]);
        groups.into_values().filter(differ).collect::<Vec<_>>()
    };
    for group in alike(&cut) {
        let whole: Vec<Vec<char>> = group.iter().map(|index| names[*index].chars().collect()).collect();
        let shared = |from_end: bool| {
            let shortest = whole.iter().map(Vec::len).min().unwrap_or(0);
            let letter = |name: &Vec<char>, at: usize| if from_end { name[name.len() - 1 - at] } else { name[at] };
            (0..shortest).take_while(|at| whole.iter().all(|name| letter(name, *at) == letter(&whole[0], *at))).count()
        };
        let (before, behind) = (shared(false), shared(true));
        for (index, name) in group.iter().zip(&whole) {
            let end = name.len().saturating_sub(behind).max(before);
            let differs: String = name[before..end].iter().collect();
            // As much of what stands before it as there is room for, and then of what stands behind it.
            let room = letters.saturating_sub(width(&differs).min(letters.saturating_sub(4)) + 2);
            let head: String = name.iter().take(room.min(before)).collect();
            let gap = if room < before { "…" } else { "" };
            let mut short = format!("{head}{gap}{}", shortened(&differs, letters.saturating_sub(width(&head) + 2)));
            let tail = &name[end..];
            let taken = tail.iter().scan(width(&short), |sum, letter| {
                *sum += width_of(*letter);
                Some(*sum)
            });
            let fitting = taken.take_while(|sum| *sum < letters).count();
            short.extend(&tail[..fitting]);
            if fitting < tail.len() {
                short.push('…');
            }
            cut[*index] = if width(&short) > letters { shortened(&short, letters) } else { short };
        }
    }
    // What still looks alike is counted.
    for group in alike(&cut) {
        for (number, index) in group.into_iter().enumerate() {
            let mark = format!("~{}", number + 1);
            cut[index] = format!("{}{mark}", shortened(&cut[index], letters.saturating_sub(mark.len())));
        }
    }
    cut
}

/// How many letters of a fixed width a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

/// Letters of the East take two.
fn width_of(letter: char) -> usize {
    unicode_width::UnicodeWidthChar::width(letter).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_at_blanks_and_within_what_is_longer_than_it() {
        assert_eq!(broken("one two three", 9), ["one two", "three"]);
        let long = broken(&format!("a {}", "x".repeat(50)), 20);
        assert!(long.iter().all(|line| line.len() <= 20), "{long:?}");
        assert_eq!(long.concat(), format!("a{}", "x".repeat(50)));
    }

    #[test]
    fn names_that_are_cut_can_still_be_told_apart() {
        let names: Vec<String> =
            (0..30).map(|number| format!("user:maximilian.{number:02}.of.the.long.department@aft.example")).collect();
        let cut = apart(&names, 24);
        let unlike: std::collections::BTreeSet<&String> = cut.iter().collect();
        assert_eq!(unlike.len(), 30, "{cut:?}");
        assert!(cut.iter().all(|name| width(name) <= 24), "{cut:?}");
        assert_eq!(apart(&["user:ana".to_owned()], 24), ["user:ana"]);
        let twice = ["user:ana".to_owned(), "user:ana".to_owned()];
        assert_eq!(apart(&twice, 24), twice, "the same name is the same name");
    }

    #[test]
    fn what_is_too_long_is_cut_in_its_middle() {
        assert_eq!(shortened("user:ana", 8), "user:ana");
        assert_eq!(shortened("user:alexandra", 9), "user…ndra");
        let east = shortened("user:日本語日本語日本語", 12);
        assert!(east.contains('…') && width(&east) <= 12, "{east}");
    }
}
