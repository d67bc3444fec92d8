//! A service that ends and starts again, on the same store and the same port.

use crate::served::program;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, PoisonError};

/// Ports that the system gives to nobody who connects: a client that tries again while nobody listens could meet itself.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// How a life ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// `kill -9`.
    Killed,
    /// SIGTERM.
    Told,
}

/// The lives of one service.
pub struct Service {
    folder: PathBuf,
    pub address: SocketAddr,
    now: Mutex<Option<Life>>,
}

struct Life {
    program: Child,
    said: PathBuf,
}

impl Service {
    /// It does not run yet.
    pub fn on_a_free_port(folder: &Path) -> Service {
        // A port is free again as soon as it was found, so no two look at the same.
        static LOOKED_AT: AtomicU16 = AtomicU16::new(0);
        let begin = PORTS.start + u16::try_from(std::process::id() % 11_000).expect("it was made small");
        let mut ports = std::iter::repeat_with(|| begin + LOOKED_AT.fetch_add(1, Ordering::Relaxed));
        let mut ports = ports.by_ref().take_while(|port| PORTS.contains(port));
        let free = ports.find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok());
        let address = free.expect("a port is free").local_addr().expect("it has one");
        Service { folder: folder.to_owned(), address, now: Mutex::default() }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts it, and does not wait until it serves.
    pub fn begin(&self, life: usize) {
        let said = self.folder.join(format!("said-{life}"));
        let mut serve = program();
        serve.arg("--data").arg(self.data()).args(["serve", "--listen", &self.address.to_string()]);
        let file = File::create(&said).expect("the folder can be written");
        let program = serve.stdout(Stdio::null()).stderr(file).spawn().expect("the program starts");
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = Some(Life { program, said });
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).as_ref().expect("it runs").program.id()
    }

    /// Ends it, and sees that it ended as it was told to, and did not complain before.
    pub fn end(&self, end: End) {
        let life = self.now.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Life { mut program, said } = life.expect("it runs");
        let so_far = || std::fs::read_to_string(&said).expect("it says text");
        let early = program.try_wait().expect("it is a child");
        assert!(early.is_none(), "it ended by itself, {early:?}: {}", so_far());
        let serves = so_far().contains("serving ");
        let signal = if end == End::Killed { "-KILL" } else { "-TERM" };
        let sent = Command::new("kill").args([signal, &program.id().to_string()]).status();
        assert!(sent.expect("there is a `kill`").success());
        let code = program.wait().expect("it is a child").code();
        let words = so_far();
        match end {
            End::Killed => assert_eq!(code, None, "{words}"),
            // On a machine that is too busy it may have no time to close, and says so; what was answered is stored all the same.
            End::Told if serves && words.contains("before the store was closed") => {
                assert_eq!(code, Some(6), "{words}")
            }
            End::Told if serves => assert_eq!(code, Some(0), "{words}"),
            // Before it listens for signals it ends as any program does, and while it opens, with the status for that.
            End::Told => assert!(matches!(code, None | Some(0 | 6)), "{code:?}: {words}"),
        }
        let complains = ["panicked", "damaged", "not logged", "not kept"].iter().any(|word| words.contains(word));
        assert!(!complains, "{words}");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(mut life) = self.now.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // It may have ended already.
            let _ = life.program.kill();
            let _ = life.program.wait();
        }
    }
}
