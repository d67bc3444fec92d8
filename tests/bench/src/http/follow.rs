//! Streams that follow the feed while 1,000 commands a second are recorded: how long after its answer each is told an event,
//! and what the writer pays.
//!
//! All streams are read by one thread, which looks for nothing but the last `id` that has come.

use super::Shape;
use super::produce::grant;
use super::served::{Served, path_of};
use crate::append::SET_UP;
use crate::feed;
use crate::goal::Goals;
use caseward::engine::{Answer, Batch, How, Organization};
use caseward_events::Submission;
use floors_figures::Samples;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const EVENTS_A_SECOND: f64 = 1_000.0;
/// Until each is told.
const TOLD_AT_MOST_MS: f64 = 50.0;
const WRITER_AT_MOST: f64 = 1.1;

/// Measures and prints figures and ratios.
pub fn run(shape: Shape, goals: &mut Goals) {
    let scratch = feed::scratch();
    let served = Served::on_disk(scratch.path());
    served.apply(SET_UP.join("\n").as_bytes());
    let mut told = Samples::new(format!("http feed, {} streams, told after its answer, p99", shape.streams), "ms");
    let mut calm = Samples::new("one command a millisecond with no streams, p50", "us");
    let mut followed = Samples::new("one command a millisecond with streams, p50", "us");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("the system gives it");
    let count = (shape.window.as_secs_f64() * EVENTS_A_SECOND) as u64;
    for round in 0..shape.rounds as u64 {
        let numbers = |half: u64| (round * 2 + half) * count..(round * 2 + half + 1) * count;
        calm.push(middle(&runtime.block_on(record(&served.organization, numbers(0), &Answered::none()))));
        let answered = Arc::new(Answered::from(served.organization.head().0 + 1, count));
        let (address, streams, reader) = (served.address, shape.streams, Arc::clone(&answered));
        let reading = std::thread::spawn(move || read_all(address, streams, &reader));
        while answered.open.load(Ordering::Acquire) < streams as u64 {
            std::thread::sleep(Duration::from_millis(5));
        }
        followed.push(middle(&runtime.block_on(record(&served.organization, numbers(1), &answered))));
        answered.ended.store(true, Ordering::Release);
        let mut late = reading.join().expect("every stream was told everything");
        late.sort_unstable();
        told.push(late[late.len() * 99 / 100].as_secs_f64() * 1e3);
    }
    [&told, &calm, &followed, &followed.ratio_to(&calm)].iter().for_each(|figure| println!("{figure}"));
    goals.hold("1,000 streams, milliseconds until told, p99", &told, TOLD_AT_MOST_MS);
    goals.hold("a command beside 1,000 streams / beside none, p50", &followed.ratio_to(&calm), WRITER_AT_MOST);
}

/// When each event of a range was answered.
struct Answered {
    first: u64,
    at: Vec<OnceLock<Instant>>,
    open: AtomicU64,
    ended: AtomicBool,
}

impl Answered {
    fn none() -> Answered {
        Answered::from(0, 0)
    }

    fn from(first: u64, count: u64) -> Answered {
        let at = (0..count).map(|_| OnceLock::new()).collect();
        Answered { first, at, open: AtomicU64::new(0), ended: AtomicBool::new(false) }
    }

    fn note(&self, position: u64) {
        if let Some(at) = self.at.get((position - self.first) as usize) {
            at.get_or_init(Instant::now);
        }
    }

    fn last(&self) -> u64 {
        self.first + self.at.len() as u64 - 1
    }
}

/// Carries out a grant each millisecond, each on its own; how long each took.
async fn record(organization: &Organization, numbers: std::ops::Range<u64>, answered: &Answered) -> Vec<Duration> {
    let (start, first) = (Instant::now(), numbers.start);
    let mut times = Vec::new();
    let mut waiting = tokio::task::JoinSet::new();
    for number in numbers {
        let due = start + Duration::from_secs_f64((number - first) as f64 / EVENTS_A_SECOND);
        tokio::time::sleep_until(due.into()).await;
        let submission = Submission::parse(grant(number).as_bytes()).expect("it is a command");
        let organization = organization.clone();
        waiting.spawn(async move {
            let sent = Instant::now();
            let batch = Batch { submissions: vec![Ok(submission)], how: How::default() };
            let answers = organization.submit(batch).await.expect("the disk takes it");
            let Some(Answer::Accepted(accepted)) = answers.first() else { panic!("{answers:?}") };
            (accepted.position.0, sent.elapsed())
        });
        while let Some(done) = waiting.try_join_next() {
            let (position, time) = done.expect("it is carried out");
            answered.note(position);
            times.push(time);
        }
    }
    for (position, time) in waiting.join_all().await {
        answered.note(position);
        times.push(time);
    }
    times
}

fn middle(times: &[Duration]) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e6
}

/// Reads so many streams until each was told the last event; how late each piece was.
fn read_all(address: SocketAddr, streams: usize, answered: &Arc<Answered>) -> Vec<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("the system gives it");
    runtime.block_on(async {
        let mut reading = tokio::task::JoinSet::new();
        for _ in 0..streams {
            reading.spawn(read(address, Arc::clone(answered)));
        }
        reading.join_all().await.into_iter().flatten().collect()
    })
}

async fn read(address: SocketAddr, answered: Arc<Answered>) -> Vec<Duration> {
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("the service listens");
    let after = answered.first - 1;
    let request = format!("GET {}?after={after} HTTP/1.1\r\nhost: {address}\r\n\r\n", path_of("events"));
    stream.write_all(request.as_bytes()).await.expect("the service reads");
    let mut received = Vec::with_capacity(65_536);
    // The head of the answer is there before anything is recorded.
    assert!(stream.read_buf(&mut received).await.expect("it answers") > 0, "the stream ended");
    assert!(received.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&received));
    answered.open.fetch_add(1, Ordering::Release);
    let (mut told, mut late) = (after, Vec::new());
    while told < answered.last() {
        // What is left is the beginning of a line.
        let lines = received.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        received.drain(..lines);
        assert!(stream.read_buf(&mut received).await.expect("it tells") > 0, "the stream ended");
        let now = Instant::now();
        for id in ids(&received) {
            assert_eq!(id, told + 1, "nothing is skipped and nothing doubled");
            told = id;
            let at = answered.at[(id - answered.first) as usize].get();
            // Told before its answer was taken is not late.
            late.push(at.map_or(Duration::ZERO, |at| now.saturating_duration_since(*at)));
        }
    }
    late
}

/// The ids in those lines that are there as a whole.
fn ids(received: &[u8]) -> impl Iterator<Item = u64> {
    let whole = received.iter().rposition(|&byte| byte == b'\n').unwrap_or(0);
    let lines = received[..whole].split(|&byte| byte == b'\n');
    let ids = lines.filter_map(|line| line.strip_prefix(b"id: "));
    ids.filter_map(|id| std::str::from_utf8(id).ok()?.trim().parse().ok())
}
