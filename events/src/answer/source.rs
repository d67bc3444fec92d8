//! Where a reason comes from.

use crate::id::{BadId, CaseId, DelegationId, LinkId, ProfileId};
use crate::reference::{BadReference, Resource};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The list that a reason came from, or the resource itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// `organization`, `definition:X`, `case:Y`: their lists, or they themselves.
    Resource(Resource),
    /// `restriction:Y`: the restricted list of a case.
    Restriction(CaseId),
    /// `profile:P`.
    Profile(ProfileId),
    /// `delegation:D`.
    Delegation(DelegationId),
    /// `link:L`.
    Link(LinkId),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Resource(resource) => resource.fmt(f),
            Source::Restriction(case) => write!(f, "restriction:{case}"),
            Source::Profile(profile) => write!(f, "profile:{profile}"),
            Source::Delegation(delegation) => write!(f, "delegation:{delegation}"),
            Source::Link(link) => write!(f, "link:{link}"),
        }
    }
}

/// Why a text is no source of a reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSource {
    /// The id behind the colon is none.
    #[error(transparent)]
    Id(#[from] BadId),
    /// It is neither of the kinds of a source nor a resource.
    #[error(transparent)]
    Resource(#[from] BadReference),
}

impl FromStr for Source {
    type Err = BadSource;
    fn from_str(text: &str) -> Result<Self, BadSource> {
        Ok(match text.split_once(':') {
            Some(("restriction", case)) => Source::Restriction(case.parse()?),
            Some(("profile", profile)) => Source::Profile(profile.parse()?),
            Some(("delegation", delegation)) => Source::Delegation(delegation.parse()?),
            Some(("link", link)) => Source::Link(link.parse()?),
            _ => Source::Resource(text.parse()?),
        })
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_and_parsing_are_inverse() {
        for text in ["organization", "definition:d", "case:a:b", "restriction:1", "profile:p", "delegation:x", "link:l"]
        {
            assert_eq!(text.parse::<Source>().map(|source| source.to_string()), Ok(text.to_owned()));
        }
        for bad in ["", "restriction", "restriction:", "user:a", "organization:1"] {
            assert!(bad.parse::<Source>().is_err(), "{bad}");
        }
    }
}
