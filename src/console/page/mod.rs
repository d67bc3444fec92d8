//! The pages, a file each: each asks, and says what it shows.

pub mod between;
pub mod events;
pub mod explain;
pub mod home;
pub mod search;
pub mod sign_in;
pub mod thing;
