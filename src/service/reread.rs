//! Files that are read again when they change, while the service runs.
//!
//! INVARIANT: what is in force was read whole and is good; a file that cannot be read, or is wrong, changes nothing, and the
//! log says so once. Absent on purpose: watching by the system, which misses files that are mounted or linked.

use sha2::{Digest, Sha256};
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The longest of such files.
const BYTES_MAX: u64 = 4 << 20;

/// The bytes of each file, in order.
pub(super) type Contents = Vec<Vec<u8>>;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{path}`")]
pub struct Unread {
    path: String,
    #[source]
    source: std::io::Error,
}

/// Reads them all.
///
/// # Errors
/// One cannot be read, or is longer than 4 MiB.
pub(super) fn contents(paths: &[PathBuf]) -> Result<Contents, Unread> {
    let read = |path: &PathBuf| {
        use std::io::Read;
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
        let is_too_long = bytes.len() as u64 > BYTES_MAX;
        if is_too_long { Err(std::io::Error::other("it is longer than 4 MiB")) } else { Ok(bytes) }
    };
    let read = |path: &PathBuf| read(path).map_err(|source| Unread { path: path.display().to_string(), source });
    paths.iter().map(read).collect()
}

fn digest(contents: &Contents) -> [u8; 32] {
    let mut digest = Sha256::new();
    for one in contents {
        digest.update((one.len() as u64).to_le_bytes());
        digest.update(one);
    }
    digest.finalize().into()
}

type Wrong = Box<dyn Error + Send + Sync>;

/// What some files say, and goes on to say.
pub(super) struct Reread<T> {
    paths: Vec<PathBuf>,
    parse: Box<dyn Fn(Contents) -> Result<T, Wrong> + Send + Sync>,
    seen: [u8; 32],
    tell: watch::Sender<Arc<T>>,
}

impl<T: Send + Sync + 'static> Reread<T> {
    /// Reads them for the first time.
    ///
    /// # Errors
    /// One cannot be read, or they are wrong.
    pub(super) fn first<E: Error + Send + Sync + From<Unread> + 'static>(
        paths: Vec<PathBuf>,
        parse: impl Fn(Contents) -> Result<T, E> + Send + Sync + 'static,
    ) -> Result<Reread<T>, E> {
        let read = contents(&paths)?;
        let seen = digest(&read);
        let (tell, _) = watch::channel(Arc::new(parse(read)?));
        Ok(Reread { paths, parse: Box::new(move |read| parse(read).map_err(Into::into)), seen, tell })
    }

    /// What they say now, and will say.
    pub(super) fn said(&self) -> watch::Receiver<Arc<T>> {
        self.tell.subscribe()
    }

    /// Reads them again and again; it never ends by itself.
    pub(super) async fn follow(mut self, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            let Ok(again) = tokio::task::spawn_blocking(move || self.again()).await else { return };
            self = again;
        }
    }

    fn again(mut self) -> Self {
        let read = contents(&self.paths);
        // What cannot be read has a digest of its own, so that this is told once too.
        let seen = read.as_ref().map_or([0; 32], digest);
        if seen != self.seen {
            self.seen = seen;
            let names: Vec<_> = self.paths.iter().map(|path| path.display().to_string()).collect();
            let names = names.join(", ");
            match read.map_err(Into::into).and_then(&self.parse) {
                Ok(new) => {
                    tracing::info!(files = names, "the files changed, and what they say is in force");
                    self.tell.send_replace(Arc::new(new));
                }
                Err(error) => {
                    let cause = super::problem::whole(&*error);
                    tracing::error!(
                        files = names,
                        cause,
                        "the files changed and are wrong: what was read before stays in force"
                    );
                }
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_long_is_not_read() {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("long");
        let file = std::fs::File::create(&path).expect("there is room");
        file.set_len(BYTES_MAX).expect("there is room");
        assert_eq!(contents(std::slice::from_ref(&path)).expect("it is short enough")[0].len() as u64, BYTES_MAX);
        file.set_len(BYTES_MAX + 1).expect("there is room");
        assert!(contents(&[path]).is_err());
    }

    #[test]
    fn what_is_wrong_or_gone_changes_nothing_and_what_is_good_again_is_in_force() {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("number");
        std::fs::write(&path, "1").expect("there is room");
        let parse = |read: Contents| -> Result<u32, Box<dyn Error + Send + Sync>> {
            Ok(String::from_utf8(read.concat())?.parse()?)
        };
        let seen = digest(&contents(std::slice::from_ref(&path)).expect("it is there"));
        let (tell, said) = watch::channel(Arc::new(1));
        let mut files = Reread { paths: vec![path.clone()], parse: Box::new(parse), seen, tell };
        for (write, expected) in [(Some("2"), 2), (Some("two"), 2), (None, 2), (Some("3"), 3)] {
            match write {
                Some(text) => std::fs::write(&path, text).expect("there is room"),
                None => std::fs::remove_file(&path).expect("it is there"),
            }
            files = files.again();
            assert_eq!(**said.borrow(), expected, "{write:?}");
        }
    }
}
