//! Going through a whole log: every event is decoded and folded into views from nothing, in order, and the log is held
//! against every tree head that somebody kept.
//!
//! The store that reads the log hashes it; here are the positions, times and stream versions (the fold refuses what does
//! not go on), the streams, and the heads. INVARIANT: a head that the store's own key signed, and that the log does not
//! bear out, is damage of the log; any other is only a file that says nothing about it. Nothing is written.

use super::heads::{self, HeadError};
use super::streams;
use crate::engine::{OpenError, Retelling};
use crate::integrity::damage_report::{DamageReport, Extent, Finding};
use crate::integrity::sequence::Sequence;
use crate::integrity::signed_note::{BadNote, SignedNote};
use crate::integrity::tree_head::{Origin, StreamsRoot, TreeHead};
use crate::integrity::visitor::{Unsound, Visitor};
use crate::seams::OrganizationNumber;
use crate::seams::tree::{EMPTY_ROOT, Root};
use caseward_events::codec::decode;
use caseward_events::{Event, OrganizationName, Position, PublicKey};
use caseward_projections::Views;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

/// A tree head that somebody kept.
struct Known {
    /// Its file.
    place: String,
    note: SignedNote,
    head: TreeHead,
    judged: bool,
}

/// The organization that is gone through at the moment.
struct Current {
    organization: OrganizationNumber,
    folding: Retelling,
    /// Of the heads of this log, the last first.
    ahead: Vec<usize>,
    /// The size of the last head that the log bears out.
    agreed: Position,
    /// The tree over the streams where it was worked out last: many heads may be of one position.
    streams: Option<(Position, StreamsRoot)>,
    /// An event did not fit, and that was told.
    is_unsound: bool,
}

impl Current {
    /// The tree over the streams at the position that was reached.
    fn streams_at(&mut self, position: Position) -> StreamsRoot {
        match self.streams {
            Some((at, root)) if at == position => root,
            _ => {
                let root = streams::root(&self.folding.stream_leaves());
                self.streams = Some((position, root));
                root
            }
        }
    }
}

/// A verification of a whole log, in progress.
pub struct Audit<'p> {
    /// Of the store, oldest first; none, where it has none.
    keys: Vec<PublicKey>,
    known: Vec<Known>,
    names: BTreeMap<OrganizationNumber, OrganizationName>,
    register: Sequence,
    current: Option<Current>,
    findings: Vec<Finding>,
    /// Which the log put in the place of the first, at its end.
    last_keys: BTreeMap<OrganizationNumber, PublicKey>,
    /// What the log folds to.
    folded: BTreeMap<OrganizationNumber, Views>,
    /// What limits the trust in an organization.
    limits: BTreeMap<OrganizationNumber, Position>,
    events: u64,
    agreeing: usize,
    progress: &'p mut dyn FnMut(u64),
}

/// A head from behind the end of the log, of no key that the store has.
#[derive(Debug, thiserror::Error)]
#[error(
    "it was made at position {size}, and none of the keys that this log knows up to its end, position {end}, signed it: \
     either it is forged, or events are gone, and with them the one that put another key in force (`key_replaced`); the \
     public key that was published for it tells which"
)]
struct Unknown {
    size: Position,
    end: Position,
}

/// What going through a whole log came to, beside what is wrong.
#[derive(Debug)]
pub struct Audited {
    /// How many events were seen.
    pub events: u64,
    /// How many of the heads that somebody kept the log bears out.
    pub heads: usize,
    /// Of the organizations that the log tells of.
    pub names: BTreeMap<OrganizationNumber, OrganizationName>,
    /// What the log of each organization folds to, where it can be folded whole.
    pub folded: BTreeMap<OrganizationNumber, Views>,
}

/// Between two words about how far it has come.
const EVENTS_A_WORD: u64 = 1 << 14;

