//! What bytes are that were to be text in UTF-8, by how they begin.
//!
//! INVARIANT: a mark in front of a text costs nothing of it, and what is no text is named with what makes text of it.

/// The byte order mark, in UTF-8. In front of all text it says how that is written, and belongs to nothing of it.
pub const MARK: &[u8] = b"\xEF\xBB\xBF";

/// A text without the mark in front of it.
#[must_use]
pub fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// What is no text in UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotText {
    /// What it is, as behind "this is".
    pub what: &'static str,
    /// The command that makes text of a file of it.
    pub remedy: &'static str,
}

/// What a file or a body is that begins so, where that is no text.
#[must_use]
pub fn not_text(begins: &[u8]) -> Option<NotText> {
    let (what, remedy) = match begins {
        [0x1F, 0x8B, ..] => ("gzip", "gunzip -c FILE"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => ("Zstandard", "zstd -dc FILE"),
        [0xFD, b'7', b'z', b'X', b'Z', ..] => ("xz", "xz -dc FILE"),
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', ..] => ("bzip2", "bunzip2 -c FILE"),
        [b'P', b'K', 0x03, 0x04, ..] => ("a ZIP archive", "unzip -p FILE"),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, ..] | [_, 0, ..] => {
            ("UTF-16 or UTF-32, not UTF-8", "iconv -f UTF-16 -t UTF-8 FILE")
        }
        _ => return None,
    };
    Some(NotText { what, remedy })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_in_front_is_taken_off_once_and_what_is_no_text_is_named() {
        assert_eq!(without_mark(b"\xEF\xBB\xBF\xEF\xBB\xBF{}"), b"\xEF\xBB\xBF{}");
        assert_eq!(without_mark(b"{}"), b"{}");
        for (begins, what) in [
            (&b"\x1F\x8B\x08"[..], "gzip"),
            (b"\x28\xB5\x2F\xFD\x04", "Zstandard"),
            (b"\xFD7zXZ\0", "xz"),
            (b"BZh91AY&SY", "bzip2"),
            (b"PK\x03\x04", "a ZIP archive"),
            (b"\xFF\xFE{\0", "UTF-16 or UTF-32, not UTF-8"),
            (b"\0{", "UTF-16 or UTF-32, not UTF-8"),
            (b"{\0", "UTF-16 or UTF-32, not UTF-8"),
        ] {
            assert_eq!(not_text(begins).map(|found| found.what), Some(what));
        }
        for text in [&b""[..], b"{", b"[1]", b"BZh", b"PK", b"\xC3\xA9"] {
            assert_eq!(not_text(text), None);
        }
    }
}
