//! The limits of `interface.md` section 1; beyond them a line is `invalid` and says which.

/// A line or a body, in bytes.
pub const LINE_BYTES_MAX: usize = 1 << 20;
/// Commands of one batch.
pub const BATCH_COMMANDS_MAX: usize = 10_000;
/// A reason, in bytes of UTF-8.
pub const REASON_BYTES_MAX: usize = 4 << 10;
/// Entries of one `restrict_case`.
pub const ENTRIES_MAX: usize = 10_000;
/// Groups on the longest chain from a group to the outermost one around it.
pub const GROUP_NESTING_MAX: usize = 64;
/// An id, in bytes of UTF-8.
pub const ID_BYTES_MAX: usize = 128;
/// An organization's name, in bytes.
pub const ORGANIZATION_NAME_BYTES_MAX: usize = 64;
/// The last position an organization's log can hold: views keep positions in 32 bits.
pub const POSITION_MAX: u64 = u32::MAX as u64 - 1;

/// Types of subjects of a vocabulary, and types of resources.
pub const VOCABULARY_TYPES_MAX: usize = 64;
/// Actions of a type of resources.
pub const VOCABULARY_ACTIONS_MAX: usize = 64;
/// Properties that one entry of a vocabulary compares.
pub const VOCABULARY_CONDITIONS_MAX: usize = 8;
/// A name, a prefix or a value of a vocabulary, in bytes of UTF-8.
pub const VOCABULARY_WORD_BYTES_MAX: usize = 128;
/// Bytes of a label.
pub const LABEL_BYTES_MAX: usize = 256;
