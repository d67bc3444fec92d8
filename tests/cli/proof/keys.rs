//! The keys that heads are signed with: replaced, lost, restored.

use super::*;

#[test]
fn a_key_that_was_replaced_signs_from_its_event_on_and_earlier_heads_stay_good() {
    let desk = desk_of(&history("eve"));
    let before = kept(&desk);
    let old_key = ok(desk.ask(&["key", "show"]));
    replace_key(&desk);
    let new_key = ok(desk.ask(&["key", "show"]));
    let name = |key: &str| key.split('+').next().expect("it has a name").to_owned();
    assert!(new_key != old_key && name(&new_key) == name(&old_key));
    let after = beside(&desk, "after.note").display().to_string();
    ok(desk.ask(&["tree-head", "--out", &after]));
    assert!(ok(desk.ask(&["verify", "--against", &before, "--against", &after])).contains("2 tree heads"));
    let (bundle, _) = proof_of(&desk, &["3"]);
    assert_eq!(wrong_with(&bundle, new_key.trim()), None);
    assert!(wrong_with(&bundle, old_key.trim()).expect("it is refused").contains("is not signed by the key"));
    // A head of now under the key of then, as whoever found the old one could make.
    let text = fs::read_to_string(&after).expect("it was written");
    let text = text.split_once("\n\n").expect("it is signed").0;
    let signing = fs::read_to_string(desk.data().join("SIGNING")).expect("it is there");
    let first = signing.lines().nth(1).and_then(|line| line.split(' ').next()).expect("it has a key");
    let first = STANDARD.decode(first).expect("it is base64").try_into().expect("32 bytes");
    let forged = SignedNote::sign(format!("{text}\n"), &name(&old_key), &SigningKey::from_bytes(&first));
    fs::write(&after, forged.to_string()).expect("there is room");
    let (status, err) = verify(&desk, &[&after]);
    assert!(status == 5 && err.contains("it is not signed by the key"), "{err}");
    let bundle = beside(&desk, "bundle.json").display().to_string();
    ok(desk.ask(&["prove", "--consistency", &before, "--out", &bundle]));
    ok(desk.ask(&["verify-proof", &bundle, "--key", old_key.trim(), "--key", new_key.trim()]));
}

#[test]
fn a_store_of_an_earlier_release_gets_its_key_at_the_next_opening_for_writing_and_a_spoiled_one_is_told() {
    let desk = desk_of(&history("eve"));
    let path = desk.data().join("SIGNING");
    let before = fs::read(&path).expect("it is there");
    ok(desk.ask(&["status"]));
    assert_eq!(fs::read(&path).expect("it is there"), before, "it stays the same");
    fs::remove_file(&path).expect("it is there");
    fs::write(desk.data().join("CASEWARD"), "caseward store\nformat 1\n").expect("there is room");
    assert!(ok(desk.ask(&["key", "show"])).starts_with("caseward/default/"));
    let mut bytes = fs::read(&path).expect("it was made");
    bytes[40] ^= 1;
    fs::write(&path, bytes).expect("there is room");
    for arguments in [&["key", "show"][..], &["tree-head"], &["prove", "1"], &["verify"]] {
        let said = desk.ask(arguments);
        assert_eq!(said.status, 5, "{arguments:?}: {}", said.err);
        assert!(said.err.contains("SIGNING"), "{arguments:?}: {}", said.err);
    }
    ok(desk.ask(&["status"]));
    fs::remove_file(&path).expect("it is there");
    is_told(&desk);
}

/// Whatever needs the keys that are lost says so, all else goes on, and none are made in their place.
fn is_told(desk: &Desk) {
    for arguments in [&["key", "show"][..], &["tree-head"], &["prove", "1"], &["verify"], &["doctor"]] {
        let said = desk.ask(arguments);
        assert_eq!(said.status, 5, "{arguments:?}: {}", said.err);
        for part in ["SIGNING` is lost", "caseward heal --from BACKUP", "caseward key new"] {
            assert!(said.err.contains(part), "{arguments:?}, {part}: {}", said.err);
        }
    }
    let file = beside(desk, "more.jsonl");
    let command = json!({"actor": "user:ana", "command": {"create_definition": {"definition": "theft"}}});
    fs::write(&file, command.to_string()).expect("there is room");
    let heads = beside(desk, "heads").display().to_string();
    let said = desk.ask(&["--heads-dir", &heads, "apply", &file.display().to_string()]);
    assert!(said.status == 0 && said.err.contains("no tree head is written"), "{}", said.err);
    ok(desk.ask(&["rebuild"]));
    assert!(!desk.data().join("SIGNING").exists());
}

#[test]
fn a_key_that_is_lost_is_told_comes_back_from_a_backup_and_is_made_anew_only_when_that_is_asked_for() {
    let desk = desk_of(&history("eve"));
    let (key, path) = (ok(desk.ask(&["key", "show"])), desk.data().join("SIGNING"));
    let head = kept(&desk);
    let backup = beside(&desk, "backup").display().to_string();
    ok(desk.ask(&["backup", &backup]));
    fs::remove_file(&path).expect("it is there");
    is_told(&desk);
    let said = desk.ask(&["backup", &backup]);
    assert!(said.status == 5 && said.out.contains("1 new events"), "{}{}", said.out, said.err);
    let other = desk_of(&history("eve"));
    let elsewhere = beside(&other, "backup").display().to_string();
    ok(other.ask(&["backup", &elsewhere]));
    let said = desk.ask(&["heal", "--from", &elsewhere]);
    assert!(said.status == 5 && said.err.contains("has the keys of another store"), "{}", said.err);
    assert!(ok(desk.ask(&["heal", "--from", &backup])).contains("signing keys of tree heads from the backup"));
    assert_eq!(ok(desk.ask(&["key", "show"])), key);
    ok(desk.ask(&["verify", "--against", &head]));
    // Without a copy: only a word makes another, and the heads that were kept are not of it.
    fs::remove_file(&path).expect("it is there");
    let said = desk.ask(&["key", "new"]);
    assert!(said.err.contains("do not belong to it any more"), "{}", said.err);
    assert_ne!(ok(desk.ask(&["key", "show"])), key);
    ok(desk.ask(&["tree-head"]));
    assert!(verify(&desk, &[&head]).1.contains("which is not in this store"));
}

#[test]
fn a_backup_that_lost_its_key_restores_a_store_that_says_so() {
    let desk = desk_of(&history("eve"));
    let backup = beside(&desk, "backup");
    ok(desk.ask(&["backup", &backup.display().to_string()]));
    fs::remove_file(backup.join("SIGNING")).expect("it is there");
    fs::remove_dir_all(desk.data()).expect("it is there");
    ok(desk.ask(&["restore", &backup.display().to_string()]));
    let said = desk.ask(&["tree-head"]);
    assert!(said.status == 5 && said.err.contains("SIGNING` is lost"), "{}", said.err);
}
