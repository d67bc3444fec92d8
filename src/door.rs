//! The door: opening a data directory as a whole, and closing it so that nothing of it is left behind.
//!
//! A [`Caseward`] is an engine over a store on disk, with the views that are saved beside the log and, where a folder for
//! them is named, signed tree heads. INVARIANT: whatever was answered is stored, whether it is closed, dropped or killed;
//! [`Caseward::close`] ends every thread, and saves what makes the next opening quick. Absent on purpose: questions and
//! commands ([`Organization`]), and reading a directory that another process has.

use crate::engine::{
    Answer, Clock, CommandError, Engine, Error, MemoryBound, Organization, Progress, QuestionLimits, SystemClock,
};
use crate::integrity::damage_report::DamageReport;
use crate::integrity::signing::SigningError;
use crate::integrity::tree_head::TreeHead;
use crate::proof::heads::{self, HeadError};
use crate::proof::schedule::Schedule;
use crate::seams::{Checkpoints, NoCheckpoints, Storage, StoreError};
use crate::store::{Access, Cache, FjallStore, FjallViews, MemoryStore, close_within};
use caseward_events::{Actor, OrganizationName};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;

/// How long a read that nobody waits for any more may take to let go of the store.
const LETTING_GO_MAX: Duration = Duration::from_secs(1);

/// An open data directory.
///
/// Dropping it loses nothing that was answered, and ends its threads a moment later; only [`Caseward::close`] waits for
/// them, and says what failed.
pub struct Caseward {
    engine: Engine,
    /// None in memory.
    store: Option<Arc<FjallStore>>,
    heads: Option<Schedule>,
    no_heads: Option<SigningError>,
    /// Whether views are worth saving at the end.
    saves: bool,
}

/// How a data directory is opened. What is not said: whatever is there, made where nothing is; no bound on memory; the
/// clock of the system; no tree heads; commands are taken.
#[must_use = "nothing is opened before `open`"]
pub struct Builder<'a> {
    path: PathBuf,
    creates: bool,
    read_only: bool,
    accept_clock: bool,
    memory: Option<MemoryBound>,
    clock: Arc<dyn Clock>,
    questions: QuestionLimits,
    heads: Option<(PathBuf, Duration)>,
    progress: Box<dyn FnMut(Progress) + Send + 'a>,
}

/// What failed when a data directory was closed. Everything that was answered is stored all the same.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct CloseError {
    /// The views could not be saved: the next opening takes longer.
    pub views: Option<StoreError>,
    /// The last tree head could not be written.
    pub tree_head: Option<HeadError>,
    /// Threads that had panicked, by name.
    pub panicked: Vec<String>,
    /// An [`Organization`], a rebuild or a task that still runs holds the store: it is closed when that is dropped.
    pub is_still_held: bool,
}

impl Caseward {
    /// Opens what is at a path, or makes it where nothing is.
    ///
    /// # Errors
    /// As for [`Builder::open`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Caseward, Error> {
        Caseward::builder(path).open().await
    }

    /// Says how it is to be opened.
    pub fn builder<'a>(path: impl AsRef<Path>) -> Builder<'a> {
        Builder {
            path: path.as_ref().to_owned(),
            creates: true,
            read_only: false,
            accept_clock: false,
            memory: None,
            clock: Arc::new(SystemClock),
            questions: QuestionLimits::default(),
            heads: None,
            progress: Box::new(|_| {}),
        }
    }

    /// An organization by name; `default` is always there.
    ///
    /// # Errors
    /// `invalid`, where it is no name; `not_found`, where no operator created it.
    pub fn organization(&self, name: &str) -> Result<Organization, Error> {
        let name: OrganizationName =
            name.parse().map_err(|why| caseward_events::Refusal::invalid(format!("the organization: {why}")))?;
        Ok(self.engine.organization(&name)?)
    }

    /// All organizations, by name.
    #[must_use]
    pub fn organizations(&self) -> Vec<Organization> {
        self.engine.organizations()
    }

    /// Creates an organization, durably.
    ///
    /// # Errors
    /// A fault of the store. The name being taken is a refusal in the answer.
    pub async fn create_organization(&self, name: OrganizationName, actor: Actor) -> Result<Answer, CommandError> {
        self.engine.create_organization(name, actor).await
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The store on disk; `None` in memory.
    #[must_use]
    pub fn store(&self) -> Option<&FjallStore> {
        self.store.as_deref()
    }

    /// The same, for whoever goes on with it while it is open: [`Caseward::close`] waits a moment for it to be dropped.
    #[must_use]
    pub fn shared_store(&self) -> Option<Arc<FjallStore>> {
        self.store.clone()
    }

    /// What the store cannot vouch for, where that is so; such a one is opened for reading only.
    #[must_use]
    pub fn damage(&self) -> Option<&DamageReport> {
        self.store.as_ref().and_then(|store| store.damage())
    }

    /// Why no tree heads are written, where some were asked for.
    #[must_use]
    pub fn no_heads(&self) -> Option<&SigningError> {
        self.no_heads.as_ref()
    }

    /// Answers what was sent, saves the views where that is worth it, writes the last tree head, ends every thread, and
    /// frees the directory. Whatever fails keeps nothing of the rest from being done.
    ///
    /// # Errors
    /// Something of that failed. Everything that was answered is stored all the same.
    pub async fn close(self) -> Result<(), CloseError> {
        let Caseward { engine, store, heads, saves, .. } = self;
        let panicked = engine.stop().await;
        // One that has failed has nothing to save that would be trusted.
        let views = if saves && engine.poisoned().is_none() { engine.save_views().await.err() } else { None };
        let (mut panicked, mut tree_head) = (panicked, None);
        if let Some(heads) = heads {
            match spawn_blocking(move || heads.stop()).await {
                Ok(stopped) => tree_head = stopped.err(),
                Err(_) => panicked.push("caseward-heads".to_owned()),
            }
        }
        drop(engine);
        // Its own threads are joined there, which takes a sync.
        let released = spawn_blocking(move || store.is_none_or(|store| close_within(store, LETTING_GO_MAX))).await;
        let failed = CloseError { views, tree_head, panicked, is_still_held: !released.unwrap_or(false) };
        if failed.is_nothing() { Ok(()) } else { Err(failed) }
    }
}

