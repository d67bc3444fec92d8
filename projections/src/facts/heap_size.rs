//! What values take on the heap, as the allocator of the system gives it: with 8 bytes of its own, in steps of 16.

/// What an allocation of so many bytes takes; nothing where it is none.
pub(crate) fn allocated(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { (bytes + 8).next_multiple_of(16).max(32) }
}

/// What the text of an id takes beside it: short ones lie within.
pub(crate) fn text(id: &str) -> usize {
    const WITHIN_BYTES: usize = 24;
    if id.len() <= WITHIN_BYTES { 0 } else { allocated(id.len()) }
}

/// What a vector takes beside itself.
pub(crate) fn vec<T>(values: &Vec<T>) -> usize {
    allocated(values.capacity() * size_of::<T>())
}

/// What a thin vector takes beside itself.
pub(crate) fn thin<T>(values: &thin_vec::ThinVec<T>) -> usize {
    const HEADER_BYTES: usize = 16;
    if values.capacity() == 0 { 0 } else { allocated(HEADER_BYTES + values.capacity() * size_of::<T>()) }
}
