//! Work that can be done side by side: the threads are the caller's.

/// Runs all of these, side by side where it can: threads are the caller's.
pub type Jobs<'a> = &'a dyn Fn(&mut [&mut (dyn FnMut() + Send)]);
