//! Whether requests are logged, and with what.

/// Under which name the lines of the access log are filtered.
pub const ACCESS: &str = "access";

/// What is logged of each request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccessLog {
    /// Nothing.
    #[default]
    Off,
    /// A line without personal data.
    Brief,
    /// With the path and query as they came, and the address.
    Full,
}
