//! A page of a list: how much of it is asked for, and behind what. The `next` of a page is an opaque token with the
//! position and the instant of the first page, a digest of what was asked, and the last thing shown.
//!
//! INVARIANT: a token names the position it was made at, so later pages show what stood there when the first was asked;
//! and it goes on with the list it was made for, no other.
//! Absent on purpose: a promise about what is in a token. People pass it on as it is; its inner form may change.

use crate::recorded::Position;
use crate::reference::OrganizationName;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt::{self, Display};
use std::num::NonZeroUsize;
use std::str::FromStr;

/// Which part of a list is asked for. Left out, all of it; a service sets a limit of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// At most so many items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<NonZeroUsize>,
    /// Only what stands behind a page: its `next`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<PageToken>,
}

impl Paging {
    /// At most so many items, in the type that slices take.
    #[must_use]
    pub fn limit(&self) -> Option<usize> {
        self.limit.map(NonZeroUsize::get)
    }

    /// Leaves in `items` the page that is asked for. Returns the name of its last item if more items stand behind it.
    ///
    /// # Errors
    /// `invalid`: the token ends with an item that the list does not have.
    pub fn cut<T>(&self, items: &mut Vec<T>, name: impl Fn(&T) -> String) -> Result<Option<String>, Refusal> {
        if let Some(token) = &self.after {
            let shown = items.iter().position(|item| name(item) == token.last);
            items.drain(..=shown.ok_or_else(|| token.foreign())?);
        }
        let limit = self.limit().unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        Ok(items.last().filter(|_| more).map(name))
    }

    /// What an answer says of the page behind this one, whose token this is; none behind the last.
    #[must_use]
    pub fn next(&self, token: Option<PageToken>) -> Next {
        match token {
            Some(token) => Next::More(token),
            None if self.limit.is_some() || self.after.is_some() => Next::End,
            None => Next::NotPaged,
        }
    }
}

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageToken {
    /// Where the first page was asked; later ones are asked there too.
    pub position: Position,
    /// The instant that windows were compared with, or at which a stretch of time ends.
    pub at: Timestamp,
    /// The list that it goes on with.
    pub list: ListDigest,
    /// How many items there are on all pages, where they were counted for the first one: later ones need not count again.
    pub total: Option<u64>,
    /// The last item of the page.
    pub last: String,
}

impl PageToken {
    /// Reads the `next` of a page of this list.
    ///
    /// # Errors
    /// `invalid`: the text is no token, or one of another list.
    pub fn of_list(text: &str, list: ListDigest) -> Result<PageToken, Refusal> {
        let token: PageToken = text.parse()?;
        if token.list != list {
            let message = format!("`{}` continues another list", text.escape_debug());
            let hint = "repeat the question of the page before, or leave `after` out for the first page";
            return Err(Refusal::invalid(message).hint(hint));
        }
        Ok(token)
    }

    /// Why it does not go on with the list it names: that has no such item.
    #[must_use]
    pub fn foreign(&self) -> Refusal {
        foreign(&self.to_string())
    }
}

fn foreign(text: &str) -> Refusal {
    Refusal::invalid(format!("`{}` does not continue this list", text.escape_debug()))
        .hint("leave `after` out for the first page")
}

/// The `next` of an answer: absent if no page was asked for, `null` on the last page, and otherwise the token of the page
/// behind this one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Next {
    /// The whole list was asked for.
    #[default]
    NotPaged,
    /// Nothing stands behind this page.
    End,
    /// With this the list goes on.
    More(PageToken),
}

impl Next {
    /// Returns true if an answer leaves it out.
    #[must_use]
    pub fn is_not_paged(&self) -> bool {
        *self == Next::NotPaged
    }

    /// With what the list goes on.
    #[must_use]
    pub fn token(&self) -> Option<&PageToken> {
        match self {
            Next::More(token) => Some(token),
            Next::NotPaged | Next::End => None,
        }
    }
}

impl Serialize for Next {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.token().serialize(serializer)
    }
}

/// A key that is there says that a page was asked for.
impl<'de> Deserialize<'de> for Next {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Next::End, Next::More))
    }
}

/// Which list a page is of, as eight digits: the organization, the verb, and what the verb was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListDigest(u32);

impl ListDigest {
    /// Of a question. What pages do not repeat is no part of it: how many items they show, and what the token pins.
    #[must_use]
    pub fn of(organization: &OrganizationName, verb: &str, asked: &[&dyn Display]) -> ListDigest {
        let mut digest = Sha256::new();
        let organization: &dyn Display = organization;
        for part in [organization, &verb].into_iter().chain(asked.iter().copied()) {
            let text = part.to_string();
            // With its length, so that no two lists run into the same letters.
            digest.update((text.len() as u64).to_le_bytes());
            digest.update(text.as_bytes());
        }
        let digest: [u8; 32] = digest.finalize().into();
        ListDigest(u32::from_le_bytes(*digest.first_chunk().expect("32 bytes begin with 4")))
    }
}

