//! What a verb works with: the printer, the arguments that all share, and the engine over the data directory.

use crate::cli::args::Global;
use crate::cli::args::instant::GivenAsOf;
use crate::cli::beside::socket::{is_hosted, socket};
use crate::cli::damage;
use crate::cli::exit::{self, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::opened::Opened;
use crate::cli::printer::Printer;
use crate::cli::terminal::Terminal;
use crate::cli::traces::Traces;
use crate::door::Caseward;
use crate::engine::{Engine, Progress};
use crate::integrity::damage_report::DamageReport;
use crate::integrity::signing::SigningKeys;
use crate::proof::schedule;
use crate::seams::StoreError;
use crate::service::{Address, OnDisk, RunVerbs, Running, Service};
use crate::store::{Access, FjallStore, ReadsLog};
use caseward_events::nearest::nearest;
use caseward_events::{AsOf, OrganizationName, Position, Recorded, Refusal, Timestamp};
use std::ffi::OsString;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What every verb works with: the printer, the settings, the data directory.
pub struct Context {
    pub global: Global,
    pub terminal: Terminal,
    pub printer: Printer,
    /// Whether the program was told to end.
    pub interrupt: Interrupt,
    /// The arguments of the program, with everything that a file or the environment sets.
    pub call: Vec<OsString>,
    /// Sockets that whoever started the program has made, and that listen already.
    pub given: Vec<TcpListener>,
    /// Where a service sends its traces.
    pub traces: Traces,
    /// To be closed at the end.
    caseward: Option<Caseward>,
    /// What this process has open, where a verb runs for another one.
    host: Option<Host>,
    /// Whether the verb has the store for long, and so answers others meanwhile.
    answers_others: bool,
    hosting: Option<Running>,
    /// How the verbs of others are run.
    pub runner: Option<fn(Host) -> Arc<dyn RunVerbs>>,
}

/// A store that is open in this process, for the verbs of others.
#[derive(Clone)]
pub struct Host {
    pub engine: Engine,
    pub store: Arc<FjallStore>,
    pub data: PathBuf,
}

/// How long a verb waits for a process that has the store: another verb, or one that follows, is done by then.
const IN_USE_MAX: Duration = Duration::from_secs(2);
/// How long verbs of others may take to end once this one ends.
const OTHERS_GRACE: Duration = Duration::from_secs(3);
const MICROS_A_DAY: i64 = 24 * 60 * 60 * 1_000_000;
const IN_USE_LOOK: Duration = Duration::from_millis(20);

/// How long to wait for whoever has the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// As long as another verb takes.
    Short,
    /// Until it ends.
    Endless,
}

/// That there is no such organization, with those that there are: a name is mistyped more often than missing.
fn no_organization(engine: &Engine, asked: &OrganizationName, refusal: Refusal) -> Failure {
    let known: Vec<_> = engine.organizations().iter().map(|one| one.name().to_string()).collect();
    let failure = Failure::from(refusal).note(format!("there are: {}", known.join(", ")));
    match nearest(asked.as_str(), known.iter().map(String::as_str)) {
        Some(meant) => failure.hint(format!("did you mean `{meant}`? or create it: caseward org create {asked}")),
        None => failure,
    }
}

impl Context {
    #[must_use]
    pub fn new(global: Global) -> Context {
        let terminal = Terminal::Own;
        let printer = Printer::new(&global, &terminal);
        Context::of(global, terminal, printer)
    }

    fn of(global: Global, terminal: Terminal, printer: Printer) -> Context {
        Context {
            global,
            terminal,
            printer,
            interrupt: Interrupt::none(),
            call: Vec::new(),
            given: Vec::new(),
            traces: Traces::default(),
            caseward: None,
            host: None,
            answers_others: false,
            hosting: None,
            runner: None,
        }
    }

    /// From now on whoever finds the store taken by this verb has its own verbs run here.
    pub fn answer_others(&mut self) {
        self.answers_others = true;
    }

    /// For another process, over a store that is open.
    #[must_use]
    pub fn hosted(mut global: Global, terminal: Terminal, host: Host, interrupt: Interrupt) -> Context {
        // The store is here.
        global.remote.server = None;
        let printer = Printer::new(&global, &terminal);
        Context { interrupt, host: Some(host), ..Context::of(global, terminal, printer) }
    }

