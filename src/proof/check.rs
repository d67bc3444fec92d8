//! Checking a proof with nothing but the proof and a public key.
//!
//! In this order: the signature of the tree head; that every event is in its tree; for a decision, that of each stream
//! it rests on all events are there, or that there is no such stream; and then the decision itself, made again from these
//! events by the evaluator that made it.
//!
//! INVARIANT: which streams a decision rests on is worked out here, from the events, not taken from the bundle. Nothing
//! in a bundle makes it panic. Absent on purpose: the store.

use super::bundle::{Bundle, Consistency, DecisionProof, Events, FORM, LeafAt, ProvenQuestion, Proves, roots};
use super::streams;
use crate::integrity::merkle_proof::{root_with, roots_of_both};
use crate::integrity::signed_note::{BadNote, SignedNote, VerifierKey};
use crate::integrity::tree::leaf_hash;
use crate::integrity::tree_head::{BadHead, TreeHead};
use crate::seams::tree::{EMPTY_ROOT, Root};
use caseward_events::ask::has_action;
use caseward_events::codec::{DecodeError, decode};
use caseward_events::plain_text::without_mark;
use caseward_events::{Asker, Event, Position, Recorded, Refusal};
use caseward_projections::{Decision, FoldError, PartialReplay, Question, Resolved, StreamLeaf, When};
use std::collections::{BTreeMap, BTreeSet};

/// What a bundle was found to prove.
#[derive(Clone, Debug, PartialEq)]
pub struct Proved {
    /// The tree head that everything was proved against.
    pub head: TreeHead,
    /// What.
    pub what: What,
}

/// See [`Proved`].
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// These events are in the log.
    Events(Vec<Recorded>),
    /// This had to be decided.
    Decision {
        /// What was asked.
        asked: ProvenQuestion,
        /// What is answered.
        decision: Box<Decision>,
        /// The streams it rests on, with how many events each has; 0 where there is none.
        streams: BTreeMap<String, u64>,
        /// All events of these streams.
        events: Vec<Recorded>,
    },
    /// The log grew out of the one that this head is of.
    Consistency {
        /// The older one.
        older: TreeHead,
    },
}

/// Why a bundle proves nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotProved {
    /// Not of the form.
    #[error("it is not a Caseward proof: {0}")]
    Form(String),
    /// Of a later release.
    #[error("it is a proof of form {0}; this release reads form {FORM}")]
    NewerForm(u32),
    /// The tree head is not signed by the key.
    #[error("its tree head cannot be trusted")]
    Note(#[from] BadNote),
    /// The tree head is none.
    #[error("its tree head says nothing")]
    Head(#[from] BadHead),
    /// Of another log.
    #[error("its tree head is of `{found}`, and the key is that of `{wanted}`")]
    OtherLog {
        /// That of the tree head.
        found: String,
        /// That of the key.
        wanted: String,
    },
    /// An event is none, or says that it is another one.
    #[error("event {position} is not one as it is stored")]
    Event {
        /// Where.
        position: Position,
        /// Why.
        #[source]
        source: Option<DecodeError>,
    },
    /// The events are not those of the tree.
    #[error("its events are not in the log of which the tree head was signed: one was changed, or its place")]
    NotInTree,
    /// The streams are not those of the tree.
    #[error("its streams are not those of the log of which the tree head was signed")]
    NotInStreams,
    /// Events of a stream are missing, or too many.
    #[error("`{stream}` has {version} events, and the proof holds {found} of them, or not in their order")]
    Incomplete {
        /// Which.
        stream: String,
        /// As the tree tells.
        version: u64,
        /// In the bundle.
        found: u64,
    },
    /// A stream that the decision rests on is not there, nor shown not to be.
    #[error("the decision rests on `{0}`, which the proof does not tell of")]
    Missing(String),
    /// An event that makes a delegation or link is not there.
    #[error("event {position} names `{name}`, and the proof does not hold it")]
    Unnamed {
        /// What it names.
        name: String,
        /// Where.
        position: Position,
    },
    /// A question above the tree head.
    #[error("it asks as of position {asked}, above the tree head, {size}")]
    AboveTheHead {
        /// Of the question.
        asked: Position,
        /// Of the head.
        size: Position,
    },
    /// Events that do not fit together.
    #[error("its events do not fit together")]
    Fold(#[from] FoldError),
    /// A question that cannot be asked.
    #[error("its question cannot be asked")]
    Question(#[from] Refusal),
    /// Decided otherwise.
    #[error("its events lead to another decision than it says: {0}")]
    OtherDecision(String),
    /// The older tree is not a part of the newer one.
    #[error("the log of the newer tree head does not extend that of the older one")]
    NotABeginning,
}

impl Bundle {
    /// From the bytes of a file.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(bytes: &[u8]) -> Result<Bundle, NotProved> {
        let bundle: Bundle =
            serde_json::from_slice(without_mark(bytes)).map_err(|why| NotProved::Form(why.to_string()))?;
        if bundle.caseward_proof == FORM { Ok(bundle) } else { Err(NotProved::NewerForm(bundle.caseward_proof)) }
    }
}

/// Checks a bundle under keys that are trusted: one, or, where it was replaced, those that signed its tree heads.
///
/// # Errors
/// The first thing that is not as it must be. Then nothing in it is to be trusted.
pub fn check(bundle: &Bundle, keys: &[VerifierKey]) -> Result<Proved, NotProved> {
    let head = trusted_head(&bundle.tree_head, keys)?;
    let what = match &bundle.proves {
        Proves::Event(events) => What::Events(in_tree(&head, events)?),
        Proves::Decision(proof) => decision(&head, proof)?,
        Proves::Consistency(proof) => consistency(&head, proof, keys)?,
    };
    Ok(Proved { head, what })
}

/// A tree head that one of the keys signed, of the log whose key it is.
///
/// # Errors
/// It is none.
pub fn trusted_head(note: &str, keys: &[VerifierKey]) -> Result<TreeHead, NotProved> {
    let note: SignedNote = note.parse()?;
    let key = signer(&note, keys)?;
    let head: TreeHead = note.text().parse()?;
    let found = head.origin.to_string();
    if found == key.name() { Ok(head) } else { Err(NotProved::OtherLog { found, wanted: key.name().to_owned() }) }
}

/// The first of the keys that signed a note; why not, where none did.
fn signer<'k>(note: &SignedNote, keys: &'k [VerifierKey]) -> Result<&'k VerifierKey, BadNote> {
    let mut refused = BadNote::Form("no key was given to hold it against");
    for key in keys {
        match note.verify(key) {
            Ok(()) => return Ok(key),
            Err(why) => refused = why,
        }
    }
    Err(refused)
}

