//! What there is of each stream at a position: how many events it has. Whoever holds all events of a stream up to that
//! number knows that none is missing.
//!
//! Two things about a stream lie in other streams and stand with it, by the positions of their events: the delegations
//! *to* a user, which are in the streams of the delegators; and where a link was made, which is in the stream of its case.
//! INVARIANT: what is told depends on the events up to the position alone. Absent on purpose: hashes.

use crate::facts::number::StreamIndex;
use crate::facts::position::Pos32;
use crate::fold::views::Views;
use crate::tables::streams::Streams;
use crate::tables::undo_record::UndoRecord;
use caseward_events::Position;
use std::ops::Range;

/// One stream at a position, or one link.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamLeaf {
    /// As the stream, or the link, is written: `case:4711`, `link:x8`.
    pub name: String,
    /// How many events it has; 0 for a link, and for a user whom only delegations name.
    pub version: u64,
    /// Of a user: where delegations to that user were made. Of a link: where it was made. Ascending.
    pub named: Vec<Position>,
}

/// The counts of all streams at a position, from which leaves are made in slices.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamCut {
    place: Pos32,
    streams: Streams,
    /// How many there may be of each kind, in the order of [`KINDS`].
    lengths: [u32; KINDS.len()],
}

/// The streams of a kind, by number; the kinds in the order of their names.
const KINDS: [fn(u32) -> Kind; 9] = [
    |number| Kind::Stream(StreamIndex::Case(number)),
    |number| Kind::Stream(StreamIndex::Definition(number)),
    |number| Kind::Stream(StreamIndex::Group(number)),
    |number| Kind::Stream(StreamIndex::Item(number)),
    Kind::Link,
    |_| Kind::Stream(StreamIndex::Organization),
    |number| Kind::Stream(StreamIndex::Profile(number)),
    |number| Kind::Stream(StreamIndex::Task(number)),
    |number| Kind::Stream(StreamIndex::User(number)),
];

#[derive(Clone, Copy)]
enum Kind {
    Stream(StreamIndex),
    Link(u32),
}

impl StreamCut {
    /// Up to where.
    #[must_use]
    pub fn position(&self) -> Position {
        self.place.position()
    }

    /// The places of all cases, for [`Views::stream_leaves`] to look at; those of other kinds lie behind them
    /// ([`StreamCut::others`]).
    #[must_use]
    pub fn cases(&self) -> Range<u32> {
        0..self.lengths[0]
    }

    /// The places of each other kind. All names of a kind come before all of the next one, and behind those of cases.
    pub fn others(&self) -> impl Iterator<Item = Range<u32>> {
        let begins = self.lengths.into_iter().scan(0, |end, length| {
            *end += length;
            Some(*end - length..*end)
        });
        begins.skip(1)
    }

    fn kind(&self, mut index: u32) -> Option<Kind> {
        for (kind, length) in KINDS.iter().zip(self.lengths) {
            if index < length {
                return Some(kind(index));
            }
            index -= length;
        }
        None
    }
}

impl Views {
    /// The counts at the head, which must not lie below the settled one.
    #[must_use]
    pub fn cut_streams(&self, head: Position) -> StreamCut {
        let place = Pos32::from(head);
        let mut streams = self.streams.clone();
        for record in self.undo_log.above(place) {
            if let UndoRecord::StreamVersion(stream) = record {
                streams.count_down(*stream);
            }
        }
        let Views { cases, definitions, directory, profiles, items, links, .. } = self;
        let lengths = [
            cases.names.count_at(place),
            definitions.names.count_at(place),
            directory.groups.count_at(place),
            items.items.count_at(place),
            links.names.count_at(place),
            1,
            profiles.names.count_at(place),
            items.tasks.count_at(place),
            directory.users.count_at(place),
        ];
        let lengths = lengths.map(|length| u32::try_from(length).expect("there are no more than positions"));
        StreamCut { place, streams, lengths }
    }

    /// The leaves at some of the places of a cut, as they are given. While commands go on, ask for slices.
    #[must_use]
    pub fn stream_leaves(&self, cut: &StreamCut, places: impl IntoIterator<Item = u32>) -> Vec<StreamLeaf> {
        places.into_iter().filter_map(|index| self.stream_leaf(cut, cut.kind(index)?)).collect()
    }

    /// The places of so many cases of a cut, in the order of their names, behind one; none behind the last one.
    #[must_use]
    pub fn case_places(&self, cut: &StreamCut, behind: Option<u32>, count: usize) -> Vec<u32> {
        let (names, of_cut) = (&self.cases.names, cut.cases());
        let behind = self.cases.all.behind(behind.map(|case| names.id(case)), names);
        behind.filter(|case| of_cut.contains(case)).take(count).collect()
    }

    /// All of them, by name, bytewise.
    #[must_use]
    pub fn all_stream_leaves(&self, head: Position) -> Vec<StreamLeaf> {
        let cut = self.cut_streams(head);
        let places = cut.others().last().map_or(cut.cases(), |last| 0..last.end);
        let mut leaves = self.stream_leaves(&cut, places);
        leaves.sort_unstable();
        leaves
    }

    fn stream_leaf(&self, cut: &StreamCut, kind: Kind) -> Option<StreamLeaf> {
        let stream = match kind {
            Kind::Stream(stream) => stream,
            Kind::Link(number) => {
                let name = ["link:", self.links.names.id(number).as_str()].concat();
                return Some(StreamLeaf { name, version: 0, named: vec![self.links.get(number).made.position()] });
            }
        };
        let version = u64::from(cut.streams.get(stream));
        let named = match stream {
            StreamIndex::User(user) => self.delegated_to(user, cut.place),
            _ => Vec::new(),
        };
        let is_there = version > 0 || !named.is_empty();
        is_there.then(|| StreamLeaf { name: self.stream(stream).to_string(), version, named })
    }

    fn delegated_to(&self, user: u32, place: Pos32) -> Vec<Position> {
        let made = self.delegations.to(user).iter().map(|&number| self.delegations.get(number).made);
        made.filter(|made| *made <= place).map(Pos32::position).collect()
    }
}
