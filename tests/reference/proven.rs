//! The engine, whose answers are proved: a part of what it answers is handed out as a proof, read again, and checked with
//! nothing but the proof and the public key, which decides anew from the events that the proof holds.

use super::candidate::Candidate;
use super::engine::EngineCandidate;
use super::generators::PUBLIC_KEYS;
use caseward::events::OrganizationName;
use caseward::integrity::signed_note::VerifierKey;
use caseward::integrity::signing::{SigningKeys, verifier};
use caseward::proof::check::What;
use caseward::proof::{Bundle, check};
use caseward_events::Recorded;
use serde_json::Value;
use std::cell::Cell;
use std::fs;

/// Of so many answers one is proved: signing takes long without optimisation.
const ONE_OF: usize = 9;

/// The private halves of the keys that histories replace the first one with: those of RFC 8032, section 7.1.
const PRIVATE_HALVES: [&str; 2] =
    ["nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=", "TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs="];

/// An engine whose answers are proved and checked.
pub struct Proven {
    engine: EngineCandidate,
    keys: SigningKeys,
    /// Of every key that a history may name.
    verifiers: Vec<VerifierKey>,
    asked: Cell<usize>,
}

impl Proven {
    /// Over an empty store.
    pub fn empty() -> Self {
        Self::over(EngineCandidate::empty())
    }

    fn over(engine: EngineCandidate) -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("SIGNING");
        SigningKeys::make(&path).expect("there is room");
        let further = PRIVATE_HALVES.iter().zip(PUBLIC_KEYS).map(|(private, public)| format!("{private} {public}\n"));
        let first = fs::read_to_string(&path).expect("it was just made");
        fs::write(&path, first + &further.collect::<String>()).expect("there is room");
        let keys = SigningKeys::open(&path).expect("the halves belong together");
        let origin = keys.origin(&OrganizationName::default());
        let verifiers = keys.public().iter().map(|key| verifier(&origin, key).expect("it is a key")).collect();
        Proven { engine, keys, verifiers, asked: Cell::new(0) }
    }

    fn proved(&self, question: &Value) -> Value {
        let bundle = self.engine.prove(question, &self.keys);
        let text = serde_json::to_vec(&bundle).expect("it is JSON");
        let bundle = Bundle::parse(&text).expect("it was just written");
        let proved = check(&bundle, &self.verifiers).unwrap_or_else(|why| panic!("{question}: {why:?}"));
        let What::Decision { decision, .. } = proved.what else { panic!("it proves {:?}", proved.what) };
        serde_json::to_value(decision).expect("it is JSON")
    }
}

impl Candidate for Proven {
    fn import(&mut self, lines: &[String]) -> Vec<Value> {
        self.engine.import(lines)
    }

    fn check(&self, question: &Value) -> Value {
        let answer = self.engine.check(question);
        self.asked.set(self.asked.get() + 1);
        if answer.get("status").is_some() || !self.asked.get().is_multiple_of(ONE_OF) {
            return answer;
        }
        let mut proved = self.proved(question);
        // What a proof says is settled: it names its position. Whether an event names the user would rest on every stream.
        for key in ["settled", "known"] {
            if let Some(said) = answer.get(key) {
                proved[key] = said.clone();
            }
        }
        assert_eq!(proved, answer, "{question}");
        proved
    }

    fn who(&self, question: &Value) -> Value {
        self.engine.who(question)
    }

    fn what(&self, question: &Value) -> Value {
        self.engine.what(question)
    }

    fn access(&self, question: &Value) -> Value {
        self.engine.access(question)
    }

    fn diff(&self, question: &Value) -> Value {
        self.engine.diff(question)
    }

    fn events(&self) -> Vec<Recorded> {
        self.engine.events()
    }

    fn reopened(self) -> Self {
        Self::over(self.engine.reopened())
    }

    fn rebuilt(self) -> Self {
        Self::over(self.engine.rebuilt())
    }
}
