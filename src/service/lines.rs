//! The lines of a body as they come, each within the limit of a line.
//!
//! INVARIANT: a body that is no text ends with its first line, which says what it is: none of it is taken for lines.

use super::body;
use super::limits::Limits;
use super::problem::Problem;
use axum::body::Body;
use caseward_events::Refusal;
use caseward_events::limits::LINE_BYTES_MAX;
use caseward_events::plain_text::{NotText, not_text};

/// The lines of a body. Blank ones are left out, as on the command line.
pub(super) struct Lines {
    body: Body,
    limits: Limits,
    gathered: Vec<u8>,
    /// Up to where there is no end of a line.
    looked: usize,
    /// The line is too long, and the rest of it is left out.
    skips: bool,
    ended: bool,
    /// It was looked at what the body is.
    begun: bool,
}

/// A line, or why it is none.
pub(super) type Line = Result<Vec<u8>, Refusal>;

impl Lines {
    pub(super) fn of(body: Body, limits: Limits) -> Lines {
        Lines { body, limits, gathered: Vec::new(), looked: 0, skips: false, ended: false, begun: false }
    }

    /// The next one; none behind the last.
    pub(super) async fn next(&mut self) -> Result<Option<Line>, Problem> {
        loop {
            if let Some(end) = self.gathered[self.looked..].iter().position(|byte| *byte == b'\n') {
                let rest = self.gathered.split_off(self.looked + end + 1);
                let line = std::mem::replace(&mut self.gathered, rest);
                self.looked = 0;
                if let Some(line) = self.judge(line)? {
                    return Ok(Some(line));
                }
                continue;
            }
            self.looked = self.gathered.len();
            if self.gathered.len() > LINE_BYTES_MAX {
                is_text(&mut self.begun, &self.gathered)?;
                self.gathered.clear();
                (self.looked, self.skips) = (0, true);
            }
            if self.ended {
                let line = std::mem::take(&mut self.gathered);
                self.looked = 0;
                return self.judge(line);
            }
            match body::next(&mut self.body, &self.limits).await? {
                Some(piece) => self.gathered.extend_from_slice(&piece),
                None => self.ended = true,
            }
        }
    }

    fn judge(&mut self, mut line: Vec<u8>) -> Result<Option<Line>, Problem> {
        if std::mem::take(&mut self.skips) {
            let too_long = format!("the line has more than {LINE_BYTES_MAX} bytes: split it");
            return Ok(Some(Err(Refusal::invalid(too_long))));
        }
        is_text(&mut self.begun, &line)?;
        while line.last().is_some_and(|byte| byte.is_ascii_whitespace()) {
            line.pop();
        }
        Ok((!line.is_empty()).then_some(Ok(line)))
    }
}

/// Once, of how a body begins.
fn is_text(begun: &mut bool, begins: &[u8]) -> Result<(), Problem> {
    match not_text(begins) {
        Some(NotText { what, remedy }) if !std::mem::replace(begun, true) => {
            let problem = Problem::invalid(format!("the body is no lines of JSON: this is {what}"));
            Err(problem.hint(format!("make text of it first: {remedy}")))
        }
        _ => {
            *begun = true;
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use std::convert::Infallible;

    async fn lines(pieces: &[&str]) -> Vec<Result<String, String>> {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok::<_, Infallible>((*piece).to_owned())).collect();
        let mut lines = Lines::of(Body::from_stream(stream::iter(pieces)), Limits::default());
        let mut found = Vec::new();
        while let Some(line) = lines.next().await.expect("the body can be read") {
            found
                .push(line.map(|line| String::from_utf8(line).expect("it is text")).map_err(|refusal| refusal.message));
        }
        found
    }

    #[tokio::test]
    async fn lines_are_found_however_the_body_comes() {
        let expected = vec![Ok("one".to_owned()), Ok("two".to_owned()), Ok("three".to_owned())];
        for pieces in
            [&["one\ntwo\nthree"][..], &["o", "ne\r\n\n  \ntw", "o\nthree\n"], &["one\n", "\n", "two", "\nthree"]]
        {
            assert_eq!(lines(pieces).await, expected, "{pieces:?}");
        }
        assert_eq!(lines(&[]).await, Vec::new());
    }

    #[tokio::test]
    async fn a_body_that_is_no_text_is_none_from_its_first_line_on() {
        let gzip = [b"\x1F\x8B\x08".to_vec(), vec![b'x'; LINE_BYTES_MAX + 1]].concat();
        for bytes in [&b"PK\x03\x04a\nb\n"[..], b"\xFF\xFE{\0\n\0", &gzip] {
            let piece = Ok::<_, Infallible>(bytes.to_vec());
            let mut lines = Lines::of(Body::from_stream(stream::iter([piece])), Limits::default());
            assert!(lines.next().await.is_err());
        }
        assert_eq!(lines(&["a\nPK\u{3}\u{4}\n"]).await, [Ok("a".to_owned()), Ok("PK\u{3}\u{4}".to_owned())]);
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_refused_and_the_next_is_read() {
        let long = "x".repeat(LINE_BYTES_MAX / 2 + 1);
        let found = lines(&[&long, &long, "\nnext\n"]).await;
        assert!(found[0].as_ref().expect_err("it is too long").contains("split it"));
        assert_eq!(found[1], Ok("next".to_owned()));
        let found = lines(&[&long, &long]).await;
        assert!(found[0].is_err() && found.len() == 1);
    }
}
