//! Text that fits: how wide it is in letters of one width and in units of a drawing, and what is left of it where there is
//! less room.
//!
//! INVARIANT: no text is wider than is reckoned here, whatever font draws it, so that what has room is known beforehand.

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
    fn what_is_too_long_is_cut_in_its_middle() {
        assert_eq!(shortened("user:ana", 8), "user:ana");
        assert_eq!(shortened("user:alexandra", 9), "user…ndra");
        let east = shortened("user:日本語日本語日本語", 12);
        assert!(east.contains('…') && width(&east) <= 12, "{east}");
    }
}
