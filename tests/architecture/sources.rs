//! Reading the code of a folder, without its comments and tests, and finding words in it.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path below the project, and its code without comments and tests.
pub struct Source {
    pub path: String,
    pub code: String,
}

pub fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    collect(&root.join(folder), &mut found);
    assert!(!found.is_empty(), "`{folder}` holds no code");
    let source = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a source file can be read");
        let shown = path.strip_prefix(root).expect("it lies below the root").display().to_string();
        Source { path: shown, code: without_comments_and_tests(&text) }
    };
    found.into_iter().map(source).collect()
}

pub fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() {
            // What a workspace of its own has built is no source.
            if !path.ends_with("target") {
                collect(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
}

fn without_comments_and_tests(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Every place where one of the words stands as a word of its own.
pub fn naming(sources: &[Source], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for Source { path, code } in sources {
        for (number, line) in code.lines().enumerate() {
            for word in words {
                if has_word(line, word) {
                    found.push(format!("{path}:{}: {word}", number + 1));
                }
            }
        }
    }
    found
}

pub fn has_word(line: &str, word: &str) -> bool {
    let is_part = |character: Option<char>| character.is_some_and(|one| one.is_alphanumeric() || one == '_');
    // Behind the start of a path any name may stand.
    let ends = |after: &str| word.ends_with("::") || !is_part(after.chars().next());
    line.match_indices(word).any(|(at, _)| !is_part(line[..at].chars().next_back()) && ends(&line[at + word.len()..]))
}
