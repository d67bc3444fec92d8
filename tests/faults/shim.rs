//! The disk that fails on purpose, from the side of the tests: it is compiled, loaded in front of the program, and what
//! it wrote down is read. What it does is told in `shim/preload.rs`.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// No space left on device.
pub const ENOSPC: i32 = 28;
/// Input/output error.
pub const EIO: i32 = 5;

/// How a point goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum How {
    /// It fails; all others are well.
    Once,
    /// It fails, and all writes behind it.
    From,
    /// Half of a write is done; what is none fails.
    Short,
    /// It is done, and reported as failed.
    After,
    /// The process dies just before it.
    Kill,
}

/// What goes wrong, and at which point, from 1.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    pub at: usize,
    pub how: How,
    pub errno: i32,
}

/// One line of the trace.
#[derive(Clone, Debug)]
pub struct Step {
    /// `write`, `sync`, `length`, `create`, `empty`, `open`, `rename`, `link`, `remove`, `folder` or `answer`.
    pub kind: String,
    pub done: bool,
    pub inode: u64,
    /// Where a write begins; the new length.
    pub offset: u64,
    /// Below the data directory; empty for the directory itself.
    pub path: PathBuf,
    /// The new name.
    pub other: PathBuf,
    pub bytes: Vec<u8>,
}

/// The library to load; `None`, said aloud, where this is not Linux.
pub fn library() -> Option<&'static Path> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    LIBRARY.get_or_init(build).as_deref()
}

fn build() -> Option<PathBuf> {
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        println!("SKIPPED: a disk that fails on purpose is there on Linux with glibc only");
        return None;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim/preload.rs");
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("faults-{}.so", std::process::id()));
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let built = Command::new(rustc)
        .args(["--edition", "2024", "-O", "--crate-type", "cdylib", "-o"])
        .args([&library, &source])
        .output()
        .expect("rustc is there, as cargo is");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    Some(library)
}

/// Loads it in front of a program that works below a folder.
pub fn load(program: &mut Command, folder: &Path, fault: Option<Fault>) {
    let library = library().expect("whoever asks for it has looked whether it is there");
    program.env("LD_PRELOAD", library).env("FAULT_FOLDER", folder);
    if let Some(Fault { at, how, errno }) = fault {
        let how = format!("{how:?}").to_lowercase();
        program.env("FAULT_AT", at.to_string()).env("FAULT_HOW", how).env("FAULT_ERRNO", errno.to_string());
    }
}

/// Only points with this in their path count.
pub fn only(program: &mut Command, path: &str) {
    program.env("FAULT_PATH", path);
}

/// Has it write a trace to a file, which is not below the folder.
pub fn trace(program: &mut Command, to: &Path) {
    program.env("FAULT_TRACE", to).env("FAULT_BYTES", "1");
}

/// What was traced in a folder.
pub fn steps(trace: &Path, folder: &Path) -> Vec<Step> {
    let bytes = fs::read(trace).expect("the trace was written");
    let mut rest = bytes.as_slice();
    let mut steps = Vec::new();
    while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
        let line = std::str::from_utf8(&rest[..end]).expect("paths here are text");
        let (step, size) = step(line, folder);
        rest = &rest[end + 1..];
        steps.push(Step { bytes: rest[..size].to_vec(), ..step });
        rest = &rest[size..];
    }
    steps
}

fn step(line: &str, folder: &Path) -> (Step, usize) {
    let mut words: VecDeque<&str> = line.splitn(6, ' ').collect();
    let mut word = || words.pop_front().expect("a line has six words");
    let kind = word().to_owned();
    let done = word() == "1";
    let mut number = || word().parse::<u64>().expect("it is a number");
    let (inode, offset, size) = (number(), number(), number());
    let (path, other) = word().split_once('\t').expect("there is a tab behind the path");
    let below = |path: &str| Path::new(path).strip_prefix(folder).map_or_else(|_| PathBuf::new(), Path::to_owned);
    let step = Step { kind, done, inode, offset, path: below(path), other: below(other), bytes: Vec::new() };
    (step, usize::try_from(size).expect("it fits"))
}
