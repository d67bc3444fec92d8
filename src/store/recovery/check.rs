//! Comparing what the database holds with what was noted beside it.
//!
//! INVARIANT: nothing is written. What is vouched for has dense positions from where the walk began, rows that decode,
//! and a tree with every noted root. Absent on purpose: what an event says (the verb `verify` looks at that, too).

use super::anchor::Frontiers;
use super::evidence::Evidence;
use crate::integrity::damage_report::{DamageReport, Extent, Finding};
use crate::integrity::head_note::Note;
use crate::integrity::tree::Frontier;
use crate::integrity::visitor::{Unsound, Visitor};
use crate::seams::tree::Tree;
use crate::seams::{OrganizationNumber, StoreError};
use crate::store::database::errors::reading;
use crate::store::database::rows::{Row, gap, key, parse_key};
use caseward_events::Position;
use fjall::Keyspace;
use std::collections::BTreeSet;

/// Where a walk begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum From {
    /// Where the anchor says that everything lies in tables.
    Anchor,
    /// At position 1.
    Start,
}

/// What a walk came to.
#[derive(Debug, Default)]
pub(in crate::store) struct Walked {
    /// The tree of each organization up to its last position that holds together with those before it.
    pub(in crate::store) frontiers: Frontiers,
    pub(in crate::store) damage: DamageReport,
}

/// Walks all organizations that the database or a note names.
pub(in crate::store) fn walk(
    log: &Keyspace,
    evidence: &Evidence,
    from: From,
    visitor: &mut dyn Visitor,
) -> Result<Walked, StoreError> {
    let mut walked = Walked::default();
    let beside = evidence.findings();
    let mut organizations = organizations(log)?;
    organizations.extend(evidence.notes.notes.keys().chain(evidence.anchor.keys()).copied());
    for organization in organizations {
        let start = match from {
            From::Anchor => evidence.anchor.get(&organization).cloned().unwrap_or_default(),
            From::Start => Frontier::default(),
        };
        let mut walk = Walk::new(organization, start, evidence);
        let broken = match walk.along(log, visitor) {
            Ok(()) => None,
            Err(StoreError::Corruption(why)) => Some(why),
            // A disk that does not answer says nothing about what it holds.
            Err(error) => return Err(error),
        };
        walk.judge(evidence, broken);
        walked.damage.findings.append(&mut walk.findings);
        walked.damage.trusted.insert(organization, walk.trusted());
        walked.frontiers.insert(organization, walk.frontier);
    }
    let agrees = walked.damage.findings.is_empty() && evidence.only_ends_badly();
    // Without an anchor, only the walk shows that nothing noted was in what is not whole.
    let only_the_end = |finding: &mut Finding| {
        finding.extent = if finding.place == "HEAD" { finding.extent } else { Extent::End };
    };
    walked.damage.findings.splice(0..0, beside);
    if agrees {
        walked.damage.findings.iter_mut().for_each(only_the_end);
    }
    Ok(walked)
}

/// The organizations that have rows, found from the last key down.
fn organizations(log: &Keyspace) -> Result<BTreeSet<OrganizationNumber>, StoreError> {
    let mut organizations = BTreeSet::new();
    let mut last = log.last_key_value();
    while let Some(guard) = last {
        let (organization, _) = parse_key(&guard.key().map_err(reading)?)?;
        organizations.insert(organization);
        last = log.range(..key(organization, Position::ZERO)).next_back();
    }
    Ok(organizations)
}

/// One organization.
struct Walk<'a> {
    organization: OrganizationNumber,
    start: Position,
    frontier: Frontier,
    notes: &'a [Note],
    anchor: Option<&'a Frontier>,
    /// The last position at which a note agreed.
    agreed: Option<Position>,
    disagrees: bool,
    /// Since where the visitor found it wanting.
    unsound: Option<Position>,
    findings: Vec<Finding>,
}

impl<'a> Walk<'a> {
    fn new(organization: OrganizationNumber, start: Frontier, evidence: &'a Evidence) -> Self {
        let notes = evidence.notes.notes.get(&organization).map_or(&[][..], Vec::as_slice);
        let start_at = start.position();
        let (agreed, disagrees, unsound, findings) = (None, false, None, Vec::new());
        let anchor = evidence.anchor.get(&organization);
        Walk { organization, start: start_at, frontier: start, notes, anchor, agreed, disagrees, unsound, findings }
    }

