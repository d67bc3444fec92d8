//! The vocabulary of questions and answers, in bytes: what any program that speaks to Caseward may rely on.
//!
//! A golden file holds examples of one type, as a pretty-printed list, `CamelCase` as `camel_case`. It is written by hand, and
//! read as a diff: a type must read every example and write it again to the byte, so that keys have their names and their
//! order. Clients in other languages can read the same files.

use caseward_events::answer::{
    Accepted, AccessAnswer, AccessChanges, AdoptedKey, AskAgain, BackedUp, BackupAnswer, BackupProgress, Because,
    Cause, CauseKind, CauseTally, Change, ChangeForEveryone, ChangeKind, CheckAnswer, CheckOutcome, ClockBehind,
    ClockDoubt, ClockInDoubt, CloudEvent, CommandAnswer, ComparedViews, DamageExtent, DamageFinding, DecidingEvent,
    Decision, DiffAnswer, DiffLine, Effect, ExplainAnswer, ForeseenChanges, GenerationState, GenerationStatus,
    HistoryAnswer, HistoryEntry, Holder, HolderBetween, Interval, Lag, LastError, MatrixAnswer, MatrixOfDefinition,
    MatrixOfProfile, MatrixRow, Missing, Named, NamesAnswer, OlderHead, Overlay, OverlayKind, PointInTime,
    PolicyAnswer, ProofAnswer, ProofKind, ProvedMatter, ProvenQuestion, Rate, ReadsSeen, Reason, RebuildAnswer,
    RebuildOutcome, RebuildProgress, RebuildStep, RebuiltProjection, RightsAnswer, RowDifference, Rule, RunAnswer,
    RunState, SetAside, Source, Status, Stranded, StrandedAnswer, StrandedCase, StrandedLine, Through, TimelineAnswer,
    TimelineEvent, TimelineLine, TimelineRow, TimelineSubject, Track, Trusted, VerifyAnswer, VerifyProgress,
    VocabularyAnswer, WhatAnswer, WhatLine, WhoAnswer, WhoBetweenAnswer, WhoBetweenLine, WhoLine, WindowEnd,
    WithLabels,
};
use caseward_events::ask::{AsOf, FeedId, Next, PageToken, Paging, Question};
use caseward_events::codec::decode;
use caseward_events::{Code, DefinitionId, Event, Recorded, Refusal, Vocabulary, Warning};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Reads the examples of a golden file and writes them again.
type Again = fn(&str) -> Result<String, serde_json::Error>;

fn again<T: Serialize + DeserializeOwned>(golden: &str) -> Result<String, serde_json::Error> {
    let examples: Vec<T> = serde_json::from_str(golden)?;
    Ok(serde_json::to_string_pretty(&examples)? + "\n")
}

macro_rules! vocabulary {
    ($($name:ident $(<$($of:ty),+>)?),+ $(,)?) => { &[$((stringify!($name), again::<$name $(<$($of),+>)?>)),+] };
}

const VOCABULARY: &[(&str, Again)] = vocabulary![
    Accepted,
    AccessAnswer,
    AccessChanges,
    AdoptedKey,
    AskAgain,
    AsOf,
    Overlay,
    OverlayKind,
    Because,
    Cause,
    CauseKind,
    CauseTally,
    Change,
    ChangeForEveryone,
    ChangeKind,
    CheckAnswer,
    CheckOutcome,
    ClockBehind,
    ClockDoubt,
    ClockInDoubt,
    CloudEvent,
    Code,
    CommandAnswer,
    Decision,
    DiffAnswer,
    DiffLine,
    Effect,
    ExplainAnswer,
    FeedId,
    ForeseenChanges,
    GenerationState,
    GenerationStatus,
    HistoryAnswer,
    HistoryEntry,
    Holder,
    HolderBetween,
    Interval,
    Lag,
    LastError,
    MatrixAnswer,
    MatrixOfDefinition,
    MatrixOfProfile,
    MatrixRow<DefinitionId>,
    Missing,
    Named,
    NamesAnswer,
    Next,
    PageToken,
    Paging,
    PointInTime,
    PolicyAnswer,
    Question,
    Rate,
    Reason,
    RebuildProgress,
    RebuildStep,
    Refusal,
    RightsAnswer,
    Rule,
    SetAside,
    Source,
    Status,
    Stranded,
    StrandedAnswer,
    StrandedCase,
    StrandedLine,
    Through,
    TimelineAnswer,
    TimelineEvent,
    TimelineLine,
    TimelineRow,
    TimelineSubject,
    Track,
    Warning,
    Vocabulary,
    VocabularyAnswer,
    WhatAnswer,
    WhatLine,
    WhoAnswer,
    WhoBetweenAnswer,
    WhoBetweenLine,
    WhoLine,
    WindowEnd,
    WithLabels<ExplainAnswer>,
    BackedUp,
    BackupAnswer,
    BackupProgress,
    VerifyProgress,
    ComparedViews,
    DamageExtent,
    DamageFinding,
    DecidingEvent,
    OlderHead,
    ProofAnswer,
    ProofKind,
    ProvedMatter,
    ProvenQuestion,
    ReadsSeen,
    RebuildAnswer,
    RebuildOutcome,
    RebuiltProjection,
    RowDifference,
    RunAnswer<RebuildProgress, RebuildAnswer>,
    RunState,
    Trusted,
    VerifyAnswer,
];