    /// Begins to answer at the socket of the data directory. Where that cannot be, others find the store taken, as they would
    /// without.
    async fn host_others(&self) -> Option<Running> {
        let address = Address::Socket(socket(&self.global.data));
        let started = self.service(None)?.start(&[address]).await;
        started.map_err(|error| tracing::warn!(%error, "other processes cannot ask this one")).ok()
    }

    /// A service over the store that is open, which runs the verbs of others too.
    #[must_use]
    pub fn service(&self, backups: Option<PathBuf>) -> Option<Service> {
        let (host, runner) = (self.to_host()?, self.runner?);
        let on_disk = OnDisk {
            store: Arc::clone(&host.store),
            data: host.data.clone(),
            backups,
            tree_heads: self.global.heads_dir.clone(),
        };
        Some(Service::new(host.engine.clone()).on_disk(Some(on_disk)).verbs(runner(host)))
    }

    /// What verbs of others may use of the store that is open here; none in memory, and none of a copy.
    fn to_host(&self) -> Option<Host> {
        let caseward = self.caseward.as_ref()?;
        let (engine, data) = (caseward.engine().clone(), self.global.data.clone());
        let store = caseward.shared_store().filter(|store| store.takes_writes())?;
        Some(Host { engine, store, data })
    }

    /// The store that another process has open for this verb.
    #[must_use]
    pub fn host(&self) -> Option<&Host> {
        self.host.as_ref()
    }

    /// Opens what is there; with `Access::Create`, makes it where nothing is.
    ///
    /// # Errors
    /// There is no store, it cannot be opened, or it has no such organization.
    pub async fn open(&mut self, access: Access) -> Result<Opened, Failure> {
        let engine = self.engine(access).await?;
        let opened = self.opened(engine)?;
        if let Some(GivenAsOf::Day(start)) = self.global.when.as_of {
            self.tell_of_the_day(&opened, start).await?;
        }
        Ok(opened)
    }

    /// That a day is its first instant, where that leaves out what was recorded later on that day.
    async fn tell_of_the_day(&mut self, opened: &Opened, start: Timestamp) -> Result<(), Failure> {
        let Ok(reader) = opened.organization.reader(AsOf::Instant(start), None).await else { return Ok(()) };
        let next = opened.organization.event(Position(reader.position().0 + 1)).await?;
        if let Some(next) = next {
            self.note_day(start, &next);
        }
        Ok(())
    }

    /// The same, where the first event that is left out is of that day.
    pub fn note_day(&mut self, start: Timestamp, next: &Recorded) {
        let day = |instant: Timestamp| instant.as_micros().div_euclid(MICROS_A_DAY);
        if day(next.time) == day(start) {
            let position = next.position;
            self.printer.note(format_args!(
                "note: a day is its first instant, {start}; #{position} and what followed on that day are not counted"
            ));
        }
    }

    fn opened(&mut self, engine: Engine) -> Result<Opened, Failure> {
        let organization = engine
            .organization(&self.global.org)
            .map_err(|refusal| no_organization(&engine, &self.global.org, refusal))?;
        if let Some(behind) = organization.clock_behind() {
            self.printer.complaint(behind);
        }
        if let Some(doubt) = engine.clock_in_doubt() {
            self.printer.complaint(format_args!("{doubt}: no command is taken; if it is right: --accept-clock"));
        }
        Ok(Opened { engine, organization, when: self.global.when })
    }

    /// Opens what commands are sent to; none where nothing is. A dry run writes to no store, not even to one that holds less
    /// than was acknowledged.
    ///
    /// # Errors
    /// As for [`Context::open`].
    pub async fn open_to_send(&mut self, dry_run: bool) -> Result<Option<Opened>, Failure> {
        if let Some(host) = self.host.clone() {
            return self.opened(host.engine).map(Some);
        }
        let cache = self.global.cache();
        let open = |data: &Path| match dry_run {
            true => FjallStore::open_to_read(data, cache),
            false => FjallStore::open_caching(data, Access::Existing, cache),
        };
        let store = match self.free(Patience::Short, open).await {
            Err(StoreError::Missing(_)) => return Ok(None),
            opened => opened?,
        };
        let engine = match (dry_run, store.damage()) {
            (true, _) => {
                let read_only = !store.takes_writes();
                self.engine_over(Some(store), read_only, false).await?
            }
            (false, Some(damage)) => return Err(damage::refused(damage)),
            (false, None) => self.engine_to_send(store).await?,
        };
        self.opened(engine).map(Some)
    }

