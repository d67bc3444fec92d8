//! What follows from the cases, made side by side: their index by id, and the streams of cases.
//!
//! INVARIANT: the streams of cases are made by walking the cases in the order of their ids, so that each is put at the end
//! of its streams.

use super::Jobs;
use crate::case_access::Gathering;
use crate::checkpoint::{Damage, Table};
use crate::ordered::Ranks;
use crate::views::Views;

/// Puts every case in all streams that it was ever gathered by, and makes what else follows from the rows.
pub(crate) fn gather(views: &mut Views, lengths: &[u32; Table::ALL.len()], run: Jobs<'_>) -> Result<(), Damage> {
    let known = |by: Gathering| {
        let (table, number) = match by {
            Gathering::Definition(definition) => (Table::Definitions, definition),
            Gathering::Workspace(workspace) => (Table::Workspaces, workspace),
            Gathering::Naming(subject) => match (subject.as_user(), subject.as_group()) {
                (Some(user), _) => (Table::Users, user),
                (None, group) => (Table::Groups, group.expect("it is one of the two")),
            },
        };
        number < lengths[table as usize]
    };
    let Views { cases, directory, .. } = views;
    let names = &cases.names;
    let (mut index, mut order, mut derived) = (None, Vec::new(), Ok(()));
    run(&mut [&mut || index = names.index(), &mut || {
        order = Ranks::order(names);
        derived = directory.derive();
    }]);
    derived?;
    cases.names.set_index(index.ok_or(Damage("a case twice"))?);
    let (users, others) = cases.gatherers();
    let (mut users, mut others) = (Some(users), Some(others));
    let (mut users_known, mut others_known) = (false, false);
    run(&mut [&mut || users_known = users.take().is_some_and(|users| users.gather(&order, known)), &mut || {
        others_known = others.take().is_some_and(|others| others.gather(&order, known))
    }]);
    if users_known && others_known { Ok(()) } else { Err(Damage("a case that names what is not there")) }
}
