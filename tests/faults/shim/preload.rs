//! A disk that fails on purpose: loaded in front of the C library, it counts what the program does to the files below
//! one folder, writes that down, and lets one point of it go wrong.
//!
//! It is compiled by the test that uses it, alone and without dependencies, and is no part of any crate. That is why
//! `unsafe` is allowed here and only here: standing in for functions of the C library cannot be said without it. Every
//! function here has the signature of the one that it stands in for and hands its arguments on unchanged.
//!
//! What is told to it by the environment:
//! `FAULT_FOLDER` the folder; `FAULT_TRACE` a file to write the trace to; `FAULT_BYTES` when set, with all bytes written;
//! `FAULT_AT` the point that goes wrong, from 1; `FAULT_PATH` when set, only points with this in their path count; `FAULT_HOW` how: `once`, `from` (it and all writes after it), `short` (half of a write, then all
//! is well), `after` (it is done and yet reported as failed), `kill` (the process dies just before it); `FAULT_ERRNO`.
//!
//! INVARIANT: one point is at work at a time, so the order of the trace is the order of what happened. A line of it:
//! `kind ok(1|0) inode offset bytes path [TAB path]`, then as many bytes where they are kept.
//! Absent: system calls made without the C library. One is known: the database renames its `current` file so; the
//! reader of the trace sees it by the inode.

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::os::fd::RawFd;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

const RTLD_NEXT: *mut c_void = -1_isize as *mut c_void;
const O_WRITING: c_int = 0o1 | 0o2 | 0o100;
const O_CREATE: c_int = 0o100;
const O_TRUNCATE: c_int = 0o1000;
const SEEK_CURRENT: c_int = 1;
const SIGKILL: c_int = 9;
const EIO: c_int = 5;
const ENOSYS: c_int = 38;
const STDOUT: RawFd = 1;

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    fn readlink(path: *const c_char, buffer: *mut c_char, size: usize) -> isize;
    fn lseek64(file: c_int, offset: i64, whence: c_int) -> i64;
    fn kill(process: c_int, signal: c_int) -> c_int;
    fn getpid() -> c_int;
    fn __errno_location() -> *mut c_int;
}

/// What the environment says.
struct Plan {
    folder: Vec<u8>,
    trace: Option<RawFd>,
    bytes: bool,
    at: u64,
    path: Vec<u8>,
    how: How,
    errno: c_int,
}

#[derive(Clone, Copy, PartialEq)]
enum How {
    Once,
    From,
    Short,
    After,
    Kill,
}

/// Points so far.
static POINTS: Mutex<u64> = Mutex::new(0);
static PLAN: OnceLock<Plan> = OnceLock::new();

fn plan() -> &'static Plan {
    PLAN.get_or_init(|| {
        let text = |name: &str| std::env::var(name).unwrap_or_default();
        let trace = CString::new(text("FAULT_TRACE")).ok().filter(|path| !path.is_empty());
        // Write-only, made if need be, at the end.
        let trace = trace.map(|path| unsafe { real_open()(path.as_ptr(), 0o1 | 0o100 | 0o2000 | 0o2000000, 0o644) });
        let how = match text("FAULT_HOW").as_str() {
            "from" => How::From,
            "short" => How::Short,
            "after" => How::After,
            "kill" => How::Kill,
            _ => How::Once,
        };
        Plan {
            folder: text("FAULT_FOLDER").into_bytes(),
            trace,
            bytes: !text("FAULT_BYTES").is_empty(),
            at: text("FAULT_AT").parse().unwrap_or(0),
            path: text("FAULT_PATH").into_bytes(),
            how,
            errno: text("FAULT_ERRNO").parse().unwrap_or(EIO),
        }
    })
}

macro_rules! real {
    ($name:literal, $kind:ty) => {{
        let found = dlsym(RTLD_NEXT, concat!($name, "\0").as_ptr().cast());
        assert!(!found.is_null());
        // The C library has it with this signature.
        std::mem::transmute::<*mut c_void, $kind>(found)
    }};
}