    /// Makes a store for commands of which one is about to be stored.
    ///
    /// # Errors
    /// As for [`Context::open`].
    pub async fn create(&mut self) -> Result<Opened, Failure> {
        // An empty one in memory, perhaps.
        self.close().await;
        self.open(Access::Create).await
    }

    /// An empty store in memory: where there is none on disk, a refused command is refused by this one.
    ///
    /// # Errors
    /// It has no such organization.
    pub async fn in_memory(&mut self) -> Result<Opened, Failure> {
        let engine = self.engine_over(None, false, false).await?;
        self.opened(engine)
    }

    /// For verbs that ask nothing of the past.
    ///
    /// # Errors
    /// A wrong call, where `--as-of` or `--at` was given.
    pub fn only_now(&self, verb: &str) -> Result<(), Failure> {
        let given = [("--as-of", self.global.when.as_of.is_some()), ("--at", self.global.when.at().is_some())];
        match given.into_iter().find(|(_, given)| *given) {
            Some((option, _)) => {
                let error = anyhow::anyhow!("`{option}` cannot be combined with `{verb}`, which works at the head");
                Err(Failure::usage(error).hint(format!("leave `{option}` out; it applies to questions")))
            }
            None => Ok(()),
        }
    }

    /// The engine alone.
    ///
    /// # Errors
    /// As for [`Context::open`].
    pub async fn engine(&mut self, access: Access) -> Result<Engine, Failure> {
        self.engine_once_free(access, Patience::Short).await
    }

    /// Opens what is there as soon as nobody has it.
    ///
    /// # Errors
    /// As for [`Context::open`].
    pub async fn open_once_free(&mut self) -> Result<Opened, Failure> {
        let engine = self.engine_once_free(Access::Existing, Patience::Endless).await?;
        self.opened(engine)
    }

    /// Tries to take the store until whoever has it lets go.
    ///
    /// # Errors
    /// As for what is tried; `InUse` only when patience has run out.
    pub async fn free<T>(
        &mut self,
        patience: Patience,
        mut take: impl FnMut(&Path) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let since = Instant::now();
        let mut is_told = false;
        loop {
            match take(&self.global.data) {
                // Whoever answers others is asked, and not waited for.
                Err(StoreError::InUse { holder, .. })
                    if !self.is_hosted() && patience == Patience::Endless || since.elapsed() < IN_USE_MAX =>
                {
                    if !is_told {
                        self.printer.detail(format_args!("waiting for {holder}"));
                        is_told = true;
                    }
                    tokio::time::sleep(IN_USE_LOOK).await;
                }
                taken => return taken,
            }
        }
    }

    /// Whether whoever has the store runs the verbs of others.
    #[must_use]
    pub fn is_hosted(&self) -> bool {
        is_hosted(&self.global.data)
    }

    async fn engine_once_free(&mut self, access: Access, patience: Patience) -> Result<Engine, Failure> {
        if let Some(host) = &self.host {
            return Ok(host.engine.clone());
        }
        let (cache, self_answers) = (self.global.cache(), self.answers_others);
        let open = |data: &Path| match access {
            // Others may have commands for it.
            Access::Existing if self_answers => match FjallStore::open_caching(data, access, cache) {
                Err(why) if why.is_for_want_of_writing() => FjallStore::open_to_read(data, cache),
                opened => opened,
            },
            Access::Existing => FjallStore::open_to_read(data, cache),
            Access::Create | Access::Restoring => FjallStore::open_caching(data, access, cache),
        };
        let store = self.free(patience, open).await?;
        if access == Access::Create {
            return match store.damage() {
                Some(damage) => Err(damage::refused(damage)),
                None => self.engine_to_send(store).await,
            };
        }
        self.tell_left_behind(&store);
        let read_only = !self_answers || !store.takes_writes() || store.damage().is_some();
        let engine = self.engine_over(Some(store), read_only, false).await?;
        self.printer.detail(format_args!("opened `{}`", self.global.data.display()));
        Ok(engine)
    }

    async fn engine_to_send(&mut self, store: FjallStore) -> Result<Engine, Failure> {
        self.tell_left_behind(&store);
        let engine = self.engine_over(Some(store), false, true).await?;
        self.printer.detail(format_args!("opened `{}`", self.global.data.display()));
        Ok(engine)
    }

    fn tell_left_behind(&mut self, store: &FjallStore) {
        if let Some(told) = store.left_behind().and_then(damage::left_behind) {
            self.printer.note(told);
        }
    }

