//! How a query is written: terms with blanks between, each `key:value` or a word, behind a `-` to have it not so; a
//! value with blanks in double quotes, in which `\"` and `\\` stand for themselves.

use super::{BadQuery, Key, Query};
use crate::nearest::nearest;

/// What references and actors begin with: none is a key, and whoever writes one alone meant `on:` or `actor:`.
pub(super) const KINDS: [&str; 10] =
    ["user", "group", "definition", "case", "profile", "item", "task", "link", "system", "restriction"];

impl Query {
    /// A query out of the words of a command line. One with blanks and a single key, or none, had its quotes taken by
    /// the shell and gets them back: `reason:court order` is one term.
    #[must_use]
    pub fn of_words(words: &[String]) -> String {
        words.iter().map(|word| requoted(word)).collect::<Vec<_>>().join(" ")
    }
}

fn requoted(word: &str) -> String {
    let word = word.trim();
    let looks_like_a_term = |piece: &str| piece.starts_with('-') || key_of(piece).is_some();
    let pieces = word.split_whitespace();
    if word.contains('"') || !word.contains(char::is_whitespace) || pieces.clone().skip(1).any(looks_like_a_term) {
        return word.to_owned();
    }
    let minus = if word.starts_with('-') { 1 } else { 0 };
    let key = key_of(&word[minus..]).map_or(0, |key| key.len() + 1);
    let (before, value) = word.split_at(minus + key);
    if value.starts_with(char::is_whitespace) {
        return word.to_owned();
    }
    format!("{before}\"{}\"", value.replace('\\', r"\\"))
}

/// What stands before the first colon, where that could be a key.
fn key_of(word: &str) -> Option<&str> {
    let (key, _) = word.split_once(':')?;
    let fits = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    (!key.is_empty() && key.chars().all(fits)).then_some(key)
}

/// Some of the characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    at: usize,
    length: usize,
}

impl Part {
    pub(super) fn wrong(self, why: impl Into<String>, hint: impl Into<String>) -> Wrong {
        Wrong { part: self, why: why.into(), hint: hint.into() }
    }
}

/// What is wrong with a part, and what to write instead.
pub(super) struct Wrong {
    part: Part,
    why: String,
    hint: String,
}

impl Wrong {
    pub(super) fn of(self, query: &str) -> BadQuery {
        let Wrong { part: Part { at, length }, why, hint } = self;
        BadQuery { query: query.to_owned(), at, length: length.max(1), why, hint }
    }
}

/// A term as written.
pub(super) struct Term {
    pub(super) negated: bool,
    pub(super) key: Option<Key>,
    pub(super) value: String,
    /// Where the value stands.
    pub(super) at: Part,
    pub(super) whole: Part,
}

/// The terms of a query, read one after the other.
pub(super) struct Reading<'a> {
    pub(super) letters: &'a [char],
    pub(super) at: usize,
}

