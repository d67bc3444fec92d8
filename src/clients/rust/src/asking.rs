//! Questions, one and many, and lists.

use crate::client::Client;
use crate::error::Error;
use crate::pages::Pages;
use caseward_events::answer::{
    AccessAnswer, CheckOutcome, DiffAnswer, ExplainAnswer, HistoryAnswer, NamesAnswer, RightsAnswer, TimelineAnswer,
    WhatAnswer, WhoAnswer, WhoBetweenAnswer,
};
use caseward_events::{Action, AsOf, Asker, Decision, DefinitionId, Labelled, Position, Question, Reference, Resource};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Answers {
    answers: Vec<CheckOutcome>,
    position: Position,
}

/// A parameter that is left out at the head.
fn as_of(name: &'static str, place: AsOf) -> Option<(&'static str, String)> {
    match place {
        AsOf::Head => None,
        AsOf::Position(position) => Some((name, position.to_string())),
        AsOf::Instant(instant) => Some((name, instant.to_string())),
    }
}

impl Client {
    /// Whether somebody may do something, with the reasons.
    ///
    /// # Errors
    /// It cannot be asked, or there is no answer.
    pub async fn check(&self, question: &Question) -> Result<Decision, Error> {
        let waits: Vec<_> = self.at_least().into_iter().collect();
        let decision: Decision = self.post("check", &waits, &json!(question)).await?;
        self.saw(decision.position);
        Ok(decision)
    }

    /// Up to 10,000 questions, all at one position; what cannot be asked is a refusal in its place.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn checks(&self, questions: &[Question]) -> Result<Vec<CheckOutcome>, Error> {
        let waits: Vec<_> = self.at_least().into_iter().collect();
        let answered: Answers = self.post("checks", &waits, &json!({"questions": questions})).await?;
        self.saw(answered.position);
        Ok(answered.answers)
    }

    /// All that a subject may do to a resource.
    ///
    /// # Errors
    /// It cannot be asked, or there is no answer.
    pub async fn rights(&self, subject: &Asker, resource: &Resource, place: AsOf) -> Result<RightsAnswer, Error> {
        let asked =
            self.asked([("subject", subject.to_string()), ("resource", resource.to_string())], [as_of("as_of", place)]);
        self.get("rights", &asked).await
    }

    /// A decision with every event that it cites.
    ///
    /// # Errors
    /// It cannot be asked, or there is no answer.
    pub async fn explain(&self, question: &Question) -> Result<ExplainAnswer, Error> {
        let at = question.at.map(|at| ("at", at.to_string()));
        self.get("explain", &self.asked(of(question), [as_of("as_of", question.as_of), at])).await
    }

    /// What people call things.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn names(&self, things: &[Labelled]) -> Result<NamesAnswer, Error> {
        let waits: Vec<_> = self.at_least().into_iter().collect();
        self.post("names", &waits, &json!({"of": things})).await
    }

    /// Who may do something to a resource.
    pub fn who(&self, action: Action, resource: &Resource, place: AsOf) -> Pages<WhoAnswer> {
        let must = [("action", action.to_string()), ("resource", resource.to_string())];
        Pages::new(self, "who", self.asked(must, [as_of("as_of", place)]))
    }

    /// Everybody who could at any time between two moments, and when.
    pub fn who_between(&self, action: Action, resource: &Resource, from: AsOf, to: AsOf) -> Pages<WhoBetweenAnswer> {
        let must = [("action", action.to_string()), ("resource", resource.to_string())];
        Pages::new(self, "who", self.asked(must, [as_of("from", from), as_of("to", to)]))
    }

    /// To what a subject may do something; with a definition, to its cases alone.
    pub fn what(&self, subject: &Asker, action: Action, of: Option<&DefinitionId>, place: AsOf) -> Pages<WhatAnswer> {
        let must = [("subject", subject.to_string()), ("action", action.to_string())];
        let definition = of.map(|definition| ("definition", format!("definition:{definition}")));
        Pages::new(self, "what", self.asked(must, [definition, as_of("as_of", place)]))
    }

    /// When a subject could do something.
    pub fn access(&self, question: &Question, from: AsOf, to: AsOf) -> Pages<AccessAnswer> {
        Pages::new(self, "access", self.asked(of(question), [as_of("from", from), as_of("to", to)]))
    }

    /// Who held what on a resource, and when.
    pub fn timeline(&self, resource: &Resource, from: AsOf, to: AsOf) -> Pages<TimelineAnswer> {
        let may = [as_of("from", from), as_of("to", to)];
        Pages::new(self, "timeline", self.asked([("resource", resource.to_string())], may))
    }

    /// What changed between two moments.
    pub fn diff(&self, of: &Reference, from: AsOf, to: AsOf) -> Pages<DiffAnswer> {
        Pages::new(self, "diff", self.asked([("of", of.to_string())], [as_of("from", from), as_of("to", to)]))
    }

    /// The events that name something.
    pub fn history(&self, of: &Reference, place: AsOf) -> Pages<HistoryAnswer> {
        Pages::new(self, "history", self.asked([("of", of.to_string())], [as_of("as_of", place)]))
    }

    fn asked<const MUST: usize, const MAY: usize>(
        &self,
        must: [(&'static str, String); MUST],
        may: [Option<(&'static str, String)>; MAY],
    ) -> Vec<(&'static str, String)> {
        must.into_iter().chain(may.into_iter().flatten()).chain(self.at_least()).collect()
    }
}

fn of(question: &Question) -> [(&'static str, String); 3] {
    let Question { subject, action, resource, .. } = question;
    [("subject", subject.to_string()), ("action", action.to_string()), ("resource", resource.to_string())]
}
