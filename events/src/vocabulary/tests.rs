//! What a vocabulary takes, and that words and references are told from one another.

use super::words::{Listed, Said};
use super::*;
use crate::reference::Asker;
use serde_json::{Value, json};

fn read(value: Value) -> Result<Vocabulary, String> {
    serde_json::from_value(value).map_err(|why| why.to_string())
}

fn of_records() -> Value {
    json!({
        "subjects": {"agent": {"as": "user", "prefix": "agent/"}, "user": {"as": "user"}},
        "resources": {
            "form": {"as": "definition"},
            "people": {"fixed": "case:people"},
            "record": {"as": "case", "definition": "record"},
            "secret": {"as": "case", "definition": "record", "prefix": "s/"},
        },
        "actions": {"record": [
            {"name": "view", "is": "read"},
            {"name": "write", "when": {"resource.status": "archived", "subject.age": 7}, "is": "manage_access"},
            {"name": "write", "is": "write"},
            {"name": "make", "is": "register", "on": "definition:record"},
        ]},
    })
}

#[test]
fn it_is_read_as_it_is_written_as_json_and_as_bytes() {
    let vocabulary = read(of_records()).expect("it is one");
    assert_eq!(serde_json::to_value(&vocabulary).expect("it is JSON"), of_records());
    let bytes = postcard::to_allocvec(&vocabulary).expect("it has bytes");
    assert_eq!(postcard::from_bytes::<Vocabulary>(&bytes).expect("they are its own"), vocabulary);
}

#[test]
fn what_is_ambiguous_or_beyond_a_limit_or_never_counts_is_refused_with_its_reason() {
    let types = |count: usize| (0..count).map(|n| (n.to_string(), json!({"fixed": "organization"}))).collect::<Value>();
    let actions =
        |count: usize| (0..count).map(|n| json!({"name": n.to_string(), "is": "read"})).collect::<Vec<Value>>();
    let case = |definition: &str| json!({"as": "case", "definition": definition});
    let with = |words: Value| json!({"resources": {"r": case("d")}, "actions": {"r": words}});
    for (value, told) in [
        (json!({"resources": {"a": case("d"), "b": case("d")}}), "`a` and `b` could give one reference back"),
        (json!({"resources": {"a": case("d"), "b": {"as": "case"}}}), "`a` and `b` could"),
        (json!({"resources": {"a": {"as": "definition"}, "b": {"as": "definition"}}}), "`a` and `b` could"),
        (json!({"subjects": {"a": {"as": "user"}, "b": {"as": "user"}}}), "`a` and `b` could"),
        (json!({"resources": types(65)}), "at most 64"),
        (with(json!(actions(65))), "at most 64"),
        (with(json!([{"name": "x", "is": "register"}])), "no right on what `r` stands for"),
        (with(json!([{"name": "x", "is": "read", "on": "organization"}])), "no right on `organization`"),
        (with(json!([{"name": "x", "is": "read"}, {"name": "x", "is": "write"}])), "would never count"),
        (with(json!([{"name": "x", "when": {"context.ip": "1"}, "is": "read"}])), "is not subject.NAME"),
        (with(json!([{"name": "x", "when": {"subject.a": [1]}, "is": "read"}])), "did not match"),
        (with(json!([{"name": "", "is": "read"}])), "the action"),
        (json!({"actions": {"r": []}}), "not among `resources`"),
        (json!({"resources": {"a": {"as": "case", "fixed": "case:1"}}}), "a type of resources is"),
        (json!({"resources": {"": {"as": "definition"}}}), "the type"),
        (json!({"subjects": {"a": {"as": "group"}}}), "unknown variant `group`"),
    ] {
        let why = read(value.clone()).expect_err("it is none");
        assert!(why.contains(told), "{value}: {why}");
    }
    assert!(read(json!({"resources": types(64)})).is_ok() && read(with(json!(actions(64)))).is_ok());
}

#[test]
fn a_reference_is_told_in_the_words_of_one_type_alone() {
    let vocabulary = read(of_records()).expect("it is one");
    let agent = vocabulary.subject("agent", "x").expect("it is one");
    assert_eq!(agent.to_string(), "user:agent/x");
    assert_eq!((vocabulary.subject_id("agent", &agent), vocabulary.subject_id("user", &agent)), (Some("x"), None));
    assert_eq!(vocabulary.subject("user", "agent/x"), None, "the longer prefix has it");
    let ana: Asker = "user:ana".parse().expect("a user");
    assert_eq!((vocabulary.subject_id("user", &ana), vocabulary.subject_id("agent", &ana)), (Some("ana"), None));
    let secret = vocabulary.resource("secret", "1").expect("it is one");
    assert_eq!((secret.resource.to_string().as_str(), secret.of.is_some()), ("case:s/1", true));
    assert_eq!(vocabulary.resource_id("record", &secret.resource), None);
    assert_eq!(vocabulary.resource_id("secret", &secret.resource), Some("1"));
    assert_eq!(
        vocabulary.resource("people", "whoever").map(|meant| meant.resource.to_string()).as_deref(),
        Some("case:people")
    );
    assert_eq!((vocabulary.listed("people"), vocabulary.listed("nothing")), (Some(Listed::Nothing), None));
    for nothing in [vocabulary.subject("nobody", "x"), vocabulary.subject("user", "")] {
        assert_eq!(nothing, None);
    }
    assert_eq!((vocabulary.resource("record", ""), vocabulary.resource("form", "")), (None, None));
}

#[test]
fn the_first_entry_whose_properties_are_all_there_counts_and_each_name_is_listed_once() {
    let vocabulary = read(of_records()).expect("it is one");
    let map = |value: Value| value.as_object().cloned().expect("it is an object");
    let archived = |age: Value| Said {
        resource: map(json!({"status": "archived"})),
        subject: map(json!({"age": age})),
        ..Said::default()
    };
    for (said, is) in [
        (archived(json!(7)), Action::ManageAccess),
        (archived(json!(7.0)), Action::ManageAccess),
        (archived(json!("7")), Action::Write),
        (archived(json!(8)), Action::Write),
        (Said::default(), Action::Write),
    ] {
        assert_eq!(vocabulary.word("record", "write", &said).map(|word| word.is), Some(is), "{said:?}");
        let names: Vec<_> = vocabulary.words("record", &said).iter().map(|word| word.name.as_str()).collect();
        assert_eq!(names, ["view", "write", "make"]);
    }
    assert_eq!(vocabulary.word("record", "share", &Said::default()), None);
}

#[test]
fn without_one_our_own_words_count() {
    let own = Vocabulary::own().validate().expect("it is one");
    assert!(!own.is_empty() && Vocabulary::default().is_empty());
    assert_eq!(own.subject("link", "x").map(|link| link.to_string()).as_deref(), Some("link:x"));
    let names: Vec<_> = own.words("case", &Said::default()).iter().map(|word| word.name.as_str()).collect();
    assert_eq!(names, Action::OF_CASE.iter().map(|action| action.name()).collect::<Vec<_>>());
}