type Open = unsafe extern "C" fn(*const c_char, c_int, c_uint) -> c_int;
type Write = unsafe extern "C" fn(c_int, *const c_void, usize) -> isize;
type WriteAt = unsafe extern "C" fn(c_int, *const c_void, usize, i64) -> isize;
type OnFile = unsafe extern "C" fn(c_int) -> c_int;
type SetLength = unsafe extern "C" fn(c_int, i64) -> c_int;
type OnPath = unsafe extern "C" fn(*const c_char) -> c_int;
type OnPaths = unsafe extern "C" fn(*const c_char, *const c_char) -> c_int;
type MakeFolder = unsafe extern "C" fn(*const c_char, c_uint) -> c_int;
type OnPathAt = unsafe extern "C" fn(c_int, *const c_char, c_int) -> c_int;
type LinkAt = unsafe extern "C" fn(c_int, *const c_char, c_int, *const c_char, c_int) -> c_int;

fn real_open() -> Open {
    unsafe { real!("open64", Open) }
}

fn real_write() -> Write {
    unsafe { real!("write", Write) }
}

/// What is done.
struct Point<'a> {
    kind: &'a str,
    path: Vec<u8>,
    other: Vec<u8>,
    file: Option<RawFd>,
    offset: i64,
    bytes: &'a [u8],
    /// Whether it takes room on the disk, or asks for what was written to be there.
    writes: bool,
}

/// What is to be done about it.
enum Verdict {
    Pass,
    Half,
    FailAfter,
    Fail,
}

fn fail() {
    unsafe { *__errno_location() = plan().errno };
}

/// Where the file of a descriptor lies, if it is one of ours.
fn path_of(file: RawFd) -> Option<Vec<u8>> {
    let plan = plan();
    if plan.folder.is_empty() {
        return None;
    }
    let link = CString::new(format!("/proc/self/fd/{file}")).ok()?;
    let mut buffer = [0_u8; 1024];
    let size = unsafe { readlink(link.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) };
    let path = buffer.get(..usize::try_from(size).ok()?)?;
    (path.starts_with(&plan.folder) && !path.ends_with(b" (deleted)")).then(|| path.to_vec())
}

fn ours(path: *const c_char) -> Option<Vec<u8>> {
    let path = unsafe { CStr::from_ptr(path) }.to_bytes();
    let plan = plan();
    (!plan.folder.is_empty() && path.starts_with(&plan.folder)).then(|| path.to_vec())
}

/// Where a name below an open folder lies.
fn below(folder: RawFd, name: *const c_char) -> Option<Vec<u8>> {
    ours(name).or_else(|| {
        let mut path = path_of(folder)?;
        path.push(b'/');
        path.extend_from_slice(unsafe { CStr::from_ptr(name) }.to_bytes());
        Some(path)
    })
}

fn inode(file: Option<RawFd>) -> u64 {
    use std::os::fd::{FromRawFd, IntoRawFd};
    use std::os::unix::fs::MetadataExt;
    let Some(file) = file.filter(|&file| file >= 0) else { return 0 };
    // Given back at once, so that it is not closed.
    let file = unsafe { std::fs::File::from_raw_fd(file) };
    let inode = file.metadata().map_or(0, |there| there.ino());
    let _ = file.into_raw_fd();
    inode
}

fn trace(point: &Point, done: bool) {
    let plan = plan();
    let Some(to) = plan.trace else { return };
    let kept = if plan.bytes { point.bytes } else { &[] };
    let (kind, ok, inode, offset) = (point.kind, u8::from(done), inode(point.file), point.offset);
    let mut line = format!("{kind} {ok} {inode} {offset} {} ", kept.len()).into_bytes();
    line.extend_from_slice(&point.path);
    line.push(b'\t');
    line.extend_from_slice(&point.other);
    line.push(b'\n');
    line.extend_from_slice(kept);
    unsafe { real_write()(to, line.as_ptr().cast(), line.len()) };
}

