//! What follows from the cases, made side by side: their index by id, and the streams of cases.

use crate::facts::bytes::RowDamage;
use crate::facts::jobs::Jobs;
use crate::fold::views::Views;
use crate::tables::case_access::build_index::CasesByKey;

/// Puts every case in all streams that it was ever gathered by, and makes what else follows from the rows. `found` is what
/// gathers them, where they did not stay.
pub(crate) fn derive(views: &mut Views, found: Option<CasesByKey>, run: Jobs<'_>) -> Result<(), RowDamage> {
    let numbers = views.numbers();
    let Views { cases, directory, .. } = views;
    let (mut index, mut order, mut derived) = (None, Vec::new(), Ok(()));
    run(&mut [&mut || index = cases.names.index(), &mut || {
        order = cases.order();
        derived = directory.derive();
    }]);
    derived?;
    cases.names.set_index(index.ok_or(RowDamage("a case twice"))?);
    let gathered = match found {
        Some(found) => cases.index_found(found, &order, numbers, run),
        None => cases.index_all(&order, numbers, run),
    };
    if gathered { Ok(()) } else { Err(RowDamage("a case that names what is not there")) }
}
