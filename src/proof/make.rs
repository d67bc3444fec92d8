//! Making proofs, from an engine: what is proved is read, and of the rest of the log the hashes beside it.
//!
//! INVARIANT: what is made holds against the tree head that goes with it, which is of a position that is durable; and it has
//! every event of the streams that it tells. Absent on purpose: the inner hashes of the tree (`subtrees`).

use super::bundle::{
    Bundle, Bytes, Consistency, DecisionProof, Events, FORM, LeafAt, ProvenQuestion, Proves, StoredEvent, hashes,
};
use super::heads::{self, HeadError};
use super::streams;
use super::subtrees::{self, Kept, Part};
use crate::engine::{HeadInput, OpenError, Organization, Search};
use crate::integrity::merkle_proof::{Proven, Prover, Wanted};
use crate::integrity::signed_note::SignedNote;
use crate::integrity::signing::SigningKeys;
use crate::integrity::tree::leaf_hash;
use crate::integrity::tree_head::{StreamsRoot, TreeHead};
use crate::seams::StoreError;
use crate::seams::tree::{Root, SUBTREE_LEAVES};
use caseward_events::ask::has_action;
use caseward_events::codec::{DecodeError, decode};
use caseward_events::{Position, Refusal, Stream};
use caseward_projections::{Question, Resolved};
use std::collections::BTreeSet;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MakeError {
    /// No tree head could be signed.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The log cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A case that the decision rests on has left memory, and cannot be read again.
    #[error(transparent)]
    Cases(#[from] OpenError),
    /// An event is none.
    #[error("event {position} cannot be read")]
    Decode {
        /// Where.
        position: Position,
        /// Why.
        #[source]
        source: DecodeError,
    },
    /// The events are not those whose tree is to be signed.
    #[error("the root of the log up to position {0} is not the one that the store noted")]
    OtherRoot(Position),
    /// Nothing is there yet.
    #[error("position {asked} is above the head, {head}")]
    AboveTheHead {
        /// What was to be proved.
        asked: Position,
        /// The last position.
        head: Position,
    },
    /// The question cannot be asked.
    #[error(transparent)]
    Invalid(#[from] Refusal),
    /// An older head is not of the beginning of this log.
    #[error(transparent)]
    NotABeginning(#[from] heads::Differs),
}

/// The organization, and what signs its tree heads.
#[derive(Clone, Copy)]
pub struct Maker<'a> {
    /// Whose.
    pub organization: &'a Organization,
    /// What signs.
    pub keys: &'a SigningKeys,
}

impl Maker<'_> {
    /// Proves that an event is in the log.
    ///
    /// # Errors
    /// There is none at the position, or the log cannot be read.
    pub async fn event(&self, position: Position) -> Result<Bundle, MakeError> {
        let input = self.organization.head_input().await.map_err(HeadError::from)?;
        if position == Position::ZERO || position > input.position {
            return Err(MakeError::AboveTheHead { asked: position, head: input.position });
        }
        let events = self.collect(&input, &[position], |_, _| Ok(true)).await?;
        let streams = streams::root_of(self.organization, &input).await;
        self.bundle((&input, streams), Proves::Event(events))
    }

    /// Proves what a question is answered, by everything that the answer rests on.
    ///
    /// # Errors
    /// The question cannot be asked, or the log cannot be read.
    pub async fn decision(&self, question: &Question, resolved: Resolved) -> Result<Bundle, MakeError> {
        has_action(&question.resource, question.action)?;
        let place = resolved.when.place;
        let names = self.organization.ask(|views| views.rests_on(&question.subject, &question.resource, place))?;
        self.resting_on(names, question, resolved).await
    }

    /// Tells all of these streams, and nothing of others.
    async fn resting_on(
        &self,
        names: BTreeSet<String>,
        question: &Question,
        resolved: Resolved,
    ) -> Result<Bundle, MakeError> {
        let input = self.organization.head_input().await.map_err(HeadError::from)?;
        // What an instant to come resolves to now is a position, which is settled.
        let resolved = Resolved { settled: None, ..resolved };
        let decision = self.organization.ask(|views| views.decision(question, resolved))?;
        let shown = streams::shown(self.organization, &input, &names).await;
        let log = self.of_streams(&input, &names, shown.events).await?;
        let proof = DecisionProof {
            question: ProvenQuestion {
                subject: question.subject.clone(),
                action: question.action,
                resource: question.resource.clone(),
                position: resolved.when.place.position(),
                at: resolved.when.at,
            },
            answer: serde_json::to_value(&decision).expect("a decision has a JSON form"),
            log,
            streams: shown.leaves.iter().map(|(place, leaf)| LeafAt::new(*place, leaf)).collect(),
            stream_nodes: hashes(&shown.nodes),
        };
        self.bundle((&input, shown.root), Proves::Decision(Box::new(proof)))
    }

    /// All events of some streams, which are so many, with their proof. A name that is not of a stream is that of a link, whose events are in the
    /// stream of its case.
    async fn of_streams(&self, input: &HeadInput, names: &BTreeSet<String>, told: u64) -> Result<Events, MakeError> {
        let streams: Vec<Stream> = names.iter().filter_map(|name| name.parse().ok()).collect();
        let is_of_them = |position: Position, bytes: &[u8]| {
            let recorded = decode(bytes).map_err(|source| MakeError::Decode { position, source })?;
            Ok(names.contains(&recorded.stream().to_string()))
        };
        let mut found = 0;
        for search in [Search::Near, Search::Everywhere] {
            let positions = self.organization.positions_of_streams(&streams, search, input.position).await?;
            let log = self.collect(input, &positions, is_of_them).await?;
            found = log.events.len() as u64;
            if found == told {
                return Ok(log);
            }
        }
        let why = format!("the streams that the decision rests on have {told} events, and {found} were found");
        Err(StoreError::Corruption(why).into())
    }

    /// Proves that an older tree head is of the beginning of the log.
    ///
    /// # Errors
    /// It is not, or the log cannot be read.
    pub async fn consistency(&self, older: &SignedNote) -> Result<Bundle, MakeError> {
        let old: TreeHead = older.text().parse().map_err(HeadError::from)?;
        let input = self.organization.head_input().await.map_err(HeadError::from)?;
        if old.size == Position::ZERO || old.size > input.position {
            return Err(MakeError::AboveTheHead { asked: old.size, head: input.position });
        }
        let opened = BTreeSet::from([subtrees::subtree_of(old.size)]);
        let take = |kept: &mut Vec<Root>, prover: &mut Prover, part: Part<'_>| {
            push(prover, &part, Wanted::No);
            if matches!(part, Part::Event(position, _) if position == old.size) {
                *kept = prover.keep();
            }
        };
        let (kept, nodes) = self.proved(&input, &opened, take).await?;
        let nodes = Consistency { older: older.to_string(), kept: hashes(&kept), nodes: hashes(&nodes) };
        let (size, nodes_of) = (input.position.0, super::bundle::roots(&nodes.nodes));
        let both = crate::integrity::merkle_proof::roots_of_both(old.size.0, size, &kept, &nodes_of);
        if both.is_none_or(|(root, _)| root != old.root) {
            return Err(heads::Differs { size: old.size }.into());
        }
        let streams = streams::root_of(self.organization, &input).await;
        self.bundle((&input, streams), Proves::Consistency(nodes))
    }

    /// Those of the events at some positions, which ascend, that are wanted, with their proof.
    async fn collect(
        &self,
        input: &HeadInput,
        positions: &[Position],
        wanted: impl Fn(Position, &[u8]) -> Result<bool, MakeError> + Send + Sync,
    ) -> Result<Events, MakeError> {
        let opened = positions.iter().map(|position| subtrees::subtree_of(*position)).collect();
        let take = |collected: &mut Collected, prover: &mut Prover, part: Part<'_>| {
            let is = match part {
                Part::Event(position, bytes) if positions.binary_search(&position).is_ok() => {
                    collected.take(position, bytes, wanted(position, bytes))
                }
                _ => Wanted::No,
            };
            push(prover, &part, is);
        };
        let (Collected { events, failed }, nodes) = self.proved(input, &opened, take).await?;
        match failed {
            Some(error) => Err(error),
            None => Ok(Events { events, nodes: hashes(&nodes) }),
        }
    }

    /// Goes over the tree of all events, with some subtrees opened, and gives what `take` made on the way, and the proof.
    /// Where the subtrees that were kept lead to another root, they are made anew.
    async fn proved<S: Default + Send>(
        &self,
        input: &HeadInput,
        opened: &BTreeSet<u64>,
        take: impl Fn(&mut S, &mut Prover, Part<'_>) + Send + Sync,
    ) -> Result<(S, Vec<Root>), MakeError> {
        for kept in [Kept::Used, Kept::MadeAnew] {
            let roots = subtrees::roots(self.organization, input.position, kept).await?;
            let (mut made, mut prover) = (S::default(), Prover::default());
            let mut each = |part: Part<'_>| take(&mut made, &mut prover, part);
            subtrees::over(self.organization, (input.position, &roots), opened, &mut each).await?;
            let Proven { nodes, root, .. } = prover.finish();
            if root == input.root {
                return Ok((made, nodes));
            }
        }
        Err(MakeError::OtherRoot(input.position))
    }

    fn bundle(&self, head: (&HeadInput, StreamsRoot), proves: Proves) -> Result<Bundle, MakeError> {
        let note = heads::sign(head, self.organization, self.keys).map_err(HeadError::from)?;
        Ok(Bundle { caseward_proof: FORM, tree_head: note.to_string(), proves })
    }
}