/// Lets a point happen, or not.
fn at(mut point: Point, act: impl FnOnce(usize) -> isize, file_of: impl FnOnce(isize) -> Option<RawFd>) -> isize {
    let mut points: MutexGuard<u64> = POINTS.lock().unwrap_or_else(PoisonError::into_inner);
    let plan = plan();
    let counts = plan.path.is_empty() || point.path.windows(plan.path.len()).any(|part| part == plan.path);
    *points += u64::from(counts);
    let here = counts && *points == plan.at;
    let all = point.bytes.len();
    let verdict = match plan.how {
        _ if plan.at == 0 => Verdict::Pass,
        How::Kill if here => {
            unsafe { kill(getpid(), SIGKILL) };
            loop {
                std::hint::spin_loop();
            }
        }
        How::Once if here => Verdict::Fail,
        How::From if *points >= plan.at && point.writes => Verdict::Fail,
        How::Short if here && all > 1 => Verdict::Half,
        How::Short if here => Verdict::Fail,
        How::After if here => Verdict::FailAfter,
        _ => Verdict::Pass,
    };
    match verdict {
        Verdict::Fail => {
            trace(&point, false);
            fail();
            -1
        }
        Verdict::Half => {
            let done = act(all / 2);
            point.bytes = &point.bytes[..usize::try_from(done).unwrap_or(0)];
            trace(&point, done >= 0);
            done
        }
        Verdict::Pass | Verdict::FailAfter => {
            let done = act(all);
            let errno = unsafe { *__errno_location() };
            if let Ok(written) = usize::try_from(done) {
                point.bytes = &point.bytes[..written.min(all)];
            }
            point.file = point.file.or_else(|| file_of(done));
            trace(&point, done >= 0);
            unsafe { *__errno_location() = errno };
            if matches!(verdict, Verdict::FailAfter) {
                fail();
                return -1;
            }
            done
        }
    }
}

fn written<'a>(bytes: *const c_void, size: usize) -> &'a [u8] {
    if size == 0 { &[] } else { unsafe { std::slice::from_raw_parts(bytes.cast(), size) } }
}

fn on_file(kind: &str, file: RawFd, length: i64, writes: bool, act: impl FnOnce() -> c_int) -> c_int {
    let Some(path) = path_of(file) else { return act() };
    let point = Point { kind, path, other: Vec::new(), file: Some(file), offset: length, bytes: &[], writes };
    at(point, |_| act() as isize, |_| None) as c_int
}

fn on_path(kind: &str, path: Option<Vec<u8>>, other: Vec<u8>, writes: bool, act: impl FnOnce() -> c_int) -> c_int {
    let Some(path) = path else { return act() };
    let point = Point { kind, path, other, file: None, offset: 0, bytes: &[], writes };
    at(point, |_| act() as isize, |_| None) as c_int
}

#[unsafe(no_mangle)]
extern "C" fn open64(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    let act = || unsafe { real_open()(path, flags, mode) };
    let Some(there) = ours(path).filter(|_| flags & O_WRITING != 0) else { return act() };
    let kind = match (flags & O_TRUNCATE != 0, flags & O_CREATE != 0) {
        (true, _) => "empty",
        (false, true) => "create",
        (false, false) => "open",
    };
    let point = Point { kind, path: there, other: Vec::new(), file: None, offset: 0, bytes: &[], writes: true };
    at(point, |_| act() as isize, |done| RawFd::try_from(done).ok()) as c_int
}

#[unsafe(no_mangle)]
extern "C" fn open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    open64(path, flags, mode)
}

#[unsafe(no_mangle)]
extern "C" fn write(file: c_int, bytes: *const c_void, size: usize) -> isize {
    let act = |size| unsafe { real_write()(file, bytes, size) };
    if file == STDOUT && !plan().folder.is_empty() {
        let _order = POINTS.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = written(bytes, size);
        let point =
            Point { kind: "answer", path: Vec::new(), other: Vec::new(), file: None, offset: 0, bytes, writes: false };
        // Before it is out: who is told cannot be told earlier than this line says.
        trace(&point, true);
        return act(size);
    }
    let Some(path) = path_of(file) else { return act(size) };
    let at_end = |file| unsafe { lseek64(file, 0, SEEK_CURRENT) };
    // For a file that is appended to, only the place after it tells where it was written.
    let appended = appends(file);
    let offset = if appended { length(file) } else { at_end(file) };
    let point =
        Point { kind: "write", path, other: Vec::new(), file: Some(file), offset, bytes: written(bytes, size), writes: true };
    at(point, act, |_| None)
}

fn appends(file: RawFd) -> bool {
    let flags = std::fs::read_to_string(format!("/proc/self/fdinfo/{file}")).unwrap_or_default();
    let flags = flags.lines().find_map(|line| line.strip_prefix("flags:")).unwrap_or_default().trim();
    i64::from_str_radix(flags, 8).is_ok_and(|flags| flags & 0o2000 != 0)
}

fn length(file: RawFd) -> i64 {
    use std::os::fd::{FromRawFd, IntoRawFd};
    let file = unsafe { std::fs::File::from_raw_fd(file) };
    let length = file.metadata().map_or(0, |there| there.len());
    let _ = file.into_raw_fd();
    length as i64
}

