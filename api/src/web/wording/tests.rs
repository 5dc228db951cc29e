#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use service::FieldError;
use service::words::Language;

use super::{TOLD, Words, wanted};

/// The messages of a language: id and what its arguments are called.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("locales")
        .join(language.word());
    let mut messages = BTreeMap::new();
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let mut id = String::new();
        for line in text.lines() {
            if let Some((name, _)) = line.split_once(" =")
                && line.starts_with(|c: char| c.is_ascii_lowercase())
            {
                id = name.to_owned();
                let known = messages.insert(id.clone(), BTreeSet::new());
                assert!(known.is_none(), "{id} is there twice");
            }
            if line.starts_with('#') || id.is_empty() {
                continue;
            }
            let named = line.split("{ $").chain(line.split("{$")).skip(1);
            let named = named.filter(|part| part.starts_with(|c: char| c.is_ascii_lowercase()));
            for part in named {
                let end = part
                    .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                    .unwrap_or(part.len());
                if line.contains(&format!("${}", &part[..end])) {
                    messages
                        .get_mut(&id)
                        .unwrap()
                        .insert(part[..end].to_owned());
                }
            }
        }
    }
    messages
}

#[test]
fn every_language_says_everything() {
    let english = messages(Language::English);
    assert!(english.len() > 200);
    for language in [Language::Spanish, Language::Chinese] {
        let other = messages(language);
        let missing: Vec<_> = english
            .keys()
            .filter(|id| !other.contains_key(*id))
            .collect();
        let beyond: Vec<_> = other
            .keys()
            .filter(|id| !english.contains_key(*id))
            .collect();
        assert!(
            missing.is_empty() && beyond.is_empty(),
            "{language}: {missing:?} {beyond:?}"
        );
        for (id, arguments) in &english {
            assert_eq!(arguments, &other[id], "{language}: {id}");
        }
    }
}

/// All files of a folder and those below it.
fn files(folder: &Path, all: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, all);
        } else {
            all.push(fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_message_that_a_page_names_is_there() {
    let known = messages(Language::English);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    files(&root.join("templates"), &mut texts);
    files(&root.join("src/web"), &mut texts);
    let mut named = BTreeSet::new();
    for text in &texts {
        for call in [
            "page.t(\"",
            "page.with(\"",
            "page.n(\"",
            "words.text(\"",
            "words.with(\"",
            "words.count(\"",
            "labels.text(\"",
            "labels.each(\"",
            "labels.numbered(\"",
        ] {
            let found = text
                .split(call)
                .skip(1)
                .filter_map(|rest| rest.split('"').next());
            named.extend(found.map(str::to_owned));
        }
        let fields = text
            .split("labels.field(\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        named.extend(fields.map(|name| format!("field-{}", name.replace('_', "-"))));
        let done = text
            .split("Some(\"")
            .skip(1)
            .filter_map(|rest| rest.split_once("\")"));
        let done = done
            .filter(|(_, rest)| rest.starts_with(')'))
            .map(|(word, _)| word);
        named.extend(
            done.filter(|_| text.contains("go("))
                .map(|word| format!("done-{word}")),
        );
    }
    let missing: Vec<_> = named.iter().filter(|id| !known.contains_key(*id)).collect();
    assert!(named.len() > 30 && missing.is_empty(), "{missing:?}");
}

#[test]
fn the_language_that_is_wanted_most_is_taken() {
    for (header, language) in [
        ("es-MX,es;q=0.9,en;q=0.8", Language::Spanish),
        ("fr, zh-CN;q=0.5, en;q=0.4", Language::Chinese),
        ("de", Language::English),
        ("en;q=0.1, zh;q=0.2", Language::Chinese),
        ("", Language::English),
        ("*;q=x, \u{1}", Language::English),
        ("es; q=0.2, zh ; q=0.8", Language::Chinese),
        ("es;q=0, zh;q=0.001", Language::Chinese),
        ("es-MX;q=0.000", Language::English),
        ("es;level=1;Q=0.3, zh;q=0.2", Language::Spanish),
        ("es;q=nan, zh", Language::Chinese),
    ] {
        assert_eq!(
            Words::accepted(Some(header)).language(),
            language,
            "{header}"
        );
    }
    assert_eq!(wanted("es;q=7").map(|wanted| wanted.0), Some(1000));
}

#[test]
fn what_only_the_service_can_say_is_told_roughly_before_it() {
    let range = FieldError::new("minutes", "range", "must be at most 1440");
    let other = FieldError::new("cursor", "no_such_code", "is not a cursor");
    let needed = FieldError::new("reason", "required", "say why");
    let told = FieldError::new("part_id", TOLD, "cualquiera");
    let of = |language, error: &FieldError| {
        let words = Words::of(language);
        (words.wrong(error), words.more(error))
    };
    assert_eq!(
        of(Language::English, &range),
        ("must be at most 1440".to_owned(), None)
    );
    let more = |text: &str| Some(text.to_owned());
    assert_eq!(
        of(Language::Spanish, &range),
        (
            "está fuera de lo permitido".to_owned(),
            more("must be at most 1440")
        )
    );
    assert_eq!(
        of(Language::Chinese, &other),
        ("无法按此接受".to_owned(), more("is not a cursor"))
    );
    assert_eq!(
        of(Language::Spanish, &needed),
        ("es necesario".to_owned(), None)
    );
    assert_eq!(
        of(Language::Spanish, &told),
        ("cualquiera".to_owned(), None)
    );
}

#[test]
fn a_message_takes_its_arguments() {
    let spanish = Words::of(Language::Spanish);
    assert_eq!(spanish.word("status", "reported"), "Reportado");
    assert_eq!(spanish.text("no-such-message"), "no-such-message");
}
