//! Candidates that err in one way each, to prove that the harness finds it.

use super::candidate::Candidate;
use super::oracle_candidate::OracleCandidate;
use caseward_events::Recorded;
use serde_json::Value;

/// In which way it errs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Answers at the head, whatever `as_of` says.
    OnlyNow,
    /// Compares windows with the recorded time, whatever `at` says.
    NoAt,
    /// Leaves the last event of a reason out.
    CitesLess,
    /// Shows a case to who holds no right on it.
    Discloses,
    /// Reports another code.
    OtherCode,
    /// Does not say that an id was known.
    SilentReplay,
    /// Lets the last user out of a list.
    ListsLess,
    /// Denies what it was asked first after it was opened.
    WrongWhenCold,
    /// Orders reasons the other way round.
    ReversedReasons,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 9] = [
        Flaw::OnlyNow,
        Flaw::NoAt,
        Flaw::CitesLess,
        Flaw::Discloses,
        Flaw::OtherCode,
        Flaw::SilentReplay,
        Flaw::ListsLess,
        Flaw::WrongWhenCold,
        Flaw::ReversedReasons,
    ];
}

/// The reference with a flaw.
pub struct Flawed {
    /// Which.
    pub flaw: Flaw,
    /// What it does well.
    pub sound: OracleCandidate,
    /// Whether it was opened again and not asked since.
    pub cold: std::cell::Cell<bool>,
}

impl Candidate for Flawed {
    fn import(&mut self, lines: &[String]) -> Vec<Value> {
        let mut answers = self.sound.import(lines);
        for answer in &mut answers {
            if self.flaw == Flaw::OtherCode && answer["code"] == "already_granted" {
                answer["code"] = "exists".into();
            }
            if self.flaw == Flaw::SilentReplay {
                answer["replayed"] = Value::Null;
            }
        }
        answers
    }

    fn check(&self, question: &Value) -> Value {
        let mut question = question.clone();
        match self.flaw {
            Flaw::OnlyNow if question["as_of"].is_u64() => question["as_of"] = self.sound.events().len().into(),
            Flaw::NoAt => question["at"] = Value::Null,
            _ => {}
        }
        let mut answer = self.sound.check(&question);
        match self.flaw {
            Flaw::Discloses if answer["rule"] == "restricted" => answer["disclose"] = true.into(),
            Flaw::WrongWhenCold if self.cold.take() => answer["decision"] = "cold".into(),
            Flaw::ReversedReasons => {
                if let Some(reasons) = answer["reasons"].as_array_mut() {
                    reasons.reverse();
                }
            }
            Flaw::CitesLess => {
                for reason in answer["reasons"].as_array_mut().into_iter().flatten() {
                    reason["events"].as_array_mut().map(Vec::pop);
                }
            }
            _ => {}
        }
        answer
    }

    fn who(&self, question: &Value) -> Value {
        let mut answer = self.sound.who(question);
        if self.flaw == Flaw::ListsLess {
            answer["subjects"].as_array_mut().map(Vec::pop);
        }
        answer
    }

    fn events(&self) -> Vec<Recorded> {
        self.sound.events()
    }

    fn reopened(self) -> Self {
        Flawed { flaw: self.flaw, sound: self.sound.reopened(), cold: true.into() }
    }

    fn rebuilt(self) -> Self {
        Flawed { flaw: self.flaw, sound: self.sound.rebuilt(), cold: true.into() }
    }
}