#[unsafe(no_mangle)]
extern "C" fn pwrite64(file: c_int, bytes: *const c_void, size: usize, offset: i64) -> isize {
    let act = |size| unsafe { real!("pwrite64", WriteAt)(file, bytes, size, offset) };
    let Some(path) = path_of(file) else { return act(size) };
    let point =
        Point { kind: "write", path, other: Vec::new(), file: Some(file), offset, bytes: written(bytes, size), writes: true };
    at(point, act, |_| None)
}

#[unsafe(no_mangle)]
extern "C" fn pwrite(file: c_int, bytes: *const c_void, size: usize, offset: i64) -> isize {
    pwrite64(file, bytes, size, offset)
}

/// One buffer of several: the caller goes on with the others.
#[unsafe(no_mangle)]
extern "C" fn writev(file: c_int, buffers: *const [usize; 2], count: c_int) -> isize {
    let all = unsafe { std::slice::from_raw_parts(buffers, usize::try_from(count).unwrap_or(0)) };
    match all.iter().find(|buffer| buffer[1] > 0) {
        Some(&[bytes, size]) => write(file, bytes as *const c_void, size),
        None => 0,
    }
}

#[unsafe(no_mangle)]
extern "C" fn fsync(file: c_int) -> c_int {
    on_file("sync", file, 0, true, || unsafe { real!("fsync", OnFile)(file) })
}

#[unsafe(no_mangle)]
extern "C" fn fdatasync(file: c_int) -> c_int {
    on_file("sync", file, 0, true, || unsafe { real!("fdatasync", OnFile)(file) })
}

#[unsafe(no_mangle)]
extern "C" fn ftruncate64(file: c_int, length: i64) -> c_int {
    on_file("length", file, length, true, || unsafe { real!("ftruncate64", SetLength)(file, length) })
}

#[unsafe(no_mangle)]
extern "C" fn ftruncate(file: c_int, length: i64) -> c_int {
    ftruncate64(file, length)
}

#[unsafe(no_mangle)]
extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    on_path("rename", ours(from), ours(to).unwrap_or_default(), true, || unsafe { real!("rename", OnPaths)(from, to) })
}

#[unsafe(no_mangle)]
extern "C" fn link(from: *const c_char, to: *const c_char) -> c_int {
    on_path("link", ours(from), ours(to).unwrap_or_default(), true, || unsafe { real!("link", OnPaths)(from, to) })
}

#[unsafe(no_mangle)]
extern "C" fn linkat(from_in: c_int, from: *const c_char, to_in: c_int, to: *const c_char, flags: c_int) -> c_int {
    let act = || unsafe { real!("linkat", LinkAt)(from_in, from, to_in, to, flags) };
    on_path("link", below(from_in, from), below(to_in, to).unwrap_or_default(), true, act)
}

#[unsafe(no_mangle)]
extern "C" fn unlink(path: *const c_char) -> c_int {
    on_path("remove", ours(path), Vec::new(), false, || unsafe { real!("unlink", OnPath)(path) })
}

#[unsafe(no_mangle)]
extern "C" fn rmdir(path: *const c_char) -> c_int {
    on_path("remove", ours(path), Vec::new(), false, || unsafe { real!("rmdir", OnPath)(path) })
}

#[unsafe(no_mangle)]
extern "C" fn unlinkat(folder: c_int, name: *const c_char, flags: c_int) -> c_int {
    let act = || unsafe { real!("unlinkat", OnPathAt)(folder, name, flags) };
    on_path("remove", below(folder, name), Vec::new(), false, act)
}

#[unsafe(no_mangle)]
extern "C" fn mkdir(path: *const c_char, mode: c_uint) -> c_int {
    on_path("folder", ours(path), Vec::new(), true, || unsafe { real!("mkdir", MakeFolder)(path, mode) })
}

/// Copies go through `write`, where they are seen.
#[unsafe(no_mangle)]
extern "C" fn copy_file_range(_: c_int, _: *mut i64, _: c_int, _: *mut i64, _: usize, _: c_uint) -> isize {
    unsafe { *__errno_location() = ENOSYS };
    -1
}

/// Likewise.
#[unsafe(no_mangle)]
extern "C" fn sendfile64(_: c_int, _: c_int, _: *mut i64, _: usize) -> isize {
    unsafe { *__errno_location() = ENOSYS };
    -1
}
