//! Who held something on a resource, and when, as a drawing.
//!
//! The way: `picture` says what is drawn with which words, `axis` where an instant lies, `svg` and `blocks` draw.

mod axis;
pub mod blocks;
mod fit_text;
pub mod picture;
pub mod svg;
