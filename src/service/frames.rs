//! Frames: what passes between a verb of the command line and the process that runs it, in both directions.
//!
//! A frame is a letter, the length of what follows as four bytes (the highest first), and so many bytes.

use axum::body::Bytes;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The call: first of all.
    Call,
    /// A piece of standard input.
    Input,
    /// The end of standard input.
    InputEnd,
    /// A signal that the caller got, by name.
    Signal,
    /// A piece of standard output.
    Output,
    /// A piece of standard error.
    Error,
    /// A piece of standard output of something that is followed, behind a line with the place up to which it goes.
    Shown,
    /// The exit status: last of all.
    Exit,
}

const LETTERS: [(Kind, u8); 8] = [
    (Kind::Call, b'c'),
    (Kind::Input, b'i'),
    (Kind::InputEnd, b'z'),
    (Kind::Signal, b's'),
    (Kind::Output, b'o'),
    (Kind::Error, b'e'),
    (Kind::Shown, b'p'),
    (Kind::Exit, b'x'),
];

/// The longest that a frame may be.
pub const FRAME_BYTES_MAX: usize = 16 << 20;

/// A frame as it is sent.
#[must_use]
pub fn frame(kind: Kind, content: &[u8]) -> Bytes {
    let letter = LETTERS.iter().find(|(one, _)| *one == kind).map_or(0, |(_, letter)| *letter);
    let length = u32::try_from(content.len()).expect("whoever sends more sends it in pieces");
    [&[letter], length.to_be_bytes().as_slice(), content].concat().into()
}

/// Frames as they come, in pieces of any size.
#[derive(Debug, Default)]
pub struct Frames(Vec<u8>);

/// Why what comes is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what came is not a frame of this release")]
pub struct NoFrame;

impl Frames {
    /// Takes a piece.
    pub fn put(&mut self, piece: &[u8]) {
        self.0.extend_from_slice(piece);
    }

    /// The next frame that is there as a whole.
    ///
    /// # Errors
    /// It is none, or too long.
    pub fn take(&mut self) -> Result<Option<(Kind, Vec<u8>)>, NoFrame> {
        let Some((&letter, rest)) = self.0.split_first() else { return Ok(None) };
        let Some((length, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_be_bytes(*length) as usize;
        let kind = LETTERS.iter().find(|(_, one)| *one == letter).map(|(kind, _)| *kind);
        let kind = kind.filter(|_| length <= FRAME_BYTES_MAX).ok_or(NoFrame)?;
        let Some(content) = rest.get(..length).map(<[u8]>::to_vec) else { return Ok(None) };
        self.0.drain(..5 + length);
        Ok(Some((kind, content)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_however_they_come_and_what_is_none_is_told() {
        let sent = [frame(Kind::Call, b"{}"), frame(Kind::InputEnd, b""), frame(Kind::Exit, &[3])].concat();
        for size in [1, 2, 7, 100] {
            let (mut frames, mut found) = (Frames::default(), Vec::new());
            for piece in sent.chunks(size) {
                frames.put(piece);
                while let Some(frame) = frames.take().expect("they are frames") {
                    found.push(frame);
                }
            }
            assert_eq!(
                found,
                [(Kind::Call, b"{}".to_vec()), (Kind::InputEnd, vec![]), (Kind::Exit, vec![3])],
                "{size}"
            );
        }
        for wrong in [&b"?\0\0\0\0"[..], b"o\xff\xff\xff\xff"] {
            let mut frames = Frames::default();
            frames.put(wrong);
            assert_eq!(frames.take(), Err(NoFrame));
        }
    }
}
