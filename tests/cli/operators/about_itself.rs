//! What the program says about itself: help, completions, the manual, colour.

use super::Desk;

#[test]
fn help_tells_exit_codes_commands_and_verbs() {
    let desk = Desk::new();
    let codes = desk.run(&["help", "exit-codes"]);
    assert_eq!(codes.status, 0);
    assert!(codes.out.contains("\n3  refused by the rules"), "{}", codes.out);
    let commands = desk.run(&["help", "commands"]).out;
    assert!(commands.contains("\nrestrict_case\n    case, entries\n    refused: "), "{commands}");
    assert!(!commands.contains('\u{1b}'), "{commands:?}");
    let verb = desk.run(&["help", "policy", "set"]).out;
    assert!(verb.contains("Usage: caseward policy set "), "{verb}");
    assert!(desk.run(&["help"]).out.contains("Usage: caseward "));
    desk.run(&["help", "nothing"]).failed(
        2,
        &["there is no help on `nothing`", "hint: caseward help lists all verbs; other topics are exit-codes, "],
    );
    assert!(!desk.data().exists());
}

#[test]
fn completions_and_the_manual_name_every_verb() {
    let desk = Desk::new();
    let manual = desk.run(&["man"]).out;
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = desk.run(&["completions", shell]);
        assert_eq!(script.status, 0);
        for verb in ["grant", "import", "policy", "rebuild"] {
            assert!(script.out.contains(verb), "{shell} lacks {verb}");
            assert!(manual.contains(&format!(".TH caseward-{verb} 1")), "the manual lacks {verb}");
        }
    }
    desk.run(&["completions", "tcsh"]).failed(2, &["tcsh"]);
}

#[test]
fn colour_is_only_for_terminals_unless_it_is_asked_for() {
    let desk = Desk::with_history();
    assert!(!desk.run(&["policy", "show"]).out.contains('\u{1b}'));
    assert!(desk.run(&["policy", "show", "--color", "always"]).out.contains('\u{1b}'));
    assert!(desk.run(&["lift", "1", "--color", "always"]).err.starts_with("\u{1b}[31merror\u{1b}[0m: "));
}
