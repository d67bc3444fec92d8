//! The keys of each issuer: fetched beside all requests, fetched again now and then, and when a key is asked for that is not
//! among them.
//!
//! INVARIANT: no request fetches. Whatever strangers present, an issuer is asked at most once in a while; where it does not
//! answer, the keys that were good last stay.

use super::fetch::fetch;
use super::form::Presented;
use super::key::Key;
use crate::service::known::{Issuer, KeySource, KnownCallers};
use crate::service::limits::Limits;
use crate::service::problem::whole;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use tokio::task::{AbortHandle, JoinSet};

/// Whose keys, and from where.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Origin {
    issuer: String,
    source: KeySource,
    ca: Option<PathBuf>,
}

impl Origin {
    fn of(issuer: &Issuer) -> Origin {
        Origin { issuer: issuer.issuer.clone(), source: issuer.keys.clone(), ca: issuer.ca.clone() }
    }
}

/// Of all issuers.
pub(in crate::service) struct KeySets {
    sets: Mutex<HashMap<Origin, (Arc<KeySet>, AbortHandle)>>,
    changed: watch::Sender<()>,
    limits: Limits,
}

/// Of one.
struct KeySet {
    keys: Mutex<Arc<Vec<Arc<Key>>>>,
    state: Mutex<State>,
    /// Told to fetch again.
    asked: Notify,
    /// Told whenever that was tried.
    tried: watch::Sender<()>,
}

/// How far fetching is.
enum State {
    UnderWay,
    /// Since then nothing is under way.
    Tried(Instant),
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl KeySets {
    pub(in crate::service) fn new(limits: Limits) -> KeySets {
        KeySets { sets: Mutex::default(), changed: watch::Sender::new(()), limits }
    }

    /// Tells of every change of a key.
    pub(in crate::service) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Fetches for all whom the file names, as long as it is read.
    pub(in crate::service) async fn follow(self: Arc<Self>, mut said: watch::Receiver<Arc<KnownCallers>>) {
        let mut fetching = JoinSet::new();
        loop {
            let known = Arc::clone(&said.borrow_and_update());
            self.fetch_for(&known, &mut fetching);
            if said.changed().await.is_err() {
                return;
            }
        }
    }

    fn fetch_for(self: &Arc<Self>, known: &KnownCallers, fetching: &mut JoinSet<()>) {
        let wanted: Vec<_> = known.issuers().iter().map(Origin::of).collect();
        let mut sets = locked(&self.sets);
        sets.retain(|origin, (_, fetch)| {
            let stays = wanted.contains(origin);
            if !stays {
                fetch.abort();
            }
            stays
        });
        for origin in wanted {
            sets.entry(origin).or_insert_with_key(|origin| {
                let set = Arc::new(KeySet {
                    keys: Mutex::default(),
                    state: Mutex::new(State::UnderWay),
                    asked: Notify::new(),
                    tried: watch::Sender::new(()),
                });
                let fetch = fetching.spawn(Arc::clone(self).fetch_again_and_again(origin.clone(), Arc::clone(&set)));
                (set, fetch)
            });
        }
        drop(sets);
        // Whose set is new waits no longer for the supervisor.
        self.changed.send_replace(());
    }

    async fn fetch_again_and_again(self: Arc<Self>, origin: Origin, set: Arc<KeySet>) {
        let Limits { keys_again, keys_time, reread_time, .. } = self.limits;
        let mut said = None;
        loop {
            let begun = Instant::now();
            let fetched = fetch(&origin.issuer, &origin.source, origin.ca.as_deref()).await;
            let failed = fetched.as_ref().err().map(|error| whole(error));
            if let Some(cause) = failed.as_ref().filter(|cause| said.as_ref() != Some(*cause)) {
                let issuer = &origin.issuer;
                tracing::error!(issuer, cause, "the keys of an issuer cannot be fetched; those fetched before stay");
            }
            said = failed;
            if let Ok(keys) = fetched {
                let is_new = *set.keys() != keys;
                if is_new {
                    *locked(&set.keys) = Arc::new(keys);
                    tracing::info!(issuer = origin.issuer, "the keys of an issuer changed");
                    self.changed.send_replace(());
                }
            }
            *locked(&set.state) = State::Tried(begun);
            set.tried.send_replace(());
            let pause = match &origin.source {
                KeySource::File(_) => reread_time,
                _ if said.is_some() => keys_again,
                _ => keys_time,
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = set.asked.notified() => {}
            }
            *locked(&set.state) = State::UnderWay;
        }
    }

    fn set(&self, issuer: &Issuer) -> Option<Arc<KeySet>> {
        locked(&self.sets).get(&Origin::of(issuer)).map(|(set, _)| Arc::clone(set))
    }

    /// The key that a JWT names; where it is not known, after the keys were fetched again, if that may be.
    pub(super) async fn key(&self, issuer: &Issuer, presented: &Presented, wait: Duration) -> Option<Arc<Key>> {
        let set = self.set(issuer)?;
        if let Some(key) = set.key(presented) {
            return Some(key);
        }
        set.fetched_again(self.limits.keys_again, wait).await;
        set.key(presented)
    }

    /// Whether a key is among them still.
    pub(super) fn holds(&self, issuer: &Issuer, key: &Key) -> bool {
        self.set(issuer).is_some_and(|set| set.keys().iter().any(|one| **one == *key))
    }
}

impl KeySet {
    fn keys(&self) -> Arc<Vec<Arc<Key>>> {
        Arc::clone(&locked(&self.keys))
    }

    /// By its id. Where a JWT names none, there must be one alone that it could mean.
    fn key(&self, presented: &Presented) -> Option<Arc<Key>> {
        let keys = self.keys();
        let mut fitting = keys.iter().filter(|key| {
            let is_named = presented.key_id.is_none() || key.id == presented.key_id;
            is_named && key.signs_with(presented.algorithm)
        });
        match (fitting.next(), fitting.next()) {
            (Some(one), None) => Some(Arc::clone(one)),
            _ => None,
        }
    }

    /// Has them fetched again, unless that was done just now, and waits for so long.
    async fn fetched_again(&self, again: Duration, wait: Duration) {
        let mut tried = self.tried.subscribe();
        {
            let mut state = locked(&self.state);
            match *state {
                State::UnderWay => {}
                State::Tried(since) if since.elapsed() < again => return,
                State::Tried(_) => {
                    *state = State::UnderWay;
                    self.asked.notify_one();
                }
            }
        }
        let _ = tokio::time::timeout(wait, tried.changed()).await;
    }
}
