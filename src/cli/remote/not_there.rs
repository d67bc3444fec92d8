//! Verbs that no service answers, and what to do instead.

use crate::cli::exit::Failure;
use anyhow::anyhow;

/// Why a verb is not asked of a service, and what to do instead.
#[must_use]
pub fn not_there(verb: &str) -> Failure {
    let why = match verb {
        "serve" => "starts a service over a store, and asks none",
        _ => "works on the files of a store, not over `--server`",
    };
    let where_else =
        format!("run it on the machine that has the store, where the service may go on: caseward {verb} --data DIR");
    let hint = match verb {
        "init" => "a service has its store already: caseward org create NAME makes an organization in it".to_owned(),
        "import" => {
            "caseward apply FILE sends commands that are recorded with the current time; histories are imported \
                     on the machine that has the store"
                .to_owned()
        }
        "serve" => "leave --server and CASEWARD_SERVER out, and name the store: caseward serve --data DIR".to_owned(),
        _ => where_else,
    };
    Failure::usage(anyhow!("`{verb}` {why}")).hint(hint)
}
