//! Lines of a file or of standard input, as they come.
//!
//! INVARIANT: no more than one line of the largest size is held, however long a line is: what goes beyond the limit is
//! told at once, and skipped up to its end. Absent on purpose: what a line says.

use crate::cli::exit::Failure;
use crate::cli::terminal::Terminal;
use anyhow::Context as _;
use caseward_events::Refusal;
use caseward_events::limits::LINE_BYTES_MAX;
use caseward_events::plain_text::{MARK, NotText, not_text};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Where lines come from.
pub struct Input {
    name: PathBuf,
    reader: Box<dyn Read + Send>,
    /// In bytes, where it is known.
    pub size: Option<u64>,
    /// Whether a person types it.
    is_typed: bool,
}

impl Input {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// A wrong call: there is no such file, or it is a directory.
    pub fn open(path: &Path, terminal: &Terminal) -> Result<Input, Failure> {
        let name = path.to_owned();
        if path == Path::new("-") {
            let is_typed = terminal.nature().types;
            return Ok(Input { name, reader: terminal.input(), size: None, is_typed });
        }
        let opened = File::open(path).and_then(|file| file.metadata().map(|metadata| (file, metadata)));
        let wrong =
            |error| Failure::usage(error).hint("name a file with one JSON object per line, or - for standard input");
        let (file, metadata) = opened.with_context(|| format!("cannot read `{}`", path.display())).map_err(wrong)?;
        if metadata.is_dir() {
            return Err(wrong(anyhow::anyhow!("cannot read `{}`: it is a directory", path.display())));
        }
        // How much there is behind what is packed nobody knows beforehand.
        let is_packed = path.extension().is_some_and(|extension| extension == "gz");
        let size = (metadata.is_file() && !is_packed).then_some(metadata.len());
        Ok(Input { name, reader: Box::new(file), size, is_typed: false })
    }

    /// Whether it is standard input.
    #[must_use]
    pub fn is_stdin(&self) -> bool {
        self.name == Path::new("-")
    }

    /// Whether a person types it.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        self.is_typed
    }

    /// Its lines.
    #[must_use]
    pub fn lines(self) -> InputLines {
        let reader: Box<dyn Read + Send> = Box::new(Unpacked::Unseen(self.reader));
        Lines::of(self.name, BufReader::new(reader))
    }
}

/// What stands in front of gzip.
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// Bytes as they come or, where they begin as gzip does, unpacked. Nothing is read before somebody reads.
enum Unpacked {
    Unseen(Box<dyn Read + Send>),
    Seen(Box<dyn Read + Send>),
}

impl Read for Unpacked {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if let Unpacked::Unseen(reader) = self {
            let (mut first, mut count) = ([0; GZIP.len()], 0);
            while count < first.len() {
                match reader.read(&mut first[count..]) {
                    Ok(0) => break,
                    Ok(read) => count += read,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            let rest = std::mem::replace(reader, Box::new(io::empty()));
            let whole = io::Cursor::new(first[..count].to_vec()).chain(rest);
            *self = Unpacked::Seen(if first == GZIP { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) });
        }
        match self {
            Unpacked::Unseen(reader) | Unpacked::Seen(reader) => reader.read(to),
        }
    }
}

/// The lines of an [`Input`].
pub type InputLines = Lines<BufReader<Box<dyn Read + Send>>>;

/// A line that is not blank.
#[derive(Debug)]
pub struct Line {
    /// From 1, blank ones counted.
    pub number: u64,
    /// How many bytes there are up to its end.
    pub end: u64,
    /// What it says, without the line end; `invalid` where it is too long.
    pub text: Result<Vec<u8>, Refusal>,
}

/// The lines of a file or of standard input.
pub struct Lines<R> {
    name: PathBuf,
    reader: R,
    number: u64,
    end: u64,
    /// The line told last was too long, and its rest is still to be skipped.
    too_long: bool,
    /// A line was told.
    begun: bool,
}

