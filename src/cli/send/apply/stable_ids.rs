//! Ids of lines that bring none, out of what they say: an import that is run again finds what it stored the first time.
//!
//! INVARIANT: an id follows from the content of its line, whatever the order of its keys, and from how many lines before it say
//! the same; so lines that are added behind, or differ, change no other's id. Absent on purpose: lines that bring an id.

use caseward_events::submission::parse_json;
use caseward_events::{CommandId, Submission};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Of a digest, what tells lines apart.
const DIGEST_BYTES: usize = 16;

/// How often each content came so far.
#[derive(Default)]
pub struct StableIds(HashMap<[u8; DIGEST_BYTES], u32>);

impl StableIds {
    /// Gives an id to a command that brings none.
    pub fn give(&mut self, line: &[u8], submission: &mut Submission) {
        if submission.id.is_some() {
            return;
        }
        // What is no JSON is no command, and is refused whatever its id.
        let Ok(value) = parse_json(line) else { return };
        let digest = Sha256::digest(value.to_string());
        let (digest, _) = digest.split_first_chunk::<DIGEST_BYTES>().expect("a digest is longer");
        let ordinal = self.0.entry(*digest).and_modify(|count| *count = count.saturating_add(1)).or_insert(1);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let id: Result<CommandId, _> = format!("line-{hex}-{ordinal}").parse();
        submission.id = Some(id.expect("letters, digits and dashes are an id"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lines_are_told_apart_by_their_place_among_each_other_and_keys_have_no_order() {
        let mut ids = StableIds::default();
        let mut id = |line: &str| {
            let mut submission = Submission::parse(line.as_bytes()).expect("it is a command");
            ids.give(line.as_bytes(), &mut submission);
            submission.id.expect("it has one").to_string()
        };
        let one = r#"{"actor":"user:a","command":{"create_definition":{"definition":"d"}}}"#;
        let (first, other) = (id(one), id(&one.replace("\"d\"", "\"e\"")));
        let turned = r#"{"command":{"create_definition":{"definition":"d"}},  "actor":"user:a"}"#;
        assert_eq!(id(turned), first.replace("-1", "-2"));
        assert_ne!(first, other);
        assert_eq!(id(r#"{"id":"mine","command":{"create_definition":{"definition":"d"}}}"#), "mine");
    }
}
