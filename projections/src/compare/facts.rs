//! All facts of the views, one by one, each with the projection it belongs to.
//!
//! INVARIANT: no field is left out: each struct is taken apart by its fields, so that a new one does not compile before it
//! is compared.

use super::Projection;
use crate::access_list::SubjectKey;
use crate::case_access::Gathering;
use crate::checkpoint::Table;
use crate::names::Names;
use crate::trail::StreamIndex;
use crate::views::Views;
use caseward_events::Position;
use std::fmt::Debug;
use std::hash::Hash;

/// Hears of the two sides of every fact.
pub(super) trait Listener {
    fn fact<T: PartialEq + Debug>(&mut self, projection: Projection, live: T, rebuilt: T);
}

/// What an id is known by: itself, where it came first, whether it is found by its text.
type Named<'a, K> = Option<(&'a K, Position, bool)>;

fn named<K: Eq + Hash>(names: &Names<K>, number: u32) -> Named<'_, K> {
    let there = (number as usize) < names.len();
    there.then(|| (names.id(number), names.first(number).position(), names.get(names.id(number)) == Some(number)))
}

/// All facts of one entity of a table; of [`Table::Organization`], all that is of no entity.
#[expect(clippy::too_many_lines, reason = "a line or two a table, and none may be missing")]
pub(super) fn of_entity(one: &Views, two: &Views, table: Table, number: u32, to: &mut impl Listener) {
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
        windows,
        timeline,
        keys,
        streams,
        commands: _,
        tip: _,
        trail: _,
    } = one;
    let stream = |stream, to: &mut _| {
        Listener::fact(to, Projection::Ledger, streams.get(stream), two.streams.get(stream));
    };
    match table {
        Table::Organization => {
            to.fact(Projection::DefinitionAccess, &definitions.organization, &two.definitions.organization);
            to.fact(Projection::DefinitionAccess, &definitions.walls, &two.definitions.walls);
            to.fact(Projection::Policy, policy, &two.policy);
            to.fact(Projection::Ledger, keys.of_no_subject(), two.keys.of_no_subject());
            to.fact(Projection::Directory, directory.derived(), two.directory.derived());
            to.fact(Projection::ReverseIndex, &cases.all, &two.cases.all);
            to.fact(Projection::ReverseIndex, &cases.restricted, &two.cases.restricted);
            stream(StreamIndex::Organization, to);
        }
        Table::Users => {
            to.fact(Projection::Ids, named(&directory.users, number), named(&two.directory.users, number));
            to.fact(Projection::Directory, directory.user_facts(number), two.directory.user_facts(number));
            gathered(one, two, Gathering::Naming(SubjectKey::user(number)), to);
            stream(StreamIndex::User(number), to);
        }
        Table::Groups => {
            to.fact(Projection::Ids, named(&directory.groups, number), named(&two.directory.groups, number));
            to.fact(Projection::Directory, directory.group_facts(number), two.directory.group_facts(number));
            gathered(one, two, Gathering::Naming(SubjectKey::group(number)), to);
            stream(StreamIndex::Group(number), to);
        }
        Table::Workspaces => {
            to.fact(Projection::Ids, named(&directory.workspaces, number), named(&two.directory.workspaces, number));
            gathered(one, two, Gathering::Workspace(number), to);
        }
        Table::Definitions => {
            to.fact(Projection::Ids, named(&definitions.names, number), named(&two.definitions.names, number));
            to.fact(Projection::DefinitionAccess, definitions.find(number), two.definitions.find(number));
            gathered(one, two, Gathering::Definition(number), to);
            stream(StreamIndex::Definition(number), to);
        }
        Table::Cases => {
            to.fact(Projection::Ids, named(&cases.names, number), named(&two.cases.names, number));
            to.fact(Projection::CaseAccess, cases.find(number), two.cases.find(number));
            stream(StreamIndex::Case(number), to);
        }
        Table::Fields => to.fact(Projection::Ids, named(&cases.fields, number), named(&two.cases.fields, number)),
        Table::Activities => {
            to.fact(Projection::Ids, named(&cases.activities, number), named(&two.cases.activities, number));
        }
        Table::Profiles => {
            to.fact(Projection::Ids, named(&profiles.names, number), named(&two.profiles.names, number));
            to.fact(Projection::Directory, profiles.find(number), two.profiles.find(number));
            stream(StreamIndex::Profile(number), to);
        }
        Table::Items => {
            to.fact(Projection::Ids, named(&items.items, number), named(&two.items.items, number));
            to.fact(Projection::Items, items.find_item(number), two.items.find_item(number));
            stream(StreamIndex::Item(number), to);
        }
        Table::Tasks => {
            to.fact(Projection::Ids, named(&items.tasks, number), named(&two.items.tasks, number));
            to.fact(Projection::Items, items.find_task(number), two.items.find_task(number));
            stream(StreamIndex::Task(number), to);
        }
        Table::Delegations => {
            to.fact(Projection::Ids, named(&delegations.names, number), named(&two.delegations.names, number));
            to.fact(Projection::Handing, delegations.find(number), two.delegations.find(number));
        }
        Table::Links => {
            to.fact(Projection::Ids, named(&links.names, number), named(&two.links.names, number));
            to.fact(Projection::Handing, links.find(number), two.links.find(number));
        }
        Table::Windows => to.fact(Projection::Time, windows.find(number), two.windows.find(number)),
        Table::Times => to.fact(Projection::Time, timeline.find(number), two.timeline.find(number)),
        Table::SealingKeys => to.fact(Projection::Ledger, keys.find(number), two.keys.find(number)),
    }
}

fn gathered(one: &Views, two: &Views, by: Gathering, to: &mut impl Listener) {
    to.fact(Projection::ReverseIndex, one.cases.gathered(by), two.cases.gathered(by));
}
