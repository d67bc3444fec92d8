//! Candidates that err in one way each, to prove that the harness finds it.

use super::candidate::Candidate;
use super::oracle_candidate::OracleCandidate;
use caseward_events::seal::{Key, KeyNumber, StoredReason};
use caseward_events::{Event, Recorded, Subject};
use serde_json::{Map, Value, json};

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
    /// Lets a wall take nothing.
    SeesThroughWalls,
    /// Lends what a delegator may, but names the wrong one of the two.
    NamesTheDelegate,
    /// Lets a link outlive its revocation.
    LinksForEver,
    /// Leaves the matrix row of a profile out of what it cites.
    CitesNoRow,
    /// Cites the first event for a profile too.
    CitesWhatIsNotOfIt,
    /// Takes a completed case for any other.
    ForgetsCompletion,
    /// Finds the organization whoever asks.
    FindsMore,
    /// Lists no links.
    ListsNoLinks,
    /// Lets an item be anywhere.
    NeverBlocked,
    /// Lets what ends go on.
    NeverEnds,
    /// Blames only the first of several causes.
    BlamesTheFirst,
    /// Leaves one key of a policy as it was.
    FoldsAKeyLess,
    /// Takes a preset for another in one key.
    OtherPreset,
    /// Takes access that an update leaves out for `read`.
    LeftOutIsRead,
    /// Takes a bound that an update clears for one that it leaves out.
    NullIsLeftOut,
    /// Takes what a change of a row leaves out for nothing.
    RowsStartAnew,
    /// Puts the reason of a delegation under the key of who uses it.
    SealsForTheOther,
    /// Leaves every reason in clear.
    SealsNothing,
    /// Digests the time with the body.
    DigestsTheTime,
    /// Takes another body under a known id for the same.
    TakesAnyBody,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Flaw; 29] = [
        Flaw::OnlyNow,
        Flaw::NoAt,
        Flaw::CitesLess,
        Flaw::Discloses,
        Flaw::OtherCode,
        Flaw::SilentReplay,
        Flaw::ListsLess,
        Flaw::WrongWhenCold,
        Flaw::ReversedReasons,
        Flaw::SeesThroughWalls,
        Flaw::NamesTheDelegate,
        Flaw::LinksForEver,
        Flaw::CitesNoRow,
        Flaw::CitesWhatIsNotOfIt,
        Flaw::ForgetsCompletion,
        Flaw::FindsMore,
        Flaw::ListsNoLinks,
        Flaw::NeverBlocked,
        Flaw::NeverEnds,
        Flaw::BlamesTheFirst,
        Flaw::FoldsAKeyLess,
        Flaw::OtherPreset,
        Flaw::LeftOutIsRead,
        Flaw::NullIsLeftOut,
        Flaw::RowsStartAnew,
        Flaw::SealsForTheOther,
        Flaw::SealsNothing,
        Flaw::DigestsTheTime,
        Flaw::TakesAnyBody,
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

impl Flawed {
    /// What it takes a line for.
    fn misread(&self, line: &str) -> String {
        let Ok(mut read) = serde_json::from_str::<Value>(line) else { return line.to_owned() };
        let mut change = |command: &str, change: &dyn Fn(&mut Map<String, Value>)| {
            if let Some(fields) = read["command"][command].as_object_mut() {
                change(fields);
            }
        };
        match self.flaw {
            Flaw::OtherPreset => change("adopt_policy", &|keys| {
                if keys.get("preset").is_some_and(|preset| preset == "am") && !keys.contains_key("restriction") {
                    keys.insert("restriction".to_owned(), "enabled".into());
                }
            }),
            Flaw::LeftOutIsRead => change("update_grant", &|fields| {
                fields.entry("access").or_insert("read".into());
            }),
            Flaw::NullIsLeftOut => change("update_grant", &|fields| fields.retain(|_, value| !value.is_null())),
            Flaw::RowsStartAnew => change("set_form_access", &|fields| {
                fields.entry("read").or_insert("none".into());
            }),
            _ => return line.to_owned(),
        }
        read.to_string()
    }

    /// The events as it stores them.
    fn misstore(&self, recorded: &mut Recorded) {
        let reason = recorded.reason.as_ref().and_then(|reason| Some((reason.text()?.to_owned(), reason.key()?)));
        match (self.flaw, reason, &recorded.event) {
            (Flaw::SealsForTheOther, Some((text, _)), Event::Delegated(delegated)) => {
                let (key, to) = (Key::new([1; Key::BYTES]), Subject::User(delegated.to.clone()));
                let number = KeyNumber(1_000_000 + u32::try_from(recorded.position.0).expect("a history is short"));
                recorded.reason = Some(StoredReason::seal(&text, &recorded.command_id, number, &key, Some(to)));
            }
            (Flaw::SealsNothing, Some((text, _)), _) => recorded.reason = Some(StoredReason::Clear(text)),
            (Flaw::DigestsTheTime, ..) => {
                let time = recorded.time.as_micros().to_le_bytes();
                let first = recorded.first.iter_mut();
                first.for_each(|first| first.digests.body.iter_mut().zip(time).for_each(|(byte, with)| *byte ^= with));
            }
            _ => {}
        }
    }

    fn misname(&self, reason: &mut Value, asker: &Value) {
        let events = reason["events"].as_array_mut().map(std::mem::take).unwrap_or_default();
        reason["events"] = match self.flaw {
            Flaw::CitesNoRow if reason["rule"] == "profile" && events.len() > 2 => events[1..].to_vec(),
            Flaw::CitesWhatIsNotOfIt if reason["rule"] == "profile" && !events.contains(&1.into()) => {
                [events, vec![1.into()]].concat()
            }
            _ => events,
        }
        .into();
        if self.flaw == Flaw::NamesTheDelegate && reason["rule"] == "delegation" {
            reason["subject"] = asker.clone();
        }
    }
}

fn forgets_a_key(event: &mut Event) {
    if let Event::PolicyAdopted(adopted) = event {
        adopted.keys.org_admin_bypass = None;
    }
}

impl Candidate for Flawed {
    fn import(&mut self, lines: &[String]) -> Vec<Value> {
        let lines: Vec<String> = lines.iter().map(|line| self.misread(line)).collect();
        let mut answers = self.sound.import(&lines);
        for answer in &mut answers {
            if self.flaw == Flaw::OtherCode && answer["code"] == "already_granted" {
                answer["code"] = "exists".into();
            }
            if self.flaw == Flaw::NeverBlocked && answer["code"] == "blocked" {
                answer["code"] = "already_restricted".into();
            }
            if self.flaw == Flaw::TakesAnyBody && answer["code"] == "id_reused" {
                *answer =
                    json!({"status": "accepted", "position": 1, "events": [{}], "warnings": [], "replayed": true});
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
        let mut answer = match self.flaw {
            Flaw::FoldsAKeyLess => self.sound.over(forgets_a_key).check(&question),
            _ => self.sound.check(&question),
        };
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
            Flaw::SeesThroughWalls if answer["rule"] == "wall" => answer["decision"] = true.into(),
            Flaw::LinksForEver
                if answer["rule"] == "expired"
                    && question["subject"].as_str().is_some_and(|asker| asker.starts_with("link:")) =>
            {
                answer["decision"] = true.into();
            }
            Flaw::ForgetsCompletion if answer["rule"] == "completed_locked" => answer["rule"] = "no_grant".into(),
            _ => {}
        }
        let asker = question["subject"].clone();
        for reason in answer["reasons"].as_array_mut().into_iter().flatten() {
            self.misname(reason, &asker);
        }
        answer
    }

    fn who(&self, question: &Value) -> Value {
        let mut answer = self.sound.who(question);
        if self.flaw == Flaw::ListsNoLinks {
            answer["links"] = json!([]);
        }
        if self.flaw == Flaw::ListsLess {
            answer["subjects"].as_array_mut().map(Vec::pop);
        }
        answer
    }

    fn what(&self, question: &Value) -> Value {
        let mut answer = self.sound.what(question);
        let resources = answer["resources"].as_array_mut();
        if let Some(resources) = resources.filter(|_| self.flaw == Flaw::FindsMore) {
            resources.push("organization".into());
            resources.dedup();
        }
        answer
    }

    fn access(&self, question: &Value) -> Value {
        let mut answer = self.sound.access(question);
        let last = answer["intervals"].as_array_mut().and_then(|intervals| intervals.last_mut());
        if let Some(last) = last.filter(|_| self.flaw == Flaw::NeverEnds) {
            last["until"] = Value::Null;
        }
        answer
    }

    fn diff(&self, question: &Value) -> Value {
        let mut answer = self.sound.diff(question);
        let changes = answer["changed"].as_array_mut().into_iter().flatten();
        changes.filter(|_| self.flaw == Flaw::BlamesTheFirst).for_each(|change| {
            if let Some(causes) = change["causes"].as_array_mut() {
                causes.truncate(1);
            }
        });
        answer
    }

    fn events(&self) -> Vec<Recorded> {
        let mut events = self.sound.events();
        events.iter_mut().for_each(|recorded| self.misstore(recorded));
        events
    }

    fn reopened(self) -> Self {
        Flawed { flaw: self.flaw, sound: self.sound.reopened(), cold: true.into() }
    }

    fn rebuilt(self) -> Self {
        Flawed { flaw: self.flaw, sound: self.sound.rebuilt(), cold: true.into() }
    }
}