fn in_tree(head: &TreeHead, events: &Events) -> Result<Vec<Recorded>, NotProved> {
    let mut leaves = Vec::with_capacity(events.events.len());
    let mut decoded = Vec::with_capacity(events.events.len());
    for event in &events.events {
        let (position, bytes) = (event.position, &event.bytes.0);
        let index = position.0.checked_sub(1).ok_or(NotProved::NotInTree)?;
        leaves.push((index, leaf_hash(bytes)));
        let recorded = decode(bytes).map_err(|source| NotProved::Event { position, source: Some(source) })?;
        if recorded.position != position {
            return Err(NotProved::Event { position, source: None });
        }
        decoded.push(recorded);
    }
    if is_root(head.size.0, &leaves, &roots(&events.nodes), head.root) {
        Ok(decoded)
    } else {
        Err(NotProved::NotInTree)
    }
}

/// Where nothing is proved of a tree, nothing of it may stand there.
fn is_root(size: u64, leaves: &[(u64, Root)], nodes: &[Root], root: Root) -> bool {
    if leaves.is_empty() { nodes.is_empty() } else { root_with(size, leaves, nodes) == Some(root) }
}

fn consistency(head: &TreeHead, proof: &Consistency, keys: &[VerifierKey]) -> Result<What, NotProved> {
    let older = trusted_head(&proof.older, keys)?;
    let both = roots_of_both(older.size.0, head.size.0, &roots(&proof.kept), &roots(&proof.nodes));
    if both == Some((older.root, head.root)) { Ok(What::Consistency { older }) } else { Err(NotProved::NotABeginning) }
}

fn decision(head: &TreeHead, proof: &DecisionProof) -> Result<What, NotProved> {
    let ProvenQuestion { subject, action, resource, position, at } = proof.question.clone();
    if position > head.size {
        return Err(NotProved::AboveTheHead { asked: position, size: head.size });
    }
    has_action(&resource, action)?;
    let events = in_tree(head, &proof.log)?;
    let streams = Streams::read(head, &proof.streams, &roots(&proof.stream_nodes), &events)?;
    streams.names_are_kept(&subject, position, &events)?;
    let mut parts = PartialReplay::default();
    // What came later decides nothing, and may name what the decision does not rest on.
    let up_to = events.iter().take_while(|recorded| recorded.position <= position);
    up_to.into_iter().try_for_each(|recorded| parts.apply(recorded))?;
    let views = parts.finish();
    let place = position.into();
    let question = Question::new(subject, action, resource);
    let resolved = Resolved { when: When { place, at }, settled: None };
    let asked = views.ask(|views| {
        (views.rests_on(&question.subject, &question.resource, place), views.decision(&question, resolved))
    });
    let (rests_on, decision) = asked.expect("no case leaves views that were folded here");
    let counted = rests_on.iter().map(|name| Ok((name.clone(), streams.whole(name)?)));
    let counted = counted.collect::<Result<BTreeMap<_, _>, NotProved>>()?;
    let answer = serde_json::to_value(&decision).expect("a decision has a JSON form");
    if answer != proof.answer {
        return Err(NotProved::OtherDecision(answer.to_string()));
    }
    Ok(What::Decision { asked: proof.question.clone(), decision: Box::new(decision), streams: counted, events })
}