/// Public types below `ask` and `answer` that have no JSON form of their own, each with the reason.
const WITHOUT: &[(&str, &str)] = &[
    ("BadMatrixOf", "an error"),
    ("BadSource", "an error"),
    ("ListDigest", "a part of the text of a PageToken"),
    ("MatrixOf", "a reference, of which two kinds have a matrix"),
    ("WouldGive", "it never leaves the process"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the project").to_owned()
}

fn goldens() -> PathBuf {
    root().join("tests/goldens/vocabulary")
}

fn golden(name: &str) -> String {
    let path = goldens().join(format!("{}.json", snake_case(name)));
    fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[test]
fn every_type_reads_its_golden_file_and_writes_the_same_bytes() {
    for (name, again) in VOCABULARY {
        let golden = golden(name);
        let written = again(&golden).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(written, golden, "{name}");
    }
}

#[test]
fn no_type_below_ask_and_answer_lacks_a_golden_file_and_no_file_is_left_over() {
    let known: BTreeSet<&str> = VOCABULARY.iter().map(|(name, _)| *name).collect();
    let without: BTreeSet<&str> = WITHOUT.iter().map(|(name, _)| *name).collect();
    let public: BTreeSet<String> = sources().iter().flat_map(|text| public_types(text)).collect();
    let lacks = |name: &&String| !known.contains(name.as_str()) && !without.contains(name.as_str());
    assert_eq!(public.iter().filter(lacks).collect::<Vec<_>>(), Vec::<&String>::new(), "types without a golden file");
    let stale = |name: &&&str| !public.contains(**name);
    assert_eq!(without.iter().filter(stale).collect::<Vec<_>>(), Vec::<&&str>::new(), "exempt, but not there");
    let wanted: BTreeSet<String> = known.iter().map(|name| format!("{}.json", snake_case(name))).collect();
    let there = fs::read_dir(goldens()).expect("there are golden files");
    let there = there.map(|entry| entry.expect("it can be listed").file_name().into_string().expect("it is text"));
    assert_eq!(there.collect::<BTreeSet<String>>(), wanted);
}

/// The text of every file of the two modules.
fn sources() -> Vec<String> {
    let source = root().join("events/src");
    let mut paths = vec![source.join("ask.rs"), source.join("answer.rs")];
    for folder in ["ask", "answer"] {
        let entries = fs::read_dir(source.join(folder)).expect("the module has a folder");
        paths.extend(entries.map(|entry| entry.expect("it can be listed").path()));
    }
    assert!(paths.iter().all(|path| path.is_file()), "a folder below: read it too");
    paths.iter().map(|path| fs::read_to_string(path).expect("it can be read")).collect()
}

fn public_types(text: &str) -> Vec<String> {
    let name = |line: &str| {
        let line = line.trim_start();
        let rest = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "))?;
        // A macro that makes types names them elsewhere.
        rest.split(|letter: char| !letter.is_alphanumeric()).next().filter(|name| !name.is_empty()).map(str::to_owned)
    };
    text.lines().filter_map(name).collect()
}

#[test]
fn golden_files_of_words_hold_every_word() {
    fn words<T: Serialize>(all: &[T]) -> String {
        serde_json::to_string_pretty(all).expect("words have a JSON form") + "\n"
    }
    assert_eq!(golden("Rule"), words(Rule::ALL));
    assert_eq!(golden("Effect"), words(Effect::ALL));
    assert_eq!(golden("Because"), words(Because::ALL));
    assert_eq!(golden("Missing"), words(Missing::ALL));
    assert_eq!(golden("Code"), words(Code::ALL));
}

/// The events of a store that an earlier release wrote: there is one of every type.
fn stored() -> Vec<Recorded> {
    let lines = fs::read_to_string(root().join("tests/stored/log.jsonl")).expect("it is shipped");
    let recorded = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("it is JSON");
        let digits = line["bytes"].as_str().expect("its bytes are there").as_bytes();
        let byte = |pair: &[u8]| {
            let pair = std::str::from_utf8(pair).expect("digits");
            u8::from_str_radix(pair, 16).expect("digits")
        };
        let bytes: Vec<u8> = digits.chunks(2).map(byte).collect();
        decode(&bytes).expect("it decodes")
    };
    lines.lines().map(recorded).collect()
}

#[test]
fn a_history_entry_reads_back_every_type_of_event() {
    let stored = stored();
    let types: BTreeSet<&str> = stored.iter().map(|recorded| recorded.event.name()).collect();
    assert_eq!(types, Event::TYPES.iter().map(|(_, name)| *name).collect());
    for recorded in &stored {
        let written = serde_json::to_string(recorded).expect("an event has a JSON form");
        let entry: HistoryEntry = serde_json::from_str(&written).unwrap_or_else(|why| panic!("{written}: {why}"));
        assert_eq!(entry, HistoryEntry::from(recorded), "{written}");
        assert_eq!(serde_json::to_string(&entry).expect("it has a JSON form"), written);
    }
}

#[test]
fn an_answer_of_the_engine_and_one_that_a_client_has_read_write_the_same_bytes() {
    let events = stored();
    let position = events.last().expect("there are some").position;
    let accepted =
        Accepted { position, events, warnings: Vec::new(), replayed: true, foreseen: None, clock_behind: None };
    let written = serde_json::to_string(&CommandAnswer::Accepted(accepted)).expect("an answer has a JSON form");
    let read: CommandAnswer = serde_json::from_str(&written).expect("an answer reads what it writes");
    assert_eq!(serde_json::to_string(&read).expect("it has a JSON form"), written);
}

#[test]
fn an_event_that_an_answer_told_of_is_told_of_again_in_the_same_form() {
    let entries: Vec<HistoryEntry> = serde_json::from_str(&golden("HistoryEntry")).expect("they are events");
    assert!(entries.iter().any(|entry| entry.reason_erased) && entries.iter().any(|entry| entry.reason.is_some()));
    for entry in entries {
        assert_eq!(HistoryEntry::from(&Recorded::from(entry.clone())), entry);
    }
}