impl<'a> Builder<'a> {
    /// Whether a store is made where nothing is.
    pub fn create(self, creates: bool) -> Self {
        Builder { creates, ..self }
    }

    /// Whether commands are refused, nothing is saved at the end, and no tree heads are written. A store that cannot vouch
    /// for all that it holds is opened only so. Where the directory cannot be written, since it is on a disk that is full or
    /// only read or belongs to somebody else, a copy of it is read ([`FjallStore::remarks`] says so).
    pub fn read_only(self, read_only: bool) -> Self {
        Builder { read_only, ..self }
    }

    /// Whether an operator says that the clock is right. One that jumped ahead, or that stands more than a month after it was
    /// last read while nothing keeps it right, is not believed before, and no command is taken
    /// ([`Engine::clock_in_doubt`]).
    pub fn accept_clock(self, accept_clock: bool) -> Self {
        Builder { accept_clock, ..self }
    }

    /// A bound on views and caches: cases that are saved leave memory, and come back when they are asked for.
    pub fn memory(self, bound: impl Into<Option<MemoryBound>>) -> Self {
        Builder { memory: bound.into(), ..self }
    }

    /// What time it is.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Builder { clock, ..self }
    }

    /// What one question may come to.
    pub fn question_limits(self, questions: QuestionLimits) -> Self {
        Builder { questions, ..self }
    }

    /// Writes signed tree heads into a folder, at most one of each organization in each interval, and a last one when it is
    /// closed.
    pub fn tree_heads(self, folder: impl Into<PathBuf>, every: Duration) -> Self {
        Builder { heads: Some((folder.into(), every)), ..self }
    }

    /// Hears of every piece of the log that is read on the way.
    pub fn progress(self, progress: impl FnMut(Progress) + Send + 'a) -> Self {
        Builder { progress: Box::new(progress), ..self }
    }

    /// Opens the directory. Call it within a tokio runtime, which must live until it is closed.
    ///
    /// # Errors
    /// There is nothing, and nothing is to be made; there is something else; another process has it; the store cannot vouch
    /// for what it holds, and was not to be only read; the log is not what an engine wrote.
    pub async fn open(self) -> Result<Caseward, Error> {
        let access = if self.creates && !self.read_only { Access::Create } else { Access::Existing };
        let (path, cache) = (self.path.clone(), self.cache());
        let to_read = self.read_only;
        let open = move || match to_read {
            true => FjallStore::open_to_read(&path, cache),
            false => FjallStore::open_caching(&path, access, cache),
        };
        let opened = spawn_blocking(open).await;
        let store = opened.unwrap_or_else(|panicked| {
            Err(StoreError::Fault { doing: "open the store".to_owned(), source: Box::new(panicked) })
        })?;
        self.over(store).await
    }

    /// Goes on with a store that is open already, at this path.
    ///
    /// # Errors
    /// As for [`Builder::open`].
    pub async fn over(self, store: FjallStore) -> Result<Caseward, Error> {
        let views: Arc<dyn Checkpoints> = match store.damage() {
            Some(damage) if !self.read_only => return Err(StoreError::NotVouched(damage.to_string()).into()),
            Some(_) => Arc::new(NoCheckpoints),
            None if !self.read_only && !store.takes_writes() => {
                return Err(StoreError::NotVouched("it was opened for reading only".to_owned()).into());
            }
            None => {
                let (path, cache, in_place) = (self.path.clone(), self.cache(), store.takes_writes());
                let open = move || match in_place {
                    true => FjallViews::open_caching(&path, cache),
                    false => FjallViews::look(&path, cache),
                };
                match spawn_blocking(open).await {
                    Ok(views) => Arc::new(views),
                    Err(_) => Arc::new(NoCheckpoints),
                }
            }
        };
        let (store, heads, read_only) = (Arc::new(store), self.heads.clone(), self.read_only);
        let engine = self.engine(store.clone(), views).await?;
        let mut opened = Caseward { engine, store: Some(store), heads: None, no_heads: None, saves: !read_only };
        if let Some((folder, every)) = heads.filter(|_| !read_only) {
            opened.write_heads(folder, every).await?;
        }
        Ok(opened)
    }

    /// The same over a store in memory, which is gone with it.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub async fn in_memory(self) -> Result<Caseward, Error> {
        let engine = self.engine(Arc::new(MemoryStore::new()), Arc::new(NoCheckpoints)).await?;
        Ok(Caseward { engine, store: None, heads: None, no_heads: None, saves: false })
    }

    async fn engine(mut self, store: Arc<dyn Storage>, checkpoints: Arc<dyn Checkpoints>) -> Result<Engine, Error> {
        let options = crate::engine::Options {
            limits: crate::engine::EffectLimits::default(),
            questions: self.questions,
            checkpoints,
            clock: self.clock,
            memory: self.memory,
            read_only: self.read_only,
            accept_clock: self.accept_clock,
            progress: Some(&mut *self.progress),
        };
        Ok(Engine::open_with(store, options).await?)
    }

    /// What of the bound each database keeps of its files.
    fn cache(&self) -> Cache {
        self.memory.map_or(Cache::Usual, |bound| Cache::Bytes(bound.cache_bytes()))
    }
}

