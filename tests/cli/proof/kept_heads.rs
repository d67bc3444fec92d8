//! Heads that somebody kept: they prove what grew from them, and tell what was rewritten, dropped or forged.

use super::*;

#[test]
fn a_log_that_grew_is_proved_against_every_head_that_was_kept() {
    let desk = desk_of(&history("eve")[..4]);
    let path = kept(&desk);
    let file = beside(&desk, "more.jsonl");
    fs::write(&file, history("eve")[4..].join("\n")).expect("there is room");
    let folder = beside(&desk, "heads");
    let heads_dir = folder.display().to_string();
    ok(desk.ask(&["import", &file.display().to_string(), "--heads-dir", &heads_dir]));
    assert!(folder.join("default-10.note").exists(), "a clean stop writes a head");
    let said = desk.ask(&["verify", "--against", &path, "--heads-dir", &heads_dir]);
    assert!(ok(said).contains("2 tree heads match the log"));
    let (bundle, key) = proof_of(&desk, &["--consistency", &path]);
    assert_eq!(wrong_with(&bundle, &key), None);
    let other = rewritten(&desk, &history("mallory"));
    let said = other.ask(&["prove", "--consistency", &folder.join("default-10.note").display().to_string()]);
    assert_eq!(said.status, 5, "{}", said.err);
}

#[test]
fn a_rewritten_event_is_told_by_a_kept_head_though_every_note_of_the_store_agrees() {
    let desk = desk_of(&history("eve")[..6]);
    let early = kept(&desk);
    let desk = rewritten_after(&desk, &history("eve"));
    let late = kept(&desk.0);
    fs::copy(&early, beside(&desk.0, "early.note")).expect("it can be copied");
    let early = beside(&desk.0, "early.note").display().to_string();
    // The same beginning, byte for byte, and another end.
    let other = continued(&desk.0, &history("mallory"));
    let (status, err) = verify(&other, &[&early, &late]);
    assert_eq!(status, 5, "{err}");
    assert!(err.contains("the events up to position 10 are not those that this tree head was signed of"), "{err}");
    assert!(err.contains("organization 1 from position 7 on"), "{err}");
    assert!(
        err.contains("can still be trusted: organization 0 up to position 0, organization 1 up to position 6"),
        "{err}"
    );
    assert_eq!(ok(other.ask(&["verify"])).lines().count(), 3, "without a kept head nothing shows it");
}

/// A store that goes on from the first six events of the one before.
fn rewritten_after(desk: &Desk, lines: &[String]) -> (Desk,) {
    (continued(desk, lines),)
}

/// A copy of a store up to its sixth event, with these lines behind it.
fn continued(desk: &Desk, lines: &[String]) -> Desk {
    let beginning: Vec<_> = stored(&desk.data()).into_iter().take(6).collect();
    let copy = Desk::of("");
    for name in ["SIGNING", "KEYS", "CASEWARD"] {
        fs::copy(desk.data().join(name), copy.data().join(name)).expect("it can be copied");
    }
    append(&copy.data(), beginning);
    let file = beside(&copy, "rest.jsonl");
    fs::write(&file, lines[6..].join("\n")).expect("there is room");
    ok(copy.ask(&["import", &file.display().to_string()]));
    copy
}

/// Puts events behind those of a store, past the engine.
fn append(data: &Path, events: Vec<Vec<u8>>) {
    let store = open(data);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let head = runtime.block_on(store.head(OrganizationNumber::DEFAULT)).expect("it has one");
    let run =
        Run { organization: OrganizationNumber::DEFAULT, first: head.next(), events: events.into_iter().collect() };
    let epoch = runtime.block_on(store.claim()).expect("it is open");
    runtime.block_on(store.append(epoch, vec![run])).expect("they are stored");
}

#[test]
fn a_tail_that_was_dropped_is_told_by_a_kept_head() {
    let desk = desk_of(&history("eve"));
    let path = kept(&desk);
    let other = rewritten(&desk, &history("eve")[..7]);
    let (status, err) = verify(&other, &[&path]);
    assert_eq!(status, 5);
    assert!(err.contains("events up to position 10 were there when it was signed, and are not there"), "{err}");
    assert!(err.contains("organization 1 from position 8 on"), "{err}");
}

