//! Addresses of pages: what a page is about stands in the path, as the command line writes it; time and choice stand behind
//! the `?`.
//!
//! INVARIANT: every state of a page is an address, and an address that names a moment shows the same for ever. Writing and
//! reading are inverse, whatever an id holds: a `.json` at the end of an id is written so that it is no ending.

use caseward_events::ask::AsOf;

/// What stands behind the `?` of a page, read once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    pairs: Vec<(String, String)>,
}

/// Behind a path, the bytes of the API.
pub const JSON: &str = ".json";

impl Given {
    /// Of a query as it came.
    #[must_use]
    pub fn of(pairs: Vec<(String, String)>) -> Given {
        Given { pairs: pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect() }
    }

    /// One of them; of several with a name, the first.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// With another value, or without any.
    #[must_use]
    pub fn with(&self, name: &str, value: Option<&str>) -> Given {
        let mut pairs: Vec<_> = self.pairs.iter().filter(|(found, _)| found != name).cloned().collect();
        pairs.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        Given { pairs }
    }

    /// Only these.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Given {
        Given { pairs: self.pairs.iter().filter(|(name, _)| names.contains(&name.as_str())).cloned().collect() }
    }

    /// All of them.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Behind a path.
    #[must_use]
    pub fn behind(&self, path: &str) -> String {
        let pairs: Vec<_> = self.pairs.iter().map(|(name, value)| (name.as_str(), Some(value.clone()))).collect();
        with_parameters(path, &pairs)
    }
}

/// A path with parameters that have a value.
#[must_use]
pub fn with_parameters(path: &str, parameters: &[(&str, Option<String>)]) -> String {
    let given = parameters.iter().filter_map(|(name, value)| Some(format!("{name}={}", escaped(value.as_ref()?))));
    let given: Vec<_> = given.collect();
    if given.is_empty() { path.to_owned() } else { format!("{path}?{}", given.join("&")) }
}

/// A text as it stands in an address.
#[must_use]
pub fn escaped(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte);
    let one = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

/// A piece of a path.
fn piece(text: &str) -> String {
    let escaped = escaped(text);
    match escaped.strip_suffix(JSON) {
        Some(before) => format!("{before}%2Ejson"),
        // Browsers take these for steps.
        None if text == "." || text == ".." => text.replace('.', "%2E"),
        None => escaped,
    }
}

/// The page of an organization, or one below it.
#[must_use]
pub fn page(organization: &str, below: &[&str]) -> String {
    let pieces = [organization].into_iter().chain(below.iter().copied()).map(piece);
    format!("/console/{}", pieces.collect::<Vec<_>>().join("/"))
}

/// As an address writes a moment; none for now.
#[must_use]
pub fn moment(as_of: AsOf) -> Option<String> {
    match as_of {
        AsOf::Head => None,
        AsOf::Position(position) => Some(position.to_string()),
        AsOf::Instant(instant) => Some(instant.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_id_holds_can_neither_leave_its_place_nor_pass_for_an_ending() {
        assert_eq!(page("default", &["case:a/b?c#d"]), "/console/default/case:a%2Fb%3Fc%23d");
        assert_eq!(page("default", &["case:x.json"]), "/console/default/case:x%2Ejson");
        assert_eq!(page("default", &[".."]), "/console/default/%2E%2E");
    }

    #[test]
    fn one_parameter_is_changed_and_the_others_stay() {
        let given = Given::of(vec![("as_of".into(), "169".into()), ("vs".into(), String::new())]);
        assert_eq!(given.behind("/p"), "/p?as_of=169");
        assert_eq!(given.with("vs", Some("1 2")).behind("/p"), "/p?as_of=169&vs=1%202");
        assert_eq!(given.with("as_of", None).behind("/p"), "/p");
        assert_eq!(given.with("q", Some("x")).only(&["q"]).behind("/p"), "/p?q=x");
    }
}
