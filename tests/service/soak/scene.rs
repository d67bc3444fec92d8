//! One service with its clients, from the first command to the judgement.

use super::chance::Chance;
use super::client::Client;
use super::followers::{Access, Commits};
use super::judge::{self, Came};
use super::lives::{End, Service};
use super::memory::Memory;
use super::producers::{self, ADMIN, CASES, PRODUCERS, Promised};
use super::{nuisances, readers};
use crate::http::Response;
use crate::served::program;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

/// Readers of a service, and clients that are a nuisance to it.
const READERS: u64 = 3;
const NUISANCES: u64 = 4;
/// The id of the last command: whoever follows goes on until it is told.
pub const LAST: &str = "last";
/// Whom it gives access, so that followers of changes hear of it, too.
pub const LAST_USER: &str = "user:last";
/// Events that are there before anybody comes, so that what keeps the last ones is full, and how many a commit has.
const BEFORE: usize = 12_000;
const BEFORE_TOGETHER: usize = 200;
/// The longest life, in milliseconds, where it is short, and where it is not.
const SHORT_LIFE: u64 = 400;
const LONG_LIFE: u64 = 8_000;

/// Whether a service is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Never,
    AgainAndAgain,
}

/// What the clients of a service share.
pub struct Scene {
    pub service: Service,
    ended: Ended,
    is_over: AtomicBool,
    has_failed: AtomicBool,
    /// The highest position that was acknowledged.
    acknowledged: AtomicU64,
}

/// Tells everybody where one of them panics, so that nobody waits for it.
struct Tells<'a>(&'a Scene);

impl Drop for Tells<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.has_failed.store(true, Ordering::Relaxed);
            self.0.is_over.store(true, Ordering::Relaxed);
        }
    }
}

impl Scene {
    pub fn new(service: Service, ended: Ended) -> Scene {
        let (is_over, has_failed, acknowledged) = Default::default();
        Scene { service, ended, is_over, has_failed, acknowledged }
    }

    /// Whether whoever sends and asks is to stop.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Whether somebody found a fault already.
    pub fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed)
    }

    pub fn is_ended_again_and_again(&self) -> bool {
        self.ended == Ended::AgainAndAgain
    }

    pub fn acknowledges(&self, position: u64) {
        self.acknowledged.fetch_max(position, Ordering::Relaxed);
    }

    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// An answer of status 200. There is another, or none, only where the service is being ended.
    pub fn answered(&self, answer: Option<Response>) -> Option<Value> {
        match answer {
            Some(answer) if answer.status == 200 => Some(answer.json()),
            other => {
                assert!(self.is_ended_again_and_again(), "nobody ended the service: {other:?}");
                let is_stopping =
                    other.as_ref().is_none_or(|answer| answer.status == 503 && answer.code() == "stopping");
                assert!(is_stopping, "{other:?}");
                None
            }
        }
    }

    /// Runs it for so long, and judges; what it came to.
    pub fn run(&self, lasts: Duration) -> String {
        self.service.begin(0);
        self.set_up();
        let (came, lives, memory) = std::thread::scope(|scope| {
            let _tells = Tells(self);
            let commits = scope.spawn(|| self.telling(|| Commits::follow(self)));
            let access = scope.spawn(|| self.telling(|| Access::follow(self)));
            let producers =
                each(PRODUCERS, |number| scope.spawn(move || self.telling(|| producers::produce(self, number))));
            let readers = each(READERS, |number| scope.spawn(move || self.telling(|| readers::read(self, number))));
            let nuisances =
                each(NUISANCES, |number| scope.spawn(move || self.telling(|| nuisances::trouble(self, number))));
            let (lives, memory) = self.lives(lasts);
            self.is_over.store(true, Ordering::Relaxed);
            let promised = producers.into_iter().map(joined).collect();
            let answered = readers.into_iter().flat_map(joined).collect();
            let troubled = nuisances.into_iter().map(joined).sum();
            producers::windows_end();
            let last = self.last();
            let (commits, access) = (joined(commits), joined(access));
            let log = commits_of_the_log(self);
            (Came { promised, last, answered, commits, access, log, troubled }, lives, memory)
        });
        self.service.end(End::Told);
        self.verify();
        let judged = judge::judge(came);
        let ended =
            if self.is_ended_again_and_again() { format!("ended {lives} times") } else { "never ended".to_owned() };
        format!("{ended}, {} s: {judged}\n{memory}", lasts.as_secs())
    }

    fn telling<T>(&self, work: impl FnOnce() -> T) -> T {
        let _tells = Tells(self);
        work()
    }

    /// One life after the other until the time is over, the last of which goes on; how many ended, and what memory the last
    /// one took.
    fn lives(&self, lasts: Duration) -> (usize, Memory) {
        let (mut chance, begun) = (Chance::of("lives", 0), Instant::now());
        let left = || lasts.saturating_sub(begun.elapsed());
        let mut lives = 0;
        while self.is_ended_again_and_again() && !left().is_zero() && !self.has_failed() {
            let longest = if chance.in_a_hundred(30) { SHORT_LIFE } else { LONG_LIFE };
            // Also where there is little time, it ends several times.
            let life = Duration::from_millis(chance.below(longest)).min(lasts / 6).min(left());
            std::thread::sleep(life);
            self.service.end(if chance.in_a_hundred(50) { End::Killed } else { End::Told });
            lives += 1;
            self.service.begin(lives);
        }
        (lives, Memory::followed(self, left()))
    }

    fn set_up(&self) {
        let mut client = Client::of(self.service.address);
        let begun = Instant::now();
        // Nobody counts as having ended it while it opens.
        while client.ask("GET", "/readyz", &[], "").is_none_or(|answer| answer.status != 200) {
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not serve");
            std::thread::sleep(Duration::from_millis(20));
        }
        let membership = json!({"group": "before", "member": "user:before"});
        let turn = |number: usize| {
            let name = ["add_member", "remove_member"][number % 2];
            json!({ name: membership })
        };
        let turns: Vec<_> = (0..BEFORE_TOGETHER).map(turn).collect();
        for _ in 0..BEFORE / BEFORE_TOGETHER {
            producers::send_together(&mut client, "system:hr", &turns);
        }
        let mut number = 0..;
        let mut send = |actor: &str, command: Value| {
            let id = format!("set-up-{}", number.next().expect("there are enough"));
            producers::send(self, &mut client, id, actor, &command);
        };
        send("system:hr", json!({"appoint_org_admin": {"user": "oa"}}));
        send(ADMIN, json!({"create_definition": {"definition": "d", "access_control": true}}));
        for (producer, case) in (0..PRODUCERS).flat_map(|producer| (0..CASES).map(move |case| (producer, case))) {
            let case = format!("c{producer}-{case}");
            send(ADMIN, json!({"open_case": {"case": case, "definition": "d", "creator": "oa"}}));
        }
    }

    fn last(&self) -> Promised {
        let grant = json!({"grant": {"on": "case:c0-0", "to": LAST_USER, "access": "read"}});
        producers::send(self, &mut Client::of(self.service.address), LAST.to_owned(), ADMIN, &grant)
    }

    fn verify(&self) {
        let verified = program().arg("--data").arg(self.service.data()).arg("verify").output();
        let verified = verified.expect("the program starts");
        assert!(verified.status.success(), "{verified:?}");
    }
}

fn each<T>(all: u64, spawn: impl FnMut(u64) -> T) -> Vec<T> {
    (0..all).map(spawn).collect()
}

fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Every event of the log, from the first to the last.
fn commits_of_the_log(scene: &Scene) -> Vec<Value> {
    Commits::follow(scene).0
}
