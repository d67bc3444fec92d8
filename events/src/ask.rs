//! What may be asked: one question, as of where, and which page of a list. Plain data with one JSON form
//! (`interface.md` sections 2 and 3), whoever asks: the command line, a service, a client, another node.
//!
//! INVARIANT: every type here reads what it writes, and keys stand in the order of `interface.md`. Each has a golden file
//! in `tests/goldens/vocabulary`.
//! Absent on purpose: what a person may type instead of it (`-2d`), which is the command line's, and where in a log a
//! question is asked, which takes the views. Read on in [`crate::answer`].

pub mod as_of;
pub mod feed_id;
pub mod matrix_of;
pub mod page;
pub mod question;

pub use as_of::AsOf;
pub use feed_id::FeedId;
pub use matrix_of::{BadMatrixOf, MatrixOf};
pub use page::{ListDigest, Next, PageToken, Paging};
pub use question::{Question, actions_of, has_action};