    /// Takes row after row into the tree, until one does not go on where the one before it ended.
    fn along(&mut self, log: &Keyspace, visitor: &mut dyn Visitor) -> Result<(), StoreError> {
        self.compare();
        let organization = self.organization;
        let mut next = self.start.next();
        let upto = ..=key(organization, self.start);
        let row_with_start = log.range(upto).next_back().map(|guard| guard.key().map_err(reading)).transpose()?;
        let (from, mut begins) = match row_with_start.as_deref().map(parse_key).transpose()? {
            _ if self.start == Position::ZERO => (Position::ZERO, Position::ZERO.next()),
            Some((of, first)) if of == organization => (first, first),
            _ => return Err(gap(organization, self.start)),
        };
        for guard in log.range(key(organization, from)..=key(organization, Position(u64::MAX))) {
            let row = Row::load(guard)?;
            if row.first != begins {
                return Err(gap(organization, begins));
            }
            for event in row.events()? {
                if begins == next {
                    self.frontier.add_leaves([event]);
                    self.compare();
                    self.show(visitor, next, event);
                    next = next.next();
                }
                begins = begins.next();
            }
        }
        if begins < next { Err(gap(organization, begins)) } else { Ok(()) }
    }

    /// Lets the visitor see an event, until it found one that does not fit; the tree goes on all the same.
    fn show(&mut self, visitor: &mut dyn Visitor, at: Position, event: &[u8]) {
        if self.unsound.is_some() {
            return;
        }
        let seen = visitor.event(self.organization, at, event).and_then(|()| match visitor.wants_root_at() {
            Some(wanted) if wanted == at => visitor.root(self.frontier.root()),
            _ => Ok(()),
        });
        if let Err(Unsound { since, why }) = seen {
            self.unsound = Some(since);
            self.find(Extent::Damage, "log", since, why);
        }
    }

    /// Holds the tree against the notes for the position that it has reached.
    fn compare(&mut self) {
        let position = self.frontier.position();
        let anchor = self.anchor.filter(|anchor| anchor.position() == position);
        let mut notes = self.notes.iter().filter(|note| note.position == position).peekable();
        if (notes.peek().is_none() && anchor.is_none()) || self.disagrees {
            return;
        }
        let root = self.frontier.root();
        if notes.all(|note| note.root == root) && anchor.is_none_or(|anchor| *anchor == self.frontier) {
            self.agreed = Some(position);
            return;
        }
        self.disagrees = true;
        let since = self.agreed.unwrap_or(self.start).next();
        let what = format!("the events up to position {position} are not those that the note tells of");
        self.find(Extent::Damage, "HEAD", since, what);
    }

    fn judge(&mut self, evidence: &Evidence, broken: Option<String>) {
        let head = self.frontier.position();
        if let Some(what) = broken {
            self.find(Extent::Damage, "log", head.next(), what);
        }
        let noted = self.notes.iter().map(|note| note.position).max();
        match noted {
            None => {
                let what = "it has no note for it, so nothing tells what was acknowledged".to_owned();
                self.find(Extent::Damage, "HEAD", head.next(), what);
            }
            Some(noted) if noted > head => {
                let what = format!("events up to position {noted} were acknowledged and are not there");
                self.find(Extent::Damage, "log", head.next(), what);
            }
            Some(_) => {}
        }
        let reach = evidence.whole_reach(self.organization);
        if reach > head.0 {
            let what = format!("the journal has events up to position {reach} that the database does not take");
            self.find(Extent::Damage, "log", head.next(), what);
        }
        let anchored = evidence.anchor.get(&self.organization).map_or(0, Frontier::leaves);
        if anchored > head.0 {
            let what = format!("events up to position {anchored} lay in tables and are not there");
            self.find(Extent::Damage, "log", head.next(), what);
        }
    }

    fn find(&mut self, extent: Extent, place: &str, since: Position, what: String) {
        let (organization, since) = (Some(self.organization), Some(since));
        self.findings.push(Finding { extent, organization, since, place: place.to_owned(), what });
    }

    fn trusted(&self) -> Position {
        let vouched = if self.disagrees { self.agreed.unwrap_or(self.start) } else { self.frontier.position() };
        self.unsound.map_or(vouched, |since| vouched.min(Position(since.0.saturating_sub(1))))
    }
}
