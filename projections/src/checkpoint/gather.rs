//! The streams of cases, made from the cases: walked in the order of their ids, each is put at the end of its streams.

use crate::case_access::{CaseAccess, Gathering};
use crate::checkpoint::{Damage, Table};
use crate::ordered::Ranks;

/// Puts every case in all streams that it was ever gathered by.
pub(crate) fn gather(cases: &mut CaseAccess, lengths: &[u32; Table::ALL.len()]) -> Result<(), Damage> {
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
    let order = Ranks::of(&cases.names).in_order();
    if cases.gather_in_order(&order, known) { Ok(()) } else { Err(Damage("a case that names what is not there")) }
}
