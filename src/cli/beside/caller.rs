//! The end of whoever finds the store taken: sends its verb, and prints what comes back.

use super::call::Call;
use super::socket::socket;
use crate::cli::exit::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::terminal::Terminal;
use crate::service::frames::{Frames, Kind, frame};
use crate::service::{RELEASE, VERBS_PATH};
use crate::store::SOCKET;
use anyhow::{Context as _, anyhow};
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use caseward_events::ask::FeedId;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::sync::mpsc;

/// How long the process that has the store may take to say that it runs a verb.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// What came of a verb that ran elsewhere.
pub struct Ran {
    /// Its exit status; none where the process with the store ended before the verb did.
    pub status: Option<u8>,
    /// Up to where it had shown what it follows.
    pub shown: Option<FeedId>,
    /// Whether nobody reads what it prints any more.
    pub is_closed: bool,
}

/// Has a verb run by the process that has the store; none where no such process answers.
///
/// # Errors
/// It answers, and does not run the verb.
pub async fn run_there(
    data: &Path,
    call: &[OsString],
    reads_input: bool,
    interrupt: &Interrupt,
) -> Result<Option<Ran>, Failure> {
    let Ok(stream) = UnixStream::connect(socket(data)).await else { return Ok(None) };
    let Some(arguments) = call.iter().map(|argument| argument.to_str().map(str::to_owned)).collect() else {
        return Ok(None);
    };
    let nature = Terminal::Own.nature();
    let directory = std::env::current_dir().map_err(Failure::fault)?;
    let call = serde_json::to_vec(&Call { arguments, directory, nature }).map_err(Failure::fault)?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| not_run(error.into()))?;
    tokio::spawn(connection);
    let (send, body) = body();
    // There is room for the first.
    let _ = send.send(frame(Kind::Call, &call)).await;
    let request = Request::post(VERBS_PATH).header(RELEASE, env!("CARGO_PKG_VERSION")).body(body);
    // It says that it runs the verb before it does: whoever says nothing is stopped, or is no such process.
    let response = sender.send_request(request.map_err(Failure::fault)?);
    let response = tokio::time::timeout(ANSWER_MAX, response).await.map_err(|late| not_run(late.into()))?;
    let response = response.map_err(|error| not_run(error.into()))?;
    if response.status() != StatusCode::OK {
        return Err(refused(response.into_body()).await);
    }
    let input = send.clone();
    match reads_input {
        true => {
            let thread = std::thread::Builder::new().name("caseward-input".to_owned());
            thread.spawn(move || pass_on_input(&input)).map_err(Failure::fault)?;
        }
        false => drop(input.send(frame(Kind::InputEnd, &[])).await),
    }
    let interrupt = interrupt.clone();
    tokio::spawn(async move {
        let name = interrupt.came().await;
        let _ = send.send(frame(Kind::Signal, name.as_bytes())).await;
    });
    print(response.into_body()).await.map(Some)
}

/// A body of frames, and where they are put in.
fn body() -> (mpsc::Sender<Bytes>, Body) {
    let (send, receive) = mpsc::channel::<Bytes>(16);
    let frames = futures_util::stream::unfold(receive, async |mut receive| {
        receive.recv().await.map(|frame| (Ok::<_, Infallible>(frame), receive))
    });
    (send, Body::from_stream(frames))
}

/// Reads standard input. Only for a verb that does: it would take what belongs to somebody else.
fn pass_on_input(send: &mpsc::Sender<Bytes>) {
    let mut piece = vec![0; 64 << 10];
    let mut input = io::stdin();
    loop {
        let read = match input.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) | Ok(0) => break,
            Ok(read) => read,
        };
        if send.blocking_send(frame(Kind::Input, &piece[..read])).is_err() {
            return;
        }
    }
    let _ = send.blocking_send(frame(Kind::InputEnd, &[]));
}

/// Prints what comes, until the verb has ended.
async fn print(mut body: Incoming) -> Result<Ran, Failure> {
    let mut frames = Frames::default();
    let mut shown = None;
    while let Some(Ok(piece)) = body.frame().await {
        let Ok(piece) = piece.into_data() else { continue };
        frames.put(&piece);
        while let Some((kind, content)) = frames.take().map_err(Failure::fault)? {
            let (told, content) = match (kind, content.iter().position(|byte| *byte == b'\n')) {
                (Kind::Shown, Some(end)) => {
                    let (place, printed) = (&content[..end], &content[end + 1..]);
                    (str::from_utf8(place).ok().and_then(|place| place.parse().ok()), printed.to_vec())
                }
                _ => (None, content),
            };
            match kind {
                Kind::Output | Kind::Shown => {
                    match io::stdout().write_all(&content).and_then(|()| io::stdout().flush()) {
                        // Whoever reads has gone: so does this, and the verb with it.
                        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                            return Ok(Ran { status: Some(0), shown, is_closed: true });
                        }
                        written => written.context("cannot write to standard output").map_err(Failure::fault)?,
                    }
                    shown = told.or(shown);
                }
                // Nobody can be told that nobody can be told.
                Kind::Error => drop(io::stderr().write_all(&content)),
                Kind::Exit => return Ok(Ran { status: content.first().copied(), shown, is_closed: false }),
                Kind::Call | Kind::Input | Kind::InputEnd | Kind::Signal => {}
            }
        }
    }
    Ok(Ran { status: None, shown, is_closed: false })
}

fn not_run(error: anyhow::Error) -> Failure {
    Failure::fault(error.context("the process that has the store does not answer"))
        .hint("caseward status says which process that is; stop it, or wait until it ends")
}

/// Why it does not run the verb.
async fn refused(body: Incoming) -> Failure {
    let told = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let problem: serde_json::Value = serde_json::from_slice(&told).unwrap_or_default();
    let detail = problem["detail"].as_str().unwrap_or("it does not say why").to_owned();
    Failure::fault(anyhow!(detail).context("the process that has the store does not run this verb"))
        .hint("use the program of the same release, or stop that process first")
}

impl Ran {
    /// How the program ends.
    ///
    /// # Errors
    /// The process with the store ended first.
    pub fn exit(self) -> Result<ExitCode, Failure> {
        self.status.map(ExitCode::from).ok_or_else(|| {
            Failure::fault(anyhow!("the process that has the store (`{SOCKET}`) ended before it had answered"))
                .hint("run it again; commands that have an id may be sent again, and answer as they did the first time")
        })
    }
}