/// Events on their way into a proof, and why one of them cannot be.
#[derive(Default)]
struct Collected {
    events: Vec<StoredEvent>,
    failed: Option<MakeError>,
}

impl Collected {
    fn take(&mut self, position: Position, bytes: &[u8], wanted: Result<bool, MakeError>) -> Wanted {
        match wanted {
            Ok(false) => return Wanted::No,
            Ok(true) => self.events.push(StoredEvent { position, bytes: Bytes(bytes.to_vec()) }),
            Err(error) => drop(self.failed.get_or_insert(error)),
        }
        Wanted::Yes
    }
}

fn push(prover: &mut Prover, part: &Part<'_>, wanted: Wanted) {
    match part {
        Part::Subtree(root) => prover.push_subtree(**root, SUBTREE_LEAVES),
        Part::Event(_, bytes) => prover.push(leaf_hash(bytes), wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Batch, Engine, How, Source, SystemClock};
    use crate::integrity::signing::verifier;
    use crate::proof::check;
    use crate::store::MemoryStore;
    use caseward_events::{OrganizationName, Submission};
    use caseward_projections::AsOf;
    use serde_json::{Value, json};
    use std::sync::Arc;

    /// What gives `user:eve` read on `case:1` is handed on by a user of a profile, and there are lists and walls.
    fn commands() -> Vec<Value> {
        let commands = [
            json!({"create_definition": {"definition": "fraud"}}),
            json!({"configure_profile": {"profile": "clerk", "module_access": true}}),
            json!({"set_form_access": {"profile": "clerk", "definition": "fraud", "read": "all"}}),
            json!({"assign_profile": {"user": "ben", "profile": "clerk"}}),
            json!({"open_case": {"case": "1", "definition": "fraud", "creator": "ana"}}),
            json!({"add_member": {"group": "inner", "member": "user:zoe"}}),
            json!({"add_member": {"group": "outer", "member": "group:inner"}}),
            json!({"raise_wall": {"on": "case:1", "against": "group:outer"}}),
            json!({"delegate": {"delegation": "d1", "from": "user:ben", "to": "user:eve"}}),
            json!({"place_in_workspace": {"user": "eve", "workspace": "north"}}),
            json!({"create_definition": {"definition": "theft"}}),
            json!({"open_case": {"case": "2", "definition": "theft", "creator": "eve"}}),
        ];
        let actor = |command: &Value| if command.get("delegate").is_some() { "user:ben" } else { "user:ana" };
        commands.iter().map(|command| json!({"actor": actor(command), "command": command})).collect()
    }

    #[tokio::test]
    async fn a_proof_without_any_one_of_the_streams_is_refused() {
        let engine = Engine::open(Arc::new(MemoryStore::new()), Arc::new(SystemClock), &mut |_| {}).await;
        let engine = engine.expect("it opens");
        let organization = engine.organization(&OrganizationName::default()).expect("it is always there");
        let adopt = json!({"actor": "user:ana", "command": {"adopt_policy": {"access_managers": "trusted"}}});
        let submissions = std::iter::once(&adopt).chain(&commands()).map(Submission::from_value).collect();
        let batch = Batch { submissions, how: How { source: Source::Live, ..How::default() } };
        let answers = organization.submit(batch).await.expect("it is stored");
        assert!(answers.iter().all(|answer| answer.refusal().is_none()), "{answers:?}");
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("SIGNING");
        SigningKeys::make(&path).expect("there is room");
        let keys = SigningKeys::open(&path).expect("it was made");
        let key = verifier(&keys.origin(organization.name()), &keys.first()).expect("it is a key");
        let maker = Maker { organization: &organization, keys: &keys };
        let question = json!({"subject": "user:eve", "action": "read", "resource": "case:1"});
        let question = Question::from_value(question).expect("it can be asked");
        let resolved = organization.reader(AsOf::Head, None).await.expect("it can be asked").resolved();
        let place = resolved.when.place;
        let names = organization.ask(|views| views.rests_on(&question.subject, &question.resource, place));
        let names = names.expect("all is in memory");
        let expected = [
            "case:1",
            "definition:fraud",
            "group:inner",
            "group:outer",
            "organization",
            "profile:clerk",
            "user:ben",
            "user:eve",
        ];
        assert_eq!(names, BTreeSet::from(expected.map(str::to_owned)));
        let whole = maker.resting_on(names.clone(), &question, resolved).await.expect("it can be proved");
        assert!(check(&whole, std::slice::from_ref(&key)).is_ok());
        for name in &names {
            let mut without = names.clone();
            without.remove(name);
            let bundle = maker.resting_on(without, &question, resolved).await.expect("it can be made");
            assert!(check(&bundle, std::slice::from_ref(&key)).is_err(), "without {name}");
        }
    }
}