impl Reading<'_> {
    fn next_is(&self, letter: char) -> bool {
        self.letters.get(self.at) == Some(&letter)
    }

    fn ends(&self) -> bool {
        self.letters.get(self.at).is_none_or(|letter| letter.is_whitespace())
    }

    /// The next term; none at the end.
    pub(super) fn term(&mut self) -> Result<Option<Term>, Wrong> {
        while self.at < self.letters.len() && self.ends() {
            self.at += 1;
        }
        if self.at == self.letters.len() {
            return Ok(None);
        }
        let start = self.at;
        let negated = self.next_is('-');
        self.at += usize::from(negated);
        if negated && self.next_is('-') {
            return Err(self.option(start));
        }
        let key = self.key()?;
        let value_at = self.at;
        let value = self.value()?;
        let at = Part { at: value_at, length: self.at - value_at };
        let whole = Part { at: start, length: self.at - start };
        match (value.is_empty(), key) {
            (true, Some(key)) => {
                Err(whole.wrong(format!("`{}:` needs a value", key.name()), format!("as {}", key.example())))
            }
            (true, None) => {
                Err(whole.wrong("a term without a word", "write key:value or a word; `-` before it negates"))
            }
            (false, _) => Ok(Some(Term { negated, key, value, at, whole })),
        }
    }

    fn option(&mut self, start: usize) -> Wrong {
        while !self.ends() {
            self.at += 1;
        }
        let word: String = self.letters[start..self.at].iter().collect();
        let why = format!("`{}` looks like an option, and a query has none", word.escape_debug());
        Part { at: start, length: self.at - start }
            .wrong(why, "one `-` negates a term; in double quotes it is a word to look for")
    }

    /// What stands before a colon, which it takes too.
    fn key(&mut self) -> Result<Option<Key>, Wrong> {
        let fits = |letter: &&char| letter.is_ascii_alphabetic() || **letter == '_';
        let length = self.letters[self.at..].iter().take_while(fits).count();
        if length == 0 || self.letters.get(self.at + length) != Some(&':') {
            return Ok(None);
        }
        let part = Part { at: self.at, length };
        let word: String = self.letters[self.at..self.at + length].iter().collect();
        self.at += length + 1;
        // Not told apart: the two words that people have for whom it is about.
        if word == "subject" {
            return Ok(Some(Key::To));
        }
        if let Some(key) = Key::ALL.into_iter().find(|key| key.name() == word) {
            return Ok(Some(key));
        }
        Err(self.unknown_key(part, &word))
    }

    fn unknown_key(&self, part: Part, word: &str) -> Wrong {
        if KINDS.contains(&word) {
            let key = if word == "system" { "actor" } else { "on" };
            let rest: String = self.letters[self.at..].iter().take_while(|one| !one.is_whitespace()).collect();
            let also = if word == "user" { format!(", or actor:{word}:{rest}") } else { String::new() };
            return part.wrong(
                format!("`{word}:` begins a reference, which needs a key before it"),
                format!("write {key}:{word}:{rest}{also}"),
            );
        }
        let names = Key::ALL.map(Key::name);
        let hint = match nearest(&word.to_ascii_lowercase(), names) {
            Some(key) => format!("did you mean `{key}:`?"),
            None => format!("keys are {}; a text with a colon goes in double quotes", names.join(", ")),
        };
        part.wrong(format!("`{word}` is not a key of a query"), hint)
    }

    fn value(&mut self) -> Result<String, Wrong> {
        if self.next_is('"') {
            return self.quoted();
        }
        let mut value = String::new();
        while !self.ends() {
            value.push(self.letters[self.at]);
            self.at += 1;
        }
        Ok(value)
    }

    fn quoted(&mut self) -> Result<String, Wrong> {
        let start = self.at;
        let mut value = String::new();
        loop {
            self.at += 1;
            match self.letters.get(self.at) {
                None => {
                    let part = Part { at: start, length: self.at - start };
                    return Err(part.wrong("this double quote is never closed", "close it, or leave it out"));
                }
                Some('"') => break,
                Some('\\') if matches!(self.letters.get(self.at + 1), Some('"' | '\\')) => {
                    self.at += 1;
                    value.push(self.letters[self.at]);
                }
                Some(letter) => value.push(*letter),
            }
        }
        self.at += 1;
        if self.ends() {
            return Ok(value);
        }
        let part = Part { at: self.at, length: 1 };
        Err(part.wrong("a blank is missing behind the double quote", r#"a double quote inside is written \""#))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Bound, QueryGroup, Test};
    use super::*;
    use crate::recorded::Position;
    use crate::time::Timestamp;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Query, BadQuery> {
        Query::parse(text, Timestamp::EPOCH)
    }

    /// The part that is wrong.
    fn pointed_at(text: &str) -> String {
        let bad = parse(text).expect_err("it is no query");
        text.chars().skip(bad.at).take(bad.length).collect()
    }

    #[test]
    fn an_error_points_at_what_is_wrong() {
        for (text, wrong) in [
            ("actor:ana comand:grant", "comand"),
            ("é é typo:x", "typo"),
            ("actor:ana -command:grand x", "grand"),
            ("on:4711", "4711"),
            ("on:restriction:7", "restriction:7"),
            ("actor:group:a", "group:a"),
            ("to:case:7", "case:7"),
            ("user:ana", "user"),
            ("type:granted", "granted"),
            ("after:soon", "soon"),
            ("after:-2y", "-2y"),
            ("before:1 before:2", "before:2"),
            ("-", "-"),
            ("a actor:", "actor:"),
            ("--limit 5", "--limit"),
            ("reason:\"a b", "\"a b"),
            ("reason:\"a\"b", "b"),
            ("-\"\"", "-\"\""),
            ("Actor:ana", "Actor"),
        ] {
            assert_eq!(pointed_at(text), wrong, "{text}");
        }
    }

    #[test]
    fn terms_are_read_as_written() {
        let query = parse(r#"actor:user:ana actor:b on:case:x:y -reason:"Court \"A\" \\" subject:ana night"#);
        let query = query.expect("it is one");
        let of_key = |key| query.wanted.iter().find(|group| group.key == key).expect("it was given").tests.clone();
        let ana = Test::Actor("user:ana".parse().expect("an actor"));
        assert_eq!(of_key(Some(Key::Actor)), [ana, Test::ActorId("b".to_owned())]);
        assert_eq!(of_key(Some(Key::On)), [Test::On("case:x:y".parse().expect("a reference"))]);
        assert_eq!(of_key(Some(Key::To)), [Test::ToId("ana".to_owned())]);
        assert_eq!(of_key(None), [Test::Word("night".to_owned())]);
        assert_eq!(query.unwanted, [Test::Reason("court \"a\" \\".to_owned())]);
        assert!(parse(" \t ").expect("nothing is asked").is_empty());
    }

    #[test]
    fn moments_are_instants_days_positions_or_so_long_ago() {
        let now = Timestamp::from_micros(3 * 86_400 * 1_000_000);
        let bound = |text: &str| match Query::parse(text, now).expect("it is one").wanted.remove(0).tests.remove(0) {
            Test::After(bound) | Test::Before(bound) => bound,
            other => panic!("{other:?}"),
        };
        let day = Bound::Instant(Timestamp::from_micros(86_400 * 1_000_000));
        assert_eq!(bound("after:1970-01-02"), day);
        assert_eq!(bound("before:1970-01-02T01:00:00+01:00"), day);
        assert_eq!(bound("after:-2d"), day);
        assert_eq!(bound("before:120"), Bound::Position(Position(120)));
    }

    #[test]
    fn words_of_a_command_line_get_back_the_quotes_that_the_shell_took() {
        for (words, query) in [
            (&["actor:ana", "-reason:test"][..], "actor:ana -reason:test"),
            (&["-reason:court order", "x"], "-reason:\"court order\" x"),
            (&["court order", " on:case:7 ", "actor: x"], "\"court order\" on:case:7 actor: x"),
            (&[r"reason:a \ b"], r#"reason:"a \\ b""#),
            (&["actor:ana on:case:7 court"], "actor:ana on:case:7 court"),
            (&["actor:ana -reason:test"], "actor:ana -reason:test"),
            (&["reason:\"a b\""], "reason:\"a b\""),
        ] {
            let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(Query::of_words(&words), query);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_every_error_points_into_the_text(
            text in "((-|--)?(actor|on|to|after|type|Reason|x|user)?:?(\"|\\\\|é|user:|case:|a|1|-| )*){0,4}|\\PC{0,40}|.{0,40}",
        ) {
            if let Err(bad) = parse(&text) {
                prop_assert!(bad.length >= 1 && bad.at + bad.length <= text.chars().count(), "{bad:?}");
                prop_assert!(!bad.why.is_empty() && !bad.hint.is_empty());
            }
        }

        #[test]
        fn one_word_with_blanks_stays_one_term(reason in "[a-z\\\\]{1,8}( [a-z\\\\]{1,8}){1,3}") {
            let query = parse(&Query::of_words(&[format!("reason:{reason}")])).expect("it is one");
            prop_assert_eq!(query.wanted, vec![QueryGroup {
                key: Some(Key::Reason),
                tests: vec![Test::Reason(reason)],
            }]);
        }
    }
}
