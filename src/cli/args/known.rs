//! Values that completions know, parsed as they always are: what is not among them is judged by their own parser, which
//! says more than that it is not among them.

use caseward_events::Action;
use caseward_events::policy::{PolicyChange, PolicyKey, Preset};
use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};
use serde::Deserialize;
use std::convert::Infallible;
use std::error::Error;
use std::ffi::OsStr;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// A parser that knows some of the values that it takes.
#[derive(Clone)]
pub struct Known<T> {
    values: Vec<String>,
    of: PhantomData<fn() -> T>,
}

impl<T> Known<T> {
    fn among(values: impl IntoIterator<Item = impl fmt::Display>) -> Known<T> {
        Known { values: values.into_iter().map(|value| value.to_string()).collect(), of: PhantomData }
    }
}

impl<T> TypedValueParser for Known<T>
where
    T: FromStr + Clone + Send + Sync + 'static,
    T::Err: Into<Box<dyn Error + Send + Sync + 'static>>,
{
    type Value = T;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<T, clap::Error> {
        let parse = |text: &str| text.parse::<T>();
        parse.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.values.iter().map(PossibleValue::new)))
    }
}

/// A text that takes any form.
#[derive(Clone, Debug)]
pub struct AnyText(pub String);

impl FromStr for AnyText {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(AnyText(text.to_owned()))
    }
}

/// Every action.
pub fn actions() -> Known<Action> {
    Known::among(Action::ALL)
}

/// Every preset.
pub fn presets() -> Known<Preset> {
    Known::among(Preset::ALL)
}

/// Every key of a policy with each value that it takes, or with none where it takes numbers.
pub fn policy_settings() -> Known<AnyText> {
    let values = |key: &str| {
        // The parser says which values there are, of a word that is none of them.
        let told = PolicyChange::deserialize(serde_json::json!({key: "?"}))
            .err()
            .map(|why| why.to_string())
            .unwrap_or_default();
        match told.split_once("expected ") {
            Some((_, "a boolean")) => vec!["true".to_owned(), "false".to_owned()],
            Some((_, known)) => known.split('`').skip(1).step_by(2).map(str::to_owned).collect(),
            None => Vec::new(),
        }
    };
    let of = |key: &PolicyKey| -> Vec<String> {
        let values = values(key.name());
        match values.is_empty() {
            true => vec![format!("{}=", key.name())],
            false => values.iter().map(|value| format!("{}={value}", key.name())).collect(),
        }
    };
    Known::among(PolicyKey::ALL.iter().flat_map(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_completed_with_its_values() {
        let values = policy_settings().values;
        for one in ["org_admin_bypass=true", "restriction=enabled", "org_admin_entry=cap"] {
            assert!(values.iter().any(|value| value == one), "{one}: {values:?}");
        }
    }
}