/// The leaves of a bundle, and of which of them all events are there.
struct Streams {
    count: u64,
    leaves: BTreeMap<u64, StreamLeaf>,
    places: BTreeMap<String, u64>,
    opened: BTreeSet<String>,
}

impl Streams {
    fn read(head: &TreeHead, listed: &[LeafAt], nodes: &[Root], events: &[Recorded]) -> Result<Streams, NotProved> {
        let hashed: Vec<_> = listed.iter().map(|one| (one.index, streams::hash(&one.leaf()))).collect();
        let count = head.streams.count;
        let is_empty = count > 0 || head.streams.root == EMPTY_ROOT;
        // Without a leaf nothing can be shown not to be there, but in an empty tree.
        if !is_empty || (hashed.is_empty() && count > 0) || !is_root(count, &hashed, nodes, head.streams.root) {
            return Err(NotProved::NotInStreams);
        }
        let sorted = listed.windows(2).all(|pair| matches!(pair, [one, next] if one.name < next.name));
        if !sorted {
            return Err(NotProved::NotInStreams);
        }
        let leaves = listed.iter().map(|one| (one.index, one.leaf())).collect();
        let places = listed.iter().map(|one| (one.name.clone(), one.index)).collect();
        let mut streams = Streams { count, leaves, places, opened: BTreeSet::new() };
        streams.open(events)?;
        Ok(streams)
    }

    /// Every event is of a stream that is listed, with all events that it has.
    fn open(&mut self, events: &[Recorded]) -> Result<(), NotProved> {
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        for recorded in events {
            let stream = recorded.stream().to_string();
            let count = found.entry(stream.clone()).or_default();
            *count += 1;
            if recorded.stream_version != *count {
                return Err(self.incomplete(stream, recorded.stream_version));
            }
        }
        for (stream, count) in found {
            if self.leaf(&stream).is_none_or(|leaf| leaf.version != count) {
                return Err(self.incomplete(stream, count));
            }
            self.opened.insert(stream);
        }
        Ok(())
    }

    fn incomplete(&self, stream: String, found: u64) -> NotProved {
        let version = self.leaf(&stream).map_or(0, |leaf| leaf.version);
        NotProved::Incomplete { stream, version, found }
    }

    fn leaf(&self, name: &str) -> Option<&StreamLeaf> {
        self.leaves.get(self.places.get(name)?)
    }

    /// How many events a stream has that is there with all of them; 0 where it is shown not to be there.
    fn whole(&self, name: &str) -> Result<u64, NotProved> {
        match self.leaf(name) {
            Some(leaf) if leaf.version == 0 || self.opened.contains(name) => Ok(leaf.version),
            Some(leaf) => Err(self.incomplete(leaf.name.clone(), 0)),
            None if self.is_absent(name) => Ok(0),
            None => Err(NotProved::Missing(name.to_owned())),
        }
    }

    /// Whether the two leaves beside where it would be are there, with nothing between them.
    fn is_absent(&self, name: &str) -> bool {
        let before = self.leaves.iter().rev().find(|(_, leaf)| leaf.name.as_str() < name);
        let behind = self.leaves.iter().find(|(_, leaf)| leaf.name.as_str() > name);
        match (before, behind) {
            (None, None) => self.count == 0,
            (Some((last, _)), None) => last + 1 == self.count,
            (None, Some((first, _))) => *first == 0,
            (Some((one, _)), Some((next, _))) => one + 1 == *next,
        }
    }

    /// The delegations to a user and the making of a link lie in other streams: that they are all there.
    fn names_are_kept(&self, asker: &Asker, up_to: Position, events: &[Recorded]) -> Result<(), NotProved> {
        let name = asker.to_string();
        let Some(leaf) = self.leaf(&name) else { return Ok(()) };
        for &position in leaf.named.iter().filter(|position| **position <= up_to) {
            let made = events.binary_search_by_key(&position, |recorded| recorded.position).ok();
            let is_of = |event: &Event| match (asker, event) {
                (Asker::User(user), Event::Delegated(delegated)) => delegated.to == *user,
                (Asker::Link(link), Event::CaseShared(shared)) => shared.link == *link,
                _ => false,
            };
            if !made.and_then(|index| events.get(index)).is_some_and(|recorded| is_of(&recorded.event)) {
                return Err(NotProved::Unnamed { name, position });
            }
        }
        Ok(())
    }
}
