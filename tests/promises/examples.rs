//! The examples run to their ends.

#[path = "../../src/examples/audit.rs"]
mod audit;
#[path = "../../src/examples/embed.rs"]
mod embed;
#[path = "../../src/examples/follow_the_feed.rs"]
mod follow_the_feed;
#[path = "../../src/examples/prove_and_verify.rs"]
mod prove_and_verify;

#[test]
fn every_example_runs() {
    audit::main().expect("audit");
    embed::main().expect("embed");
    follow_the_feed::main().expect("follow_the_feed");
    prove_and_verify::main().expect("prove_and_verify");
}
