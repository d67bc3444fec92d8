//! Keys for a store in memory.

use super::slots::written;
use super::{forget, random_key};
use crate::seams::{Keyring, StoreError};
use caseward_events::KeyNumber;
use caseward_events::seal::{Key, Keys};
use std::sync::{PoisonError, RwLock};

/// Keys for a store in memory.
#[derive(Debug)]
pub(in crate::store) struct KeysInMemory(RwLock<Vec<Option<Key>>>);

impl Default for KeysInMemory {
    fn default() -> Self {
        let keys = KeysInMemory(RwLock::default());
        keys.reserve(KeyNumber::STORE).expect("the system has random bytes");
        keys
    }
}

impl KeysInMemory {
    pub(in crate::store) fn copy(&self) -> KeysInMemory {
        KeysInMemory(RwLock::new(self.0.read().unwrap_or_else(PoisonError::into_inner).clone()))
    }
}

impl Keys for KeysInMemory {
    fn key(&self, number: KeyNumber) -> Option<Key> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(number.0 as usize).cloned().flatten()
    }
}

impl Keyring for KeysInMemory {
    fn reserve(&self, up_to: KeyNumber) -> Result<(), StoreError> {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        while keys.len() <= up_to.0 as usize {
            keys.push(Some(Key::new(random_key()?)));
        }
        Ok(())
    }

    fn destroy(&self, numbers: &[KeyNumber]) -> Result<(), StoreError> {
        forget(&mut self.0.write().unwrap_or_else(PoisonError::into_inner), numbers);
        Ok(())
    }

    fn is_made(&self, number: KeyNumber) -> bool {
        (number.0 as usize) < self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn file(&self) -> Result<Vec<u8>, StoreError> {
        Ok(written(self.0.read().unwrap_or_else(PoisonError::into_inner).iter().map(Option::as_ref)))
    }
}