#[test]
fn a_tail_that_was_dropped_with_the_event_that_replaced_the_key_is_what_a_later_head_leads_to() {
    let desk = desk_of(&history("eve"));
    replace_key(&desk);
    let path = kept(&desk);
    let other = rewritten(&desk, &history("eve")[..7]);
    let (status, err) = verify(&other, &[&path]);
    assert_eq!(status, 5);
    assert!(err.contains("events up to position 11 were there when it was signed, and are not there"), "{err}");
    // An older copy of the keys goes with an older copy of the log: nothing here knows the later one.
    let signing = fs::read_to_string(desk.data().join("SIGNING")).expect("it is there");
    let first: Vec<_> = signing.lines().take(2).collect();
    fs::write(other.data().join("SIGNING"), first.join("\n") + "\n").expect("there is room");
    let (status, err) = verify(&other, &[&path]);
    assert_eq!(status, 5);
    for part in ["made at position 11", "up to its end, position 7", "events are gone", "`key_replaced`"] {
        assert!(err.contains(part), "{part}: {err}");
    }
}

#[test]
fn heads_that_are_forged_changed_or_of_another_store_say_nothing_about_the_log() {
    let desk = desk_of(&history("eve"));
    let path = kept(&desk);
    let note = fs::read_to_string(&path).expect("it was kept");
    let elsewhere = desk_of(&history("eve"));
    let (status, err) = verify(&elsewhere, &[&path]);
    assert_eq!(status, 5);
    assert!(err.contains("which is not in this store"), "{err}");
    let forged = beside(&desk, "forged.note");
    let forged_path = forged.display().to_string();
    let signature = fs::read_to_string(kept(&elsewhere)).expect("it was kept");
    let (_, lines) = signature.split_once("\n\n").expect("it is signed");
    let name = note.lines().next().expect("it has an origin");
    let other_name = signature.lines().next().expect("it has an origin");
    let text = note.split_once("\n\n").expect("it is signed").0;
    fs::write(&forged, format!("{text}\n\n{}", lines.replace(other_name, name))).expect("there is room");
    let (status, err) = verify(&desk, &[&forged_path]);
    assert!(status == 5 && err.contains("it is not signed by the key"), "{err}");
    assert!(err.contains("it says nothing about the log"), "{err}");
    for at in (0..note.len()).step_by(note.len() / 16) {
        let mut bytes = note.clone().into_bytes();
        bytes[at] ^= 1;
        fs::write(&forged, bytes).expect("there is room");
        let (status, err) = verify(&desk, &[&forged_path]);
        assert!(status == 5 && err.contains("forged.note"), "flipped at {at}: {err}");
    }
}

#[test]
fn events_that_do_not_go_on_are_told_though_their_bytes_are_those_that_were_hashed() {
    let desk = desk_of(&history("eve"));
    let events = stored(&desk.data());
    let last = decode(&events[9]).expect("it is an event");
    let mut wrong_version = last.clone();
    (wrong_version.position, wrong_version.stream_version) = (Position(11), last.stream_version + 2);
    let mut back_in_time = last.clone();
    (back_in_time.position, back_in_time.stream_version) = (Position(11), last.stream_version + 1);
    back_in_time.time = "2024-01-01T00:00:00Z".parse().expect("an instant");
    let mut of_other_place = last.clone();
    of_other_place.stream_version += 1;
    for (event, told) in [
        (wrong_version, "`group:night`"),
        (back_in_time, "2024"),
        (of_other_place, "event 10 stands where event 11 must"),
    ] {
        let copy = desk_of(&history("eve"));
        append(&copy.data(), vec![encode(&event)]);
        let (status, err) = verify(&copy, &[]);
        assert_eq!(status, 5, "{told}: {err}");
        assert!(err.contains(told), "{told}: {err}");
        assert!(err.contains("from position 11 on"), "{err}");
        assert!(err.contains("organization 1 up to position 10"), "{err}");
    }
}