impl<'p> Audit<'p> {
    /// Of the store that has these public keys, oldest first. `progress` hears how many events were seen.
    #[must_use]
    pub fn new(keys: Vec<PublicKey>, progress: &'p mut dyn FnMut(u64)) -> Audit<'p> {
        let names = BTreeMap::from([(OrganizationNumber::DEFAULT, OrganizationName::default())]);
        let (known, findings, last_keys, limits) = (Vec::new(), Vec::new(), BTreeMap::new(), BTreeMap::new());
        let (register, current, folded) = (Sequence::default(), None, BTreeMap::new());
        Audit {
            keys,
            known,
            names,
            register,
            current,
            findings,
            last_keys,
            folded,
            limits,
            events: 0,
            agreeing: 0,
            progress,
        }
    }

    /// A file of a tree head that the log must bear out. One that holds none is told.
    pub fn hold_against(&mut self, path: &Path) {
        let place = path.display().to_string();
        let read = heads::read(path).and_then(|note| Ok((note.text().parse()?, note)));
        match read {
            Ok((head, note)) => self.known.push(Known { place, note, head, judged: false }),
            Err(error) => self.of_no_use(place, &error),
        }
    }

    /// What is wrong, beside what the store found, goes into its damage report.
    pub fn finish(mut self, damage: &mut DamageReport) -> Audited {
        self.end_current();
        let heads = damage.trusted.clone();
        let left: Vec<_> = (0..self.known.len()).filter(|&index| !self.known[index].judged).collect();
        left.into_iter().for_each(|index| self.judge_unreached(index, &heads));
        damage.findings.append(&mut self.findings);
        for (organization, limit) in self.limits {
            damage.trusted.entry(organization).and_modify(|trusted| *trusted = limit.min(*trusted));
        }
        Audited { events: self.events, heads: self.agreeing, names: self.names, folded: self.folded }
    }

    fn begin(&mut self, organization: OrganizationNumber) {
        let of_it = match (self.names.get(&organization), self.keys.first()) {
            (Some(name), Some(key)) => Some(Origin::new(name, key)),
            _ => None,
        };
        let mut ahead: Vec<usize> = (0..self.known.len())
            .filter(|&index| Some(&self.known[index].head.origin) == of_it.as_ref())
            .filter(|&index| self.known[index].head.size > Position::ZERO)
            .collect();
        ahead.sort_by_key(|&index| std::cmp::Reverse(self.known[index].head.size));
        let folding = Retelling::new(organization);
        let agreed = Position::ZERO;
        self.current = Some(Current { organization, folding, ahead, agreed, streams: None, is_unsound: false });
    }

    /// Folds what is left of an organization of which no more comes.
    fn end_current(&mut self) {
        let Some(mut current) = self.current.take().filter(|current| !current.is_unsound) else { return };
        let settled = current.folding.settle();
        if let Some(key) = current.folding.signing_key() {
            self.last_keys.insert(current.organization, key);
        }
        match settled {
            Ok(()) => drop(self.folded.insert(current.organization, current.folding.into_views())),
            Err(error) => {
                let Unsound { since, why } = unsound(&error);
                self.damage(Some(current.organization), since, "log", why);
            }
        }
    }

    /// An event of the log of the organizations, which is no organization's and is not folded.
    fn registered(&mut self, at: Position, bytes: &[u8]) -> Result<(), Unsound> {
        let unsound = |why| Unsound { since: at, why };
        self.register.take(OrganizationNumber::REGISTER, at, bytes).map_err(unsound)?;
        if let Ok(Event::OrganizationCreated(created)) = decode(bytes).map(|recorded| recorded.event) {
            self.names.insert(OrganizationNumber(created.number), created.name);
        }
        Ok(())
    }

    fn judge(&mut self, index: usize, root: Root) -> Result<(), Unsound> {
        let Some(current) = self.current.as_mut() else { return Ok(()) };
        let settled = current.folding.settle();
        current.is_unsound = settled.is_err();
        settled.map_err(|error| unsound(&error))?;
        let known = &mut self.known[index];
        known.judged = true;
        let (place, size) = (known.place.clone(), known.head.size);
        let Some(key) = current.folding.signing_key().or(self.keys.first().copied()) else { return Ok(()) };
        if let Err(error) = heads::verify(&known.note, &key) {
            self.of_no_use(place, &error);
            return Ok(());
        }
        let (organization, since) = (Some(current.organization), current.agreed.next());
        if known.head.root != root {
            let why = format!("the events up to position {size} are not those that this tree head was signed of");
            self.damage(organization, since, &place, why);
        } else if known.head.streams != current.streams_at(size) {
            let why =
                "the root of its streams is not that of the streams of these events: whoever signed it vouched for \
                       what is not so"
                    .to_owned();
            self.findings.push(Finding { extent: Extent::Damage, organization, since: None, place, what: why });
        } else {
            current.agreed = size;
            self.agreeing += 1;
        }
        Ok(())
    }

    /// A head that no walk came by: of an empty log, above the head, or of another log.
    fn judge_unreached(&mut self, index: usize, heads: &BTreeMap<OrganizationNumber, Position>) {
        let Known { place, note, head, .. } = &self.known[index];
        let (place, size) = (place.clone(), head.size);
        let ours = |first: &PublicKey| {
            let of_it = |(_, name): &(&OrganizationNumber, &OrganizationName)| Origin::new(name, first) == head.origin;
            self.names.iter().find(of_it).map(|(number, _)| *number)
        };
        let Some((first, organization)) = self.keys.first().and_then(|first| Some((*first, ours(first)?))) else {
            let what = format!("it is of `{}`, which is not in this store", head.origin);
            self.findings.push(Finding { extent: Extent::Damage, organization: None, since: None, place, what });
            return;
        };
        let key = self.last_keys.get(&organization).copied().unwrap_or(first);
        let end = heads.get(&organization).copied().unwrap_or_default();
        let signed_by = |key: &PublicKey| heads::verify(note, key);
        // Which key is in force behind the end, only the events tell that are not there.
        let is_signed = size > end && self.keys.iter().any(|key| signed_by(key).is_ok());
        match signed_by(&key) {
            Err(HeadError::Note(BadNote::NotSigned(_))) if size > end && !is_signed => {
                return self.of_no_use(place, &Unknown { size, end });
            }
            Err(error) if !is_signed => return self.of_no_use(place, &error),
            _ => {}
        }
        if size > end {
            let what = format!("events up to position {size} were there when it was signed, and are not there");
            self.findings.push(Finding {
                extent: Extent::Damage,
                organization: Some(organization),
                since: Some(end.next()),
                place,
                what,
            });
        } else if size == Position::ZERO && head.root == EMPTY_ROOT {
            self.agreeing += 1;
        } else {
            let what = "the log was not gone through as far as it".to_owned();
            let organization = Some(organization);
            self.findings.push(Finding { extent: Extent::Damage, organization, since: None, place, what });
        }
    }

    fn damage(&mut self, organization: Option<OrganizationNumber>, since: Position, place: &str, what: String) {
        if let Some(organization) = organization {
            let limit = Position(since.0.saturating_sub(1));
            self.limits.entry(organization).and_modify(|known| *known = limit.min(*known)).or_insert(limit);
        }
        let place = place.to_owned();
        self.findings.push(Finding { extent: Extent::Damage, organization, since: Some(since), place, what });
    }

    fn of_no_use(&mut self, place: String, why: &dyn Error) {
        let what = format!("{why}; it says nothing about the log");
        self.findings.push(Finding { extent: Extent::Damage, organization: None, since: None, place, what });
    }
}

impl Visitor for Audit<'_> {
    fn event(&mut self, organization: OrganizationNumber, at: Position, bytes: &[u8]) -> Result<(), Unsound> {
        self.events += 1;
        if self.events.is_multiple_of(EVENTS_A_WORD) {
            (self.progress)(self.events);
        }
        if organization == OrganizationNumber::REGISTER {
            return self.registered(at, bytes);
        }
        if self.current.as_ref().is_none_or(|current| current.organization != organization) {
            self.end_current();
            self.begin(organization);
        }
        let Some(current) = self.current.as_mut() else { return Ok(()) };
        let taken = current.folding.take(bytes);
        current.is_unsound = taken.is_err();
        taken.map_err(|error| unsound(&error))
    }

    fn wants_root_at(&self) -> Option<Position> {
        let current = self.current.as_ref()?;
        current.ahead.last().map(|&index| self.known[index].head.size)
    }

    fn root(&mut self, root: Root) -> Result<(), Unsound> {
        let Some(size) = self.wants_root_at() else { return Ok(()) };
        while self.wants_root_at() == Some(size) {
            let next = self.current.as_mut().and_then(|current| current.ahead.pop());
            next.map_or(Ok(()), |index| self.judge(index, root))?;
        }
        Ok(())
    }
}

/// Which event does not fit, and why.
fn unsound(error: &OpenError) -> Unsound {
    let why = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
    Unsound { since: error.position().unwrap_or_default(), why }
}
