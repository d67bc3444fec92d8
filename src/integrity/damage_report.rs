//! The damage report of what a store cannot vouch for: what, since which position, in which file, and what still holds.
//!
//! INVARIANT: whoever reads a damage report knows what to trust: everything up to the positions it names, nothing
//! after.

use crate::seams::OrganizationNumber;
use caseward_events::Position;
use caseward_events::answer::{DamageExtent, DamageFinding, Trusted};
use std::collections::BTreeMap;
use std::fmt;

/// How severe a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// The last write is not as it was written, behind everything that was noted: nothing tells whether it was ever
    /// acknowledged.
    End,
    /// What was acknowledged is lost or changed, or the note that would tell is.
    Damage,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How severe it is.
    pub extent: Extent,
    /// The organization; `None` if it is not known.
    pub organization: Option<OrganizationNumber>,
    /// The first position that is lost or in doubt, where it can be told.
    pub since: Option<Position>,
    /// The file, or the part of the store, by its path in the data directory.
    pub place: String,
    /// What is wrong with it.
    pub what: String,
}

impl Finding {
    /// Damage of a file: whose and since where, where that can be told.
    #[must_use]
    pub fn damage(place: &str, at: Option<(OrganizationNumber, Position)>, what: String) -> Finding {
        let (organization, since) = at.unzip();
        Finding { extent: Extent::Damage, organization, since, place: place.to_owned(), what }
    }
}

impl Finding {
    /// In the form that programs read.
    #[must_use]
    pub fn answer(&self) -> DamageFinding {
        let extent = match self.extent {
            Extent::End => DamageExtent::EndNotVouchedFor,
            Extent::Damage => DamageExtent::Damage,
        };
        let (place, what, organization) = (self.place.clone(), self.what.clone(), self.organization.map(|one| one.0));
        DamageFinding { extent, organization, place, since: self.since, what }
    }
}

impl From<DamageFinding> for Finding {
    fn from(told: DamageFinding) -> Finding {
        let DamageFinding { extent, organization, place, since, what } = told;
        let extent = match extent {
            DamageExtent::EndNotVouchedFor => Extent::End,
            DamageExtent::Damage => Extent::Damage,
        };
        Finding { extent, organization: organization.map(OrganizationNumber), since, place, what }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)?;
        if let Some(organization) = self.organization {
            write!(f, "; organization {organization}")?;
            if let Some(since) = self.since {
                write!(f, " from position {since} on")?;
            }
        }
        Ok(())
    }
}

/// All that is wrong, and what still holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DamageReport {
    /// At least one, where there is a damage report.
    pub findings: Vec<Finding>,
    /// The last position of each organization up to which events and notes agree.
    pub trusted: BTreeMap<OrganizationNumber, Position>,
}

impl DamageReport {
    /// The most severe extent of all findings.
    #[must_use]
    pub fn extent(&self) -> Extent {
        self.findings.iter().map(|finding| finding.extent).max().unwrap_or(Extent::End)
    }

    /// What was told of another store.
    #[must_use]
    pub fn told(findings: Vec<DamageFinding>, trusted: &[Trusted]) -> DamageReport {
        let trusted = trusted.iter().map(|one| (OrganizationNumber(one.organization), one.position)).collect();
        DamageReport { findings: findings.into_iter().map(Finding::from).collect(), trusted }
    }

    /// What can still be trusted, in the form that programs read.
    #[must_use]
    pub fn trusted_answer(&self) -> Vec<Trusted> {
        let each = |(organization, position): (&OrganizationNumber, &Position)| Trusted {
            organization: organization.0,
            name: None,
            position: *position,
        };
        self.trusted.iter().map(each).collect()
    }

    /// A text that says what can still be trusted.
    #[must_use]
    pub fn trusted_words(&self) -> String {
        let each = |(organization, position): (&OrganizationNumber, &Position)| {
            format!("organization {organization} up to position {position}")
        };
        let words: Vec<_> = self.trusted.iter().map(each).collect();
        if words.is_empty() { "nothing can be read".to_owned() } else { words.join(", ") }
    }
}

impl fmt::Display for DamageReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let findings: Vec<_> = self.findings.iter().map(Finding::to_string).collect();
        match self.extent() {
            Extent::End => write!(f, "the end of the log cannot be verified: {}", findings.join("; ")),
            Extent::Damage => write!(f, "the log cannot be verified: {}", findings.join("; ")),
        }
    }
}
