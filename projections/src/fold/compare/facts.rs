//! All facts of the views, one by one, each with the projection it belongs to.
//!
//! INVARIANT: no field is left out: each struct is taken apart by its fields, so that a new one does not compile before it
//! is compared.

use super::Projection;
use crate::facts::interner::Interner;
use crate::facts::number::{CaseIndexKey, StreamIndex, SubjectKey};
use crate::fold::at_hand::AtHand;
use crate::fold::views::Views;
use crate::tables::table::Table;
use caseward_events::Position;
use std::fmt::Debug;
use std::hash::Hash;

/// Hears of the two sides of every fact.
pub(super) trait Listener {
    fn fact<T: PartialEq + Debug>(&mut self, projection: Projection, live: T, rebuilt: T);
}

/// What an id is known by: itself, where it came first, whether it is found by its text.
type Named<'a, K> = Option<(&'a K, Position, bool)>;

fn named<K: Eq + Hash>(names: &Interner<K>, number: u32) -> Named<'_, K> {
    let there = (number as usize) < names.len();
    there.then(|| (names.id(number), names.first(number).position(), names.get(names.id(number)) == Some(number)))
}

/// All facts of one entity of a table; of [`Table::Organization`], all that is of no entity.
#[expect(clippy::too_many_lines, reason = "a line or two a table, and none may be missing")]
pub(super) fn of_entity(one: AtHand<'_>, two: AtHand<'_>, table: Table, number: u32, to: &mut impl Listener) {
    // What hears of nothing is no fact of the log: how far it was folded, how to undo, ids of commands.
    let Views {
        directory,
        definitions,
        cases,
        profiles,
        delegations,
        links,
        items,
        policy,
        vocabulary,
        windows,
        timeline,
        keys,
        labels,
        callers,
        streams,
        commands: _,
        tip: _,
        undo_log: _,
    } = one.views();
    let stream = |stream, to: &mut _| {
        Listener::fact(to, Projection::Ledger, streams.get(stream), two.streams.get(stream));
    };
    match table {
        Table::Organization => {
            to.fact(Projection::DefinitionAccess, &definitions.organization, &two.definitions.organization);
            to.fact(Projection::DefinitionAccess, &definitions.walls, &two.definitions.walls);
            to.fact(Projection::Policy, policy, &two.policy);
            to.fact(Projection::Policy, vocabulary, &two.vocabulary);
            to.fact(Projection::Ledger, keys.of_no_subject(), two.keys.of_no_subject());
            to.fact(Projection::Ledger, labels, &two.labels);
            to.fact(Projection::Ledger, callers, &two.callers);
            to.fact(Projection::Directory, directory.derived(), two.directory.derived());
            to.fact(Projection::ReverseIndex, &cases.all, &two.cases.all);
            to.fact(Projection::ReverseIndex, &cases.restricted, &two.cases.restricted);
            stream(StreamIndex::Organization, to);
        }
        Table::Users => {
            ids(&directory.users, &two.directory.users, number, to);
            to.fact(Projection::Directory, directory.user_facts(number), two.directory.user_facts(number));
            gathered(&one, &two, CaseIndexKey::Naming(SubjectKey::user(number)), to);
            stream(StreamIndex::User(number), to);
        }
        Table::Groups => {
            ids(&directory.groups, &two.directory.groups, number, to);
            to.fact(Projection::Directory, directory.group_facts(number), two.directory.group_facts(number));
            gathered(&one, &two, CaseIndexKey::Naming(SubjectKey::group(number)), to);
            stream(StreamIndex::Group(number), to);
        }
        Table::Workspaces => {
            ids(&directory.workspaces, &two.directory.workspaces, number, to);
            gathered(&one, &two, CaseIndexKey::Workspace(number), to);
        }
        Table::Definitions => {
            ids(&definitions.names, &two.definitions.names, number, to);
            to.fact(Projection::DefinitionAccess, definitions.find(number), two.definitions.find(number));
            gathered(&one, &two, CaseIndexKey::Definition(number), to);
            stream(StreamIndex::Definition(number), to);
        }
        Table::Cases => {
            ids(&cases.names, &two.cases.names, number, to);
            to.fact(Projection::CaseAccess, one.find_case(number), two.find_case(number));
            stream(StreamIndex::Case(number), to);
        }
        Table::Fields => ids(&cases.fields, &two.cases.fields, number, to),
        Table::Activities => {
            ids(&cases.activities, &two.cases.activities, number, to);
        }
        Table::Profiles => {
            ids(&profiles.names, &two.profiles.names, number, to);
            to.fact(Projection::Directory, profiles.find(number), two.profiles.find(number));
            stream(StreamIndex::Profile(number), to);
        }
        Table::Items => {
            ids(&items.items, &two.items.items, number, to);
            to.fact(Projection::Items, items.find_item(number), two.items.find_item(number));
            stream(StreamIndex::Item(number), to);
        }
        Table::Tasks => {
            ids(&items.tasks, &two.items.tasks, number, to);
            to.fact(Projection::Items, items.find_task(number), two.items.find_task(number));
            stream(StreamIndex::Task(number), to);
        }
        Table::Delegations => {
            ids(&delegations.names, &two.delegations.names, number, to);
            to.fact(Projection::Handing, delegations.find(number), two.delegations.find(number));
        }
        Table::Links => {
            ids(&links.names, &two.links.names, number, to);
            to.fact(Projection::Handing, links.find(number), two.links.find(number));
        }
        Table::Windows => to.fact(Projection::Time, windows.find(number), two.windows.find(number)),
        Table::Times => to.fact(Projection::Time, timeline.find(number), two.timeline.find(number)),
        Table::SealingKeys => to.fact(Projection::Ledger, keys.find(number), two.keys.find(number)),
    }
}

fn ids<K: Eq + Hash + Debug>(one: &Interner<K>, two: &Interner<K>, number: u32, to: &mut impl Listener) {
    to.fact(Projection::Ids, named(one, number), named(two, number));
}

fn gathered(one: &Views, two: &Views, by: CaseIndexKey, to: &mut impl Listener) {
    to.fact(Projection::ReverseIndex, one.cases.indexed(by), two.cases.indexed(by));
}