/// What text is that holds no lines of JSON, with what to do: nothing behind it would be read as it is meant.
fn not_lines_of_json(text: &[u8], is_first: bool) -> Option<(String, String)> {
    let told = |what: &str, hint: &str| Some((what.to_owned(), hint.to_owned()));
    if text.starts_with(MARK) {
        return told("a byte order mark where no text begins", "put files together without their marks");
    }
    if !is_first {
        return None;
    }
    if let Some(NotText { what, remedy }) = not_text(text) {
        return Some((format!("this is {what}"), format!("make text of it first: {remedy}")));
    }
    if text.trim_ascii() == b"{" {
        return told("this begins a JSON object of several lines", "write one object a line: jq -c . FILE");
    }
    let is_array = text.trim_ascii_start().starts_with(b"[");
    is_array.then_some(()).and_then(|()| told("this begins a JSON array", "write one object a line: jq -c '.[]' FILE"))
}

impl<R: BufRead> Lines<R> {
    /// Of whatever they come from, and what it is called.
    pub(super) fn of(name: PathBuf, reader: R) -> Lines<R> {
        Lines { name, reader, number: 0, end: 0, too_long: false, begun: false }
    }

    /// The next line that is not blank; `None` at the end.
    ///
    /// # Errors
    /// A fault: it cannot be read on.
    pub fn next(&mut self) -> Result<Option<Line>, Failure> {
        let read = self.read();
        let line = read
            .with_context(|| format!("cannot read `{}` after line {}", self.name.display(), self.number))
            .map_err(Failure::fault)?;
        let is_first = !std::mem::replace(&mut self.begun, true);
        let told = |line: &Line| line.text.as_ref().ok().and_then(|text| not_lines_of_json(text, is_first));
        match line.as_ref().and_then(told) {
            None => Ok(line),
            Some((what, hint)) => {
                let error = anyhow::anyhow!("`{}`, line {}: {what}", self.name.display(), self.number);
                Err(Failure::usage(error).hint(hint))
            }
        }
    }

    fn read(&mut self) -> io::Result<Option<Line>> {
        self.skip_the_rest()?;
        loop {
            let mut text = Vec::new();
            let read = self.reader.by_ref().take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut text)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.end += read as u64;
            // A mark in front of all text says how it is written, and belongs to no line.
            if self.number == 1 && text.starts_with(MARK) {
                text.drain(..MARK.len());
            }
            let ended = text.pop_if(|byte| *byte == b'\n').is_some();
            self.too_long = !ended && text.len() > LINE_BYTES_MAX;
            if self.too_long || !text.trim_ascii().is_empty() {
                let text = if self.too_long { Err(too_long()) } else { Ok(text) };
                return Ok(Some(Line { number: self.number, end: self.end, text }));
            }
        }
    }

    fn skip_the_rest(&mut self) -> io::Result<()> {
        while self.too_long {
            let buffer = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                filled => filled?,
            };
            let line_end = buffer.iter().position(|byte| *byte == b'\n');
            let skipped = line_end.map_or(buffer.len(), |at| at + 1);
            self.too_long = line_end.is_none() && skipped > 0;
            self.reader.consume(skipped);
            self.end += skipped as u64;
        }
        Ok(())
    }
}

impl<R: Read> Lines<BufReader<R>> {
    /// Whether the next line is at hand, without waiting for whoever writes it.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.reader.buffer().contains(&b'\n')
    }
}

impl InputLines {
    /// [`Lines::next`] in a thread that may wait for it, and wait for ever: if this is dropped, what came is lost.
    ///
    /// # Errors
    /// As for [`Lines::next`].
    pub async fn next_in_thread(&mut self) -> Result<Option<Line>, Failure> {
        let reader: Box<dyn Read + Send> = Box::new(io::empty());
        let meanwhile = Lines {
            name: PathBuf::new(),
            reader: BufReader::new(reader),
            number: 0,
            end: 0,
            too_long: false,
            begun: false,
        };
        let mut lines = std::mem::replace(self, meanwhile);
        let read = tokio::task::spawn_blocking(move || (lines.next(), lines)).await;
        let (line, lines) = read.map_err(Failure::fault)?;
        *self = lines;
        line
    }
}

