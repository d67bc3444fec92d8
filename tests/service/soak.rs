//! The service over minutes, as production has it: producers, readers and followers of both feeds, beside clients that are
//! slow, silent, or leave half a request.
//!
//! Two services run side by side, each with its own store and the same clients. One is ended again and again, by `kill -9`
//! and by SIGTERM, while it serves and while it opens, and starts again on the same store and port. The other one runs
//! through, so that its memory can be followed. What was answered and told is judged at the end against the log, by an
//! oracle of a page that knows nothing of the engine ([`oracle`]).
//! `CASEWARD_SOAK=600` has it run for so many seconds; without it, for a few. Every choice comes from `CASEWARD_SOAK_SEED`.
//! Absent: a loss of power, which the tests of faults simulate.

mod chance;
mod client;
mod followers;
mod judge;
mod lives;
mod memory;
mod nuisances;
mod oracle;
mod producers;
mod readers;
mod scene;

use lives::Service;
use scene::{Ended, Scene};
use std::time::Duration;

/// How long it runs where nobody says.
const SHORT: Duration = Duration::from_secs(6);

#[test]
fn nothing_is_wrong_or_lost_and_both_feeds_are_whole_however_often_it_is_ended_and_whatever_clients_do() {
    let seconds = std::env::var("CASEWARD_SOAK").ok().map(|text| text.parse().expect("CASEWARD_SOAK is a number"));
    let lasts = seconds.map_or(SHORT, Duration::from_secs);
    std::thread::scope(|scope| {
        let services = [Ended::Never, Ended::AgainAndAgain].map(|ended| {
            scope.spawn(move || {
                let folder = tempfile::TempDir::new().expect("a temporary folder");
                let scene = Scene::new(Service::on_a_free_port(folder.path()), ended);
                println!("{}", scene.run(lasts));
            })
        });
        services.into_iter().for_each(|one| one.join().expect("the soak of one service holds"));
    });
}