impl Display for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{:08x}", self.position, self.at.as_micros(), self.list.0)?;
        if let Some(total) = self.total {
            write!(f, ".{total}")?;
        }
        write!(f, ":{}", self.last)
    }
}

impl FromStr for PageToken {
    type Err = Refusal;
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let mut parts = text.splitn(4, ':');
        let mut part = || parts.next().ok_or_else(|| foreign(text));
        let position = part()?.parse().map_err(|_| foreign(text))?;
        let at = part()?.parse().map(Timestamp::from_micros).map_err(|_| foreign(text))?;
        let list = part()?;
        let (digits, total) = match list.split_once('.') {
            None => (list, None),
            Some((digits, total)) => (digits, Some(number(total).ok_or_else(|| foreign(text))?)),
        };
        let is_digest = digits.len() == 8 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        let list = u32::from_str_radix(digits, 16).ok().filter(|_| is_digest).map(ListDigest);
        Ok(PageToken { position, at, list: list.ok_or_else(|| foreign(text))?, total, last: part()?.to_owned() })
    }
}

/// As it is printed, and in no other way.
fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

impl Serialize for PageToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PageToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|refusal: Refusal| serde::de::Error::custom(refusal.message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[-0-9]{0,22}:?[-0-9]{0,22}:?[+0-9a-fé]{0,9}[.]?[+0-9]{0,22}:?.{0,12}") {
            let _ = text.parse::<PageToken>();
        }
    }

    fn token(last: &str) -> PageToken {
        let (position, at) = (Position(7), Timestamp::from_micros(-3));
        PageToken { position, at, list: ListDigest(0xbeef), total: None, last: last.to_owned() }
    }

    #[test]
    fn printing_and_parsing_are_inverse() {
        let token = token("user:a:b");
        assert_eq!(token.to_string(), "7:-3:0000beef:user:a:b");
        assert_eq!(token.to_string().parse::<PageToken>().expect("it was printed"), token);
        let counted = PageToken { total: Some(120), ..token };
        assert_eq!(counted.to_string(), "7:-3:0000beef.120:user:a:b");
        assert_eq!(counted.to_string().parse::<PageToken>().expect("it was printed"), counted);
        for bad in [
            "",
            "7",
            "7:8",
            "7:8:user:a",
            "x:8:0000beef:user:a",
            "7:x:0000beef:user:a",
            "-1:8:0000beef:user:a",
            "7:8:0000BEEF:user:a",
            "7:8:+000beef:user:a",
            "7:8:beef:user:a",
            "7:8:0000beef",
            "7:8:0000beef.:user:a",
            "7:8:0000beef.+1:user:a",
            "7:8:0000beef.01:user:a",
        ] {
            assert!(bad.parse::<PageToken>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_token_goes_on_with_the_list_it_was_made_for_and_no_other() {
        let default = OrganizationName::default();
        let other: OrganizationName = "other".parse().expect("a name");
        let of = ListDigest::of(&default, "who", &[&"read", &"case:1"]);
        for list in [
            ListDigest::of(&other, "who", &[&"read", &"case:1"]),
            ListDigest::of(&default, "what", &[&"read", &"case:1"]),
            ListDigest::of(&default, "who", &[&"readc", &"ase:1"]),
        ] {
            let text = PageToken { list, ..token("user:a") }.to_string();
            let refusal = PageToken::of_list(&text, of).expect_err("it is of another list");
            assert!(refusal.message.contains("continues another list") && refusal.hint.is_some(), "{refusal:?}");
        }
        let text = PageToken { list: of, ..token("user:a") }.to_string();
        assert!(PageToken::of_list(&text, of).is_ok());
    }

    #[test]
    fn pages_of_a_list_make_the_whole_of_it() {
        let mut paging = Paging { limit: NonZeroUsize::new(2), after: None };
        let mut whole = Vec::new();
        loop {
            let mut items = vec!["a", "b", "c", "d", "e"];
            let last = paging.cut(&mut items, |item| (*item).to_owned()).expect("the list has every item");
            whole.extend(items);
            let Some(last) = last else { break };
            paging.after = Some(token(&last));
        }
        assert_eq!(whole, ["a", "b", "c", "d", "e"]);
        paging.after = Some(token("gone"));
        assert!(paging.cut(&mut vec!["a"], |item| (*item).to_owned()).is_err());
    }
}