fn too_long() -> Refusal {
    Refusal::invalid(format!("the line is longer than {LINE_BYTES_MAX} bytes, the limit: split it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(u64, Option<Vec<u8>>)> {
        let reader = BufReader::with_capacity(7, bytes);
        let mut lines = Lines { name: "-".into(), reader, number: 0, end: 0, too_long: false, begun: false };
        let mut found = Vec::new();
        while let Some(line) = lines.next().expect("memory can be read") {
            found.push((line.number, line.text.ok()));
        }
        assert_eq!(lines.end, bytes.len() as u64);
        found
    }

    #[test]
    fn blank_lines_are_counted_and_skipped_and_the_last_needs_no_end() {
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"\n \r\n\t"), []);
        assert_eq!(lines(b"\na\n\n\xffb"), [(2, Some(b"a".to_vec())), (4, Some(b"\xffb".to_vec()))]);
    }

    #[test]
    fn a_mark_in_front_is_skipped_and_what_is_no_text_is_named() {
        assert_eq!(lines(b"\xEF\xBB\xBFa\nb"), [(1, Some(b"a".to_vec())), (2, Some(b"b".to_vec()))]);
        assert_eq!(lines(b"\xEF\xBB\xBF\n{}"), [(2, Some(b"{}".to_vec()))]);
        for (bytes, what) in [
            (&b"\xEF\xBB\xBF\xEF\xBB\xBFa"[..], "a byte order mark"),
            (b"{}\n\xEF\xBB\xBF{}", "a byte order mark"),
            (b"\xFF\xFE{\0}\0", "UTF-16"),
            (b"{\0}\0", "UTF-16"),
            (b"PK\x03\x04", "a ZIP archive"),
            (b"{\n\"command\": {}}", "a JSON object of several lines"),
            (b" [{}]", "a JSON array"),
        ] {
            let mut lines = Lines {
                name: "-".into(),
                reader: BufReader::new(bytes),
                number: 0,
                end: 0,
                too_long: false,
                begun: false,
            };
            let failure = loop {
                match lines.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("{what} is not told"),
                    Err(failure) => break failure,
                }
            };
            assert!(failure.error.to_string().contains(what), "{what}: {}", failure.error);
        }
    }

    #[test]
    fn what_is_packed_is_read_as_what_it_holds() {
        use std::io::Write;
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(b"a\nb\n").expect("memory takes all");
        let packed = packed.finish().expect("memory takes all");
        for bytes in [packed, b"a\nb\n".to_vec()] {
            let input =
                Input { name: "-".into(), reader: Box::new(io::Cursor::new(bytes)), size: None, is_typed: false };
            let mut lines = input.lines();
            let mut next = || lines.next().expect("it can be read").and_then(|line| line.text.ok());
            assert_eq!([next(), next(), next()], [Some(b"a".to_vec()), Some(b"b".to_vec()), None]);
        }
    }

    #[test]
    fn a_line_beyond_the_limit_is_one_line_and_reading_goes_on() {
        let mut bytes = vec![b'x'; LINE_BYTES_MAX];
        bytes.extend(b"\n");
        bytes.extend(vec![b'y'; LINE_BYTES_MAX + 1]);
        bytes.extend(b"\nz\n");
        bytes.extend(vec![b'y'; 2 * LINE_BYTES_MAX]);
        let shown: Vec<_> =
            lines(&bytes).into_iter().map(|(number, text)| (number, text.map(|text| text.len()))).collect();
        assert_eq!(shown, [(1, Some(LINE_BYTES_MAX)), (2, None), (3, Some(1)), (4, None)]);
    }

    #[test]
    fn a_line_that_never_ends_is_told_before_it_is_read_further() {
        let endless = BufReader::new(io::repeat(b'x'));
        let mut lines = Lines { name: "-".into(), reader: endless, number: 0, end: 0, too_long: false, begun: false };
        let line = lines.next().expect("it can be read").expect("it is told");
        assert!(line.text.is_err());
        assert!(line.end <= LINE_BYTES_MAX as u64 + 1);
    }
}
