//! What binds saved views to their store: digests of rows and a code over the header, both under the key of the store.
//!
//! Whoever can write to the folder of the views and does not have `KEYS` can make neither. Of a row eight bytes are
//! kept: they are in memory alone, and their sum is under the code, so nobody has one to try a forgery against.
//! INVARIANT: two rows, or the same row elsewhere, have one digest only by chance. Absent on purpose: which log the
//! views are of; the tree in the header says that.

use crate::seams::{Keyring, Shelf, StoreError};
use caseward_events::KeyNumber;
use caseward_events::seal::Digester;
use caseward_projections::Table;
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;

/// In front of what the key of the store authenticates here.
const ROWS: &[u8] = b"caseward rows of saved views\n";
const HEADER: &[u8] = b"caseward header of saved views\n";

/// How many bytes the code over a header has.
pub(in crate::engine) const CODE_BYTES: usize = 32;

/// The key that saved views are authenticated with.
#[derive(Clone)]
pub(in crate::engine) struct ViewsSeal {
    digester: Arc<Digester>,
    /// The prefix of rows, in front of each.
    rows: [u8; 32],
}

impl ViewsSeal {
    /// Under the key of a store.
    ///
    /// # Errors
    /// The store has lost its key.
    pub(in crate::engine) fn of(keyring: &dyn Keyring) -> Result<ViewsSeal, StoreError> {
        let key = keyring.key(KeyNumber::STORE).ok_or_else(|| {
            StoreError::Corruption("the key of the store is not there; put the copy of `KEYS` back".to_owned())
        })?;
        let digester = key.digester();
        Ok(ViewsSeal { rows: digester.authenticate(ROWS, &[]), digester: Arc::new(digester) })
    }

    /// Of a saved row, where it stands included.
    pub(in crate::engine) fn row_digest(&self, table: Table, row: u32, bytes: &[u8]) -> u64 {
        let place = u64::from(table as u8) << 32 | u64::from(row);
        let hash = Sha256::new().chain_update(self.rows).chain_update(place.to_le_bytes()).chain_update(bytes);
        let whole: [u8; 32] = hash.finalize().into();
        u64::from_le_bytes(*whole.first_chunk().expect("32 bytes begin with 8"))
    }

    /// Of what a header says, and of where it stands.
    pub(in crate::engine) fn code(&self, shelf: Shelf, said: &[u8]) -> [u8; CODE_BYTES] {
        let place = [shelf.organization.0.to_le_bytes(), shelf.generation.0.to_le_bytes()].concat();
        self.digester.authenticate(HEADER, &[place.as_slice(), said].concat())
    }
}

/// Does not print the key.
impl fmt::Debug for ViewsSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ViewsSeal(..)")
    }
}
