//! The service: HTTP in front of an open engine, on TCP and on a Unix socket (`service.md`).
//!
//! A request comes in at `listen`, finds its handler in `routes`, is let in by `admit`, and is answered by `ask`,
//! `lists`, `authzen`, `send`, `events`, `changes` or `operate`; whatever goes wrong leaves as a `problem`.
//! INVARIANT: no rule is decided here, and no answer has a form of its own: bodies are those of `caseward_events`, byte for
//! byte what the command line prints. Nothing that a client does, or leaves undone, holds the writer or another client.
//! Absent on purpose: opening and closing a store ([`crate::Caseward`]), which whoever starts a service does around it.

mod access_log;
mod admit;
mod aside;
mod ask;
mod authzen;
mod beside;
mod body;
mod browsers;
mod callers;
mod changes;
mod commands;
mod connections;
mod decisions;
mod events;
mod feed;
pub mod frames;
mod health;
#[cfg(feature = "jwt")]
mod jwt;
#[cfg(feature = "tls")]
mod known;
mod let_in;
mod limits;
mod lines;
mod listen;
mod lists;
mod memory_parts;
mod meters;
mod metrics;
mod names;
mod open_metrics;
mod openapi;
mod operate;
#[cfg(any(feature = "jwt", feature = "otel"))]
mod outward;
mod pages;
mod params;
mod pipe;
mod problem;
mod process;
mod reads;
mod recent;
mod refusals;
#[cfg(feature = "tls")]
mod reread;
mod respond;
mod routes;
#[cfg(test)]
mod same_work;
#[cfg(feature = "tls")]
mod secured;
mod seen;
mod send;
mod spans;
mod stages;
mod state;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tls")]
mod tls_client;
mod tokens;
mod told;
mod trace_context;
#[cfg(feature = "otel")]
mod traces;
mod verb_pipes;
mod verbs;

pub use access_log::{ACCESS, AccessLog};
pub use authzen::{BadPublicUrl, PublicUrl};
pub use beside::Beside;
pub use callers::Part;
pub use commands::part_of;
pub use decisions::file::{DecisionLog, FILE_BYTES_MAX, WAITING_BYTES_MAX, WhichDecisions, WritesDecisions};
pub use decisions::replay::{Difference, NotReplayed, Replayed, replay};
#[cfg(feature = "tls")]
pub use known::BadCallers;
pub use limits::Limits;
pub use listen::{Address, ListenError};
pub use operate::OnDisk;
pub use pages::{Api, Pages, Reply, Visitor};
pub use reads::{ASKED_BYTES_MAX, PURPOSE_BYTES_MAX, ReadsWanted};
pub use refusals::RefusedCallers;
#[cfg(feature = "tls")]
pub use reread::Unread;
pub use routes::{Served, served};
#[cfg(feature = "tls")]
pub use secured::Secured;
pub use spans::SpanCounts;
#[cfg(feature = "tls")]
pub use tls::{TlsError, TlsFiles};
#[cfg(feature = "tls")]
pub use tls_client::{NoHandshake, OwnCertificate, TlsClient};
#[cfg(feature = "otel")]
pub use traces::{BadTraces, Traces};
pub use verb_pipes::{AskedVerb, RunVerbs, VerbInput, VerbOutput, VerbPipes};
pub use verbs::{PATH as VERBS_PATH, RELEASE};

use crate::engine::Engine;
use crate::store::ReadsLog;
use connections::Connections;
use listen::Listener;
use meters::Meters;
use stages::Stage;
use state::{Setup, Shared};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long a connection takes to end that is not waited for.
const CUT_OFF_MAX: Duration = Duration::from_millis(500);

/// A service that has not started.
#[must_use = "nothing is answered before `start`"]
pub struct Service {
    engine: Engine,
    limits: Limits,
    verbs: Option<Arc<dyn RunVerbs>>,
    public_url: Option<PublicUrl>,
    given: Vec<TcpListener>,
    setup: Setup,
    on_disk: Option<OnDisk>,
    reads: Option<Arc<ReadsLog>>,
    #[cfg(feature = "tls")]
    secured: Secured,
    decisions: Option<Arc<DecisionLog>>,
    pages: Option<Arc<dyn Pages>>,
}

/// A service that runs. Dropping it stops it without waiting for answers; [`Running::stop`] waits.
pub struct Running {
    stage: watch::Sender<Stage>,
    tasks: JoinSet<()>,
    connections: Arc<Connections>,
    addresses: Vec<SocketAddr>,
    shared: Weak<Shared>,
    runs: Arc<operate::Runs>,
}

impl Service {
    /// In front of an open engine, with the usual limits.
    pub fn new(engine: Engine) -> Service {
        let (limits, setup) = (Limits::default(), Setup::default());
        Service {
            engine,
            limits,
            verbs: None,
            public_url: None,
            given: Vec::new(),
            setup,
            on_disk: None,
            reads: None,
            decisions: None,
            pages: None,
            #[cfg(feature = "tls")]
            secured: Secured::default(),
        }
    }

    /// With other limits.
    pub fn limits(self, limits: Limits) -> Service {
        Service { limits, ..self }
    }

    /// Running verbs of the command line for others who have the socket.
    pub fn verbs(self, verbs: Arc<dyn RunVerbs>) -> Service {
        Service { verbs: Some(verbs), ..self }
    }