impl Caseward {
    /// Whether the log goes as far as every tree head in a folder that this store has signed. Of each organization the
    /// largest is compared: a log that ends before it is an older copy, or was cut; one of its size must have its root.
    ///
    /// # Errors
    /// `Corruption`, which names the head and what the log has; a folder that cannot be listed is a fault. Without keys
    /// nothing is compared.
    pub async fn agrees_with_heads(&self, folder: &Path) -> Result<(), Error> {
        let Some(Ok(keys)) = self.store.as_ref().map(|store| store.signing()) else { return Ok(()) };
        for organization in self.organizations() {
            let found = heads::newest(folder, organization.name(), &keys);
            let found = found.map_err(|source| StoreError::Fault {
                doing: format!("look for tree heads in `{}`", folder.display()),
                source: Box::new(source),
            })?;
            let Some((path, TreeHead { size, root, .. })) = found else { continue };
            let head = organization.head();
            let beyond = size > head;
            if beyond || size == head && organization.head_input().await?.root != root {
                let what = if beyond { format!("ends at position {head}") } else { "has other events".to_owned() };
                return Err(StoreError::Corruption(format!(
                    "the log of {} {what}, and the tree head `{}`, which this store signed, is of position {size}: \
                     the log is an older copy, or was cut or rewritten, so it takes no commands",
                    organization.name(),
                    path.display()
                ))
                .into());
            }
        }
        Ok(())
    }

    async fn write_heads(&mut self, folder: PathBuf, every: Duration) -> Result<(), Error> {
        self.agrees_with_heads(&folder).await?;
        match self.store.as_ref().map(|store| store.signing()) {
            Some(Ok(keys)) => {
                let started = Schedule::start(self.engine.clone(), keys, folder, every);
                self.heads = Some(started.map_err(crate::engine::OpenError::Thread)?);
            }
            Some(Err(why)) => self.no_heads = Some(why),
            None => {}
        }
        Ok(())
    }
}

impl CloseError {
    fn is_nothing(&self) -> bool {
        let CloseError { views, tree_head, panicked, is_still_held } = self;
        views.is_none() && tree_head.is_none() && panicked.is_empty() && !is_still_held
    }
}

impl fmt::Display for CloseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CloseError { views, tree_head, panicked, is_still_held } = self;
        let mut failed = Vec::new();
        failed.extend(views.iter().map(|why| format!("the views could not be saved: {why}")));
        failed.extend(tree_head.iter().map(|why| format!("the last tree head could not be written: {why}")));
        failed.extend(panicked.iter().map(|thread| format!("the thread `{thread}` had panicked")));
        failed.extend(
            is_still_held.then(|| "something still holds the store; it is closed when that is dropped".to_owned()),
        );
        write!(f, "{}; everything that was answered is stored", failed.join("; "))
    }
}

impl std::error::Error for CloseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let views = self.views.as_ref().map(|why| why as &(dyn std::error::Error + 'static));
        views.or_else(|| self.tree_head.as_ref().map(|why| why as _))
    }
}