    /// For verbs that change what is kept beside the log, once the store is open.
    ///
    /// # Errors
    /// It is read from a copy.
    pub fn require_writes(&self, verb: &str) -> Result<(), Failure> {
        match self.store() {
            Some(store) if !store.takes_writes() && store.damage().is_none() => {
                let error = anyhow::anyhow!("`{verb}` cannot work on a copy of the store");
                Err(Failure::fault(error).hint(exit::WANTS_WRITING))
            }
            _ => Ok(()),
        }
    }

    /// What tree heads of the open store are signed with.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn signing(&self) -> Result<SigningKeys, Failure> {
        match self.store() {
            Some(store) => Ok(store.signing()?),
            None => Err(Failure::usage(anyhow::anyhow!("a store in memory signs nothing"))),
        }
    }

    /// The log of reads beside the open store.
    ///
    /// # Errors
    /// It cannot be opened; there is none in memory.
    pub fn reads(&self) -> Result<Arc<ReadsLog>, Failure> {
        match self.store() {
            Some(store) => Ok(store.reads()?),
            None => Err(Failure::usage(anyhow::anyhow!("a store in memory keeps no reads"))),
        }
    }

    /// The store on disk, once it is open.
    fn store(&self) -> Option<&FjallStore> {
        let own = self.caseward.as_ref().and_then(Caseward::store);
        own.or_else(|| self.host.as_ref().map(|host| &*host.store))
    }

    /// To ask, over a store that is open already.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn engine_on(&mut self, store: FjallStore) -> Result<Engine, Failure> {
        self.engine_over(Some(store), true, false).await
    }

    /// Whoever takes commands writes tree heads while it does, and a last one when it stops.
    async fn engine_over(
        &mut self,
        store: Option<FjallStore>,
        read_only: bool,
        keeps_heads: bool,
    ) -> Result<Engine, Failure> {
        let bar = self.printer.bar("reading the log");
        let shown = bar.clone();
        let progress = move |progress: Progress| {
            shown.set_length(progress.head.0);
            shown.set_position(progress.done.0);
        };
        let builder = Caseward::builder(&self.global.data).read_only(read_only).memory(self.global.memory.0);
        let mut builder = builder.accept_clock(self.global.accept_clock).progress(progress);
        if let (true, Some(folder)) = (keeps_heads, &self.global.heads_dir) {
            builder = builder.tree_heads(folder, schedule::EVERY);
        }
        let caseward = match store {
            Some(store) => builder.over(store).await?,
            None => builder.in_memory().await?,
        };
        bar.finish_and_clear();
        caseward.store().iter().flat_map(|store| store.remarks()).for_each(|remark| self.printer.note(remark));
        caseward.engine().remarks().iter().for_each(|remark| self.printer.note(remark));
        if let Some(why) = caseward.no_heads() {
            self.printer.complaint(format_args!("no tree head is written: {why}; everything else is stored"));
        }
        if let (false, Some(folder)) = (keeps_heads, &self.global.heads_dir)
            && let Err(why) = caseward.agrees_with_heads(folder).await
        {
            self.printer.complaint(format_args!("{why}; answers are those of the log as it is"));
        }
        let engine = caseward.engine().clone();
        self.caseward = Some(caseward);
        if self.answers_others && self.hosting.is_none() {
            self.hosting = self.host_others().await;
        }
        Ok(engine)
    }

    /// The program is about to end.
    pub fn is_last(&self) {
        if let Some(caseward) = &self.caseward {
            caseward.engine().leave_views();
        }
    }

    /// Closes the store, once everything that was got from it is dropped; what it could not vouch for. What is stored is
    /// stored, so what else fails is only told.
    pub async fn close(&mut self) -> Option<DamageReport> {
        if let Some(hosting) = self.hosting.take() {
            hosting.stop(OTHERS_GRACE).await;
        }
        let caseward = self.caseward.take()?;
        let damage = caseward.damage().cloned();
        let Err(failed) = caseward.close().await else { return damage };
        if let Some(error) = failed.views {
            self.printer.note(format_args!("{error}; the next start takes longer, but nothing is lost"));
        }
        if let Some(error) = failed.tree_head {
            let why = anyhow::Error::new(error);
            self.printer
                .complaint(format_args!("the tree head could not be written: {why:#}; everything else is stored"));
        }
        damage
    }
}