    /// Known to its callers under an address, which its metadata names.
    pub fn public_url(self, public_url: Option<PublicUrl>) -> Service {
        Service { public_url, ..self }
    }

    /// Answering at sockets that listen already, too: whoever started this process keeps them, so that whoever connects between
    /// one process and the next waits and is answered.
    pub fn given(self, given: Vec<TcpListener>) -> Service {
        Service { given, ..self }
    }

    /// Logging its requests.
    pub fn access_log(self, access_log: AccessLog) -> Service {
        Service { setup: Setup { access_log, ..self.setup }, ..self }
    }

    /// Telling organizations apart in its metrics, by their names.
    pub fn metrics_organizations(self, names_organizations: bool) -> Service {
        Service { setup: Setup { names_organizations, ..self.setup }, ..self }
    }

    /// Telling in its metrics what became of the spans of its traces, which somebody else sends.
    pub fn spans(self, spans: Option<Arc<SpanCounts>>) -> Service {
        Service { setup: Setup { spans, ..self.setup }, ..self }
    }

    /// Telling in its metrics what lies beside the engine.
    pub fn beside(self, beside: Option<Beside>) -> Service {
        Service { setup: Setup { beside, ..self.setup }, ..self }
    }

    /// Over a store on disk, which its operators may take care of.
    pub fn on_disk(self, on_disk: Option<OnDisk>) -> Service {
        Service { on_disk, ..self }
    }

    /// Keeping what persons ask in a log of reads, which somebody else writes to the disk ([`ReadsLog::keep`]).
    pub fn reads(self, reads: Option<Arc<ReadsLog>>) -> Service {
        Service { reads, ..self }
    }

    /// Logging what machines check, which somebody else writes to a file ([`WritesDecisions`]).
    pub fn decisions(self, decisions: Option<Arc<DecisionLog>>) -> Service {
        Service { decisions, ..self }
    }

    /// With pages for people in front of the API.
    pub fn pages(self, pages: Arc<dyn Pages>) -> Service {
        Service { pages: Some(pages), ..self }
    }

    /// With TLS on TCP, and callers whom others vouch for.
    #[cfg(feature = "tls")]
    pub fn secured(self, secured: Secured) -> Service {
        Service { secured, ..self }
    }

    /// Starts to answer at these addresses.
    ///
    /// # Errors
    /// One of them cannot be listened at; then none is.
    pub async fn start(self, addresses: &[Address]) -> Result<Running, ListenError> {
        let mut listeners = Vec::new();
        for address in addresses {
            listeners.push(Listener::bind(address).await?);
        }
        for given in self.given {
            listeners.push(Listener::of(given)?);
        }
        let (stage, stages) = stages::stages();
        let limits = self.limits;
        let addresses = listeners.iter().filter_map(Listener::address).collect();
        let mut tasks = JoinSet::new();
        #[cfg(feature = "tls")]
        let (tls, known_by) = self.secured.follow(limits, &stages, &mut tasks);
        let Service { engine, verbs, public_url, setup, on_disk, reads, decisions, pages, .. } = self;
        let of_pages = pages.iter().flat_map(|pages| pages.paths());
        let of_pages = of_pages.map(|(method, path)| (method.to_owned(), path));
        let of_api = routes::served().into_iter().map(|served| (served.method, served.path));
        let meters = Meters::new(of_api.chain(of_pages));
        let shared = Shared::new(engine, limits, verbs, stages.clone()).known_as(public_url);
        let shared = shared.seen_as(setup, meters).on_disk(on_disk).keeping(reads, decisions);
        #[cfg(feature = "tls")]
        let shared = shared.with_known(known_by);
        let connections = Arc::clone(&shared.connections);
        let shared = Arc::new(shared);
        let router = routes::router(&shared, pages.as_deref());
        for listener in listeners {
            #[cfg(feature = "tls")]
            let listener = listener.speaking(tls.as_ref());
            tasks.spawn(listener.serve(router.clone(), limits, Arc::clone(&connections), stages.clone()));
        }
        let (runs, shared) = (Arc::clone(&shared.runs), Arc::downgrade(&shared));
        Ok(Running { stage, tasks, connections, addresses, shared, runs })
    }
}

impl Running {
    /// Where it listens on TCP, with the ports that the system chose.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Whether every organization can still be looked at; it does not come back where one cannot.
    pub async fn answers(&self) -> bool {
        let Some(shared) = self.shared.upgrade() else { return false };
        let looked = move || shared.engine.organizations().iter().for_each(|one| drop(one.status()));
        tokio::task::spawn_blocking(looked).await.is_ok()
    }

    /// How many callers were turned away so far.
    #[must_use]
    pub fn refused_callers(&self) -> RefusedCallers {
        self.shared.upgrade().map(|shared| shared.refusals.counts()).unwrap_or_default()
    }

    /// Takes no new requests, ends streams with a word, lets running requests finish for so long, and closes every
    /// connection. When this is done nothing of the service holds the engine. Returns true if nothing was cut off.
    pub async fn stop(mut self, grace: Duration) -> bool {
        // Whoever listens no more has ended.
        let _ = self.stage.send(Stage::Stopping);
        while self.tasks.join_next().await.is_some() {}
        let (closed, ended) = tokio::join!(self.connections.all_closed(grace), self.runs.all_ended(grace));
        if closed {
            return ended;
        }
        let _ = self.stage.send(Stage::CutOff);
        self.connections.all_closed(CUT_OFF_MAX).await;
        false
    }
}
