//! The documents hold to the code: what they name exists, what they show works, and laws are tested where they say so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ringfence_cdr::Field;
use ringfence_cdr::RecordKind;

/// The top of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The pages that name files, as paths from the top.
fn pages() -> Vec<String> {
    let docs =
        fs::read_dir(root().join("docs")).expect("is there").map(|entry| entry.expect("can be listed").file_name());
    let docs = docs.filter_map(|name| name.into_string().ok()).filter(|name| name.ends_with(".md"));
    let top = ["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md"].map(str::to_owned);
    docs.map(|name| format!("docs/{name}")).chain(top).collect()
}

/// Every file of these crates, tests and tools that ends so, as paths from the top.
fn files(ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = ["crates", "tests", "benches", "fuzz"].map(PathBuf::from).into();
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(root().join(&directory)).expect("can be listed") {
            let entry = entry.expect("can be listed");
            let path = directory.join(entry.file_name());
            match entry.file_type().expect("has a type").is_dir() {
                true if !path.ends_with("target") => open.push(path),
                true => {}
                false => found.extend(path.to_str().filter(|path| path.ends_with(ending)).map(str::to_owned)),
            }
        }
    }
    assert!(!found.is_empty(), "there are files that end in {ending}");
    found.sort();
    found
}

/// What stands outside blocks of code, line by line.
fn prose(page: &str) -> String {
    let mut is_code = false;
    let prose = page.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    prose.collect::<Vec<_>>().join("\n")
}

/// The blocks of code in a language, in order.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let parts = page.split("\n```").skip(1).step_by(2);
    parts
        .filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'))
        .map(|block| format!("{block}\n"))
        .collect()
}

/// What stands between backticks.
fn quoted(prose: &str) -> impl Iterator<Item = &str> {
    prose.split('`').skip(1).step_by(2)
}

/// The targets of links.
fn links(prose: &str) -> impl Iterator<Item = &str> {
    prose.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// The anchors that a page has: those of its headings, as GitHub makes them, and its own.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#')).map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        title.chars().filter(|c| c.is_alphanumeric() || " -".contains(*c)).collect::<String>().replace(' ', "-")
    });
    let own = page.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned);
    headings.chain(own).collect()
}

#[test]
fn every_link_leads_somewhere() {
    for page in pages() {
        let text = read(&page);
        for link in links(&prose(&text)).filter(|link| !link.contains("://")) {
            let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
            let target = Path::new(&page).parent().expect("lies somewhere").join(path);
            let target = if path.is_empty() { PathBuf::from(&page) } else { target };
            assert!(root().join(&target).exists(), "{page} links to {link}, which is not there");
            if let Some(anchor) = anchor {
                let anchors = anchors(&read(target.to_str().expect("a text")));
                assert!(
                    anchors.contains(anchor),
                    "{page} links to {link}, where there is no such heading: {anchors:?}"
                );
            }
        }
    }
}

#[test]
fn every_file_that_is_named_exists() {
    let sources = files(".rs");
    let top = ["crates/", "tests/", "docs/", "packs/", "deploy/", "benches/", "fuzz/"];
    let mut named = 0;
    for page in pages() {
        let prose = prose(&read(&page));
        let words = quoted(&prose).filter(|word| !word.contains(|c: char| c.is_whitespace() || c == '*'));
        for word in words {
            let exists = if top.iter().any(|folder| word.starts_with(folder)) || word.ends_with(".md") {
                root().join(word).exists()
            } else if word.ends_with(".rs") {
                sources.iter().any(|source| source.ends_with(&format!("/{word}")))
            } else {
                continue;
            };
            named += 1;
            assert!(exists, "{page} names {word}, which is not there");
        }
    }
    assert!(named > 100, "only {named} files are named");
}

/// The ids of the laws that a test of this name holds: `e1_r1_...` is one of E-1 and of R-1.
fn laws_of_name(name: &str) -> Vec<String> {
    let ids = name.split('_').map_while(|part| match part.as_bytes() {
        [letter @ b'a'..=b'z', b'1'] => Some(format!("{}-1", char::from(letter.to_ascii_uppercase()))),
        _ => None,
    });
    ids.collect()
}

/// The names of the tests in a file.
fn tests_of(code: &str) -> impl Iterator<Item = &str> {
    code.split("#[test]").skip(1).filter_map(|rest| rest.split_once("fn ")?.1.split('(').next())
}

/// The ids that a text names as laws: `law W-1`, `laws R-1 and E-1`.
fn laws_named(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in text.to_lowercase().split("law").skip(1) {
        let words = rest.strip_prefix('s').unwrap_or(rest).split([' ', ',', '\n', '(', ')', '.', ':', ';']);
        let words = words.filter(|word| !word.is_empty() && *word != "and" && *word != "///" && *word != "//!");
        let ids = words.map_while(|word| match word.as_bytes() {
            [letter @ b'a'..=b'z', b'-', b'1'] => Some(format!("{}-1", char::from(letter.to_ascii_uppercase()))),
            _ => None,
        });
        found.extend(ids);
    }
    found
}

/// The sections of the page of laws, by the id in their headings.
fn laws() -> BTreeMap<String, String> {
    let page = read("docs/laws.md");
    let sections = page.split("\n## ").skip(1);
    sections.map(|section| (section.split(' ').next().unwrap_or_default().to_owned(), section.to_owned())).collect()
}

#[test]
fn every_law_that_code_names_is_on_the_page_of_laws() {
    let laws = laws();
    for file in files(".rs") {
        for id in laws_named(&read(&file)) {
            assert!(laws.contains_key(&id), "{file} names law {id}, which docs/laws.md does not have");
        }
    }
}

#[test]
fn laws_are_tested_in_the_files_that_their_page_names_and_nowhere_else() {
    let mut tested: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files(".rs") {
        for name in tests_of(&read(&file)) {
            for id in laws_of_name(name) {
                tested.entry(id).or_default().insert(file.clone());
            }
        }
    }
    let laws = laws();
    for id in tested.keys() {
        assert!(laws.contains_key(id), "docs/laws.md lacks law {id}");
    }
    for (id, section) in laws {
        // Items of a list, with the lines that go on below them.
        let items = section.split("\n- ").skip(1).filter_map(|item| item.split("\n\n").next());
        let named: BTreeSet<String> =
            items.flat_map(quoted).filter(|word| word.ends_with(".rs")).map(str::to_owned).collect();
        let tested = tested.remove(&id).unwrap_or_default();
        assert_eq!(named, tested, "docs/laws.md, law {id}: its list must name the files with tests of this law");
        let says_so = ["No test", "There is no test"].iter().any(|words| section.contains(words));
        assert_eq!(says_so, tested.is_empty(), "docs/laws.md, law {id}: says whether it is tested");
    }
}

/// Runs the program in a directory; what it wrote, if it ended well.
fn ringfence(directory: &Path, arguments: &[&str]) -> String {
    let program = Command::new(env!("CARGO_BIN_EXE_program")).args(arguments).current_dir(directory).output();
    let ran = program.expect("the program runs");
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "ringfence {}: {said}", arguments.join(" "));
    said
}

#[test]
fn the_rules_that_are_shown_pass_their_checks_and_tests() {
    let [rule, pack, card_rule] =
        blocks(&read("docs/rules.md"), "yaml").try_into().expect("a rule, a pack, a rule of it");
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    fs::create_dir_all(at.join("carrier/rules")).expect("can be made");
    fs::create_dir_all(at.join("carrier/lists")).expect("can be made");
    for (file, text) in [
        ("busy-hour.yaml", &*rule),
        ("carrier/pack.yaml", &*pack),
        ("carrier/rules/card-busy-hour.yaml", &*card_rule),
        ("carrier/lists/telemarketing-cards.csv", "key,validFrom,validUntil,proof\n"),
        ("carrier/lists/emergency.csv", "key\n110\n"),
    ] {
        fs::write(at.join(file), text).expect("can be written");
    }
    for pack in ["busy-hour.yaml", "carrier"] {
        assert!(ringfence(at, &["check", pack]).contains("0 errors, 0 warnings"), "{pack} is without a warning");
        assert!(ringfence(at, &["test", pack]).contains("2 passed, 0 failed"), "{pack} passes");
    }
}

#[test]
fn the_record_and_the_dialect_that_are_shown_are_read() {
    let page = read("docs/records.md");
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    let rule = blocks(&read("docs/rules.md"), "yaml").swap_remove(0);
    let rows = "direction,trunk,caller,callee,ts,dur,disposition,uniqueid\n\
        Outgoing,c,17100000001,17200000001,2026-06-01 10:00:00,0,NO ANSWER,7\n\
        Outgoing,c,17100000001,17200000001,2026-06-01 10:00:20,12,ANSWERED,7\n\
        Outgoing,a,17100000001,17200000001,2026-06-01 10:01:00,12,ANSWERED,8\n";
    fs::write(at.join("busy-hour.yaml"), rule).expect("can be written");
    fs::write(at.join("calls.jsonl"), blocks(&page, "json").concat()).expect("can be written");
    fs::write(at.join("city-switch.yaml"), blocks(&page, "yaml").concat()).expect("can be written");
    fs::write(at.join("calls.csv"), rows).expect("can be written");
    let canonical = ringfence(at, &["backtest", "--rules", "busy-hour.yaml", "--cdr", "calls.jsonl"]);
    assert!(canonical.contains("read 1: facts 1, duplicates 0, merged 0, filtered 0, rejected 0"), "{canonical}");
    let arguments = ["backtest", "--rules", "busy-hour.yaml", "--cdr", "calls.csv", "--dialect", "city-switch.yaml"];
    let read = ringfence(at, &arguments);
    assert!(read.contains("read 3: facts 1, duplicates 0, merged 1, filtered 1, rejected 0"), "{read}");
}

/// Does in a directory what a page shows at a prompt: `cat` writes the file that it shows, and what a command of the
/// program writes to standard output must be what stands below it.
fn walk_through(section: &str, at: &Path) -> usize {
    let mut commands = 0;
    for block in blocks(section, "") {
        for step in block.split("$ ").filter(|step| !step.is_empty()) {
            let (command, shown) = step.split_once('\n').expect("a command is a line");
            match command.split(' ').collect::<Vec<_>>()[..] {
                ["cat", file] => fs::write(at.join(file), shown).expect("can be written"),
                ["ringfence", ref arguments @ ..] => {
                    let program = Command::new(env!("CARGO_BIN_EXE_program")).args(arguments).current_dir(at).output();
                    let ran = program.expect("the program runs");
                    assert_eq!(String::from_utf8_lossy(&ran.stdout), shown, "{command}");
                    commands += 1;
                }
                _ => panic!("no command of a walk-through: {command}"),
            }
        }
    }
    commands
}

#[test]
fn the_way_from_a_file_to_a_dialect_is_as_shown() {
    let page = read("docs/records.md");
    let section = page.split("\n## ").find(|section| section.starts_with("From an unknown file")).expect("is there");
    let directory = tempfile::tempdir().expect("a directory");
    assert_eq!(walk_through(section, directory.path()), 2);
}

#[test]
fn every_field_is_documented() {
    let (records, rules) = (read("docs/records.md"), read("docs/rules.md"));
    for name in [RecordKind::Cdr, RecordKind::Complaint].into_iter().flat_map(RecordKind::field_names) {
        assert!(quoted(&prose(&records)).any(|word| word == name), "docs/records.md lacks the field {name}");
    }
    for field in Field::ALL {
        let name = field.name();
        assert!(quoted(&prose(&rules)).any(|word| word == name), "docs/rules.md lacks the field {name}");
    }
}

#[test]
fn fields_are_listed_in_their_table_and_nowhere_else() {
    let kinds = [RecordKind::Cdr, RecordKind::Complaint].map(|kind| kind.field_names().collect::<Vec<_>>());
    let rules: Vec<&str> = Field::ALL.into_iter().map(Field::name).collect();
    let sources = files(".rs").into_iter().filter(|file| file.starts_with("crates/") && file.contains("/src/"));
    for file in sources.filter(|file| !file.contains("tests")) {
        let text = read(&file);
        // One or another is named where its meaning is decided; a list has most of them.
        let is_listed = kinds.iter().chain([&rules]).any(|names| {
            let spelled = names.iter().filter(|name| text.contains(&format!("\"{name}\""))).count();
            3 * spelled > 2 * names.len()
        });
        assert_eq!(is_listed, file == "crates/cdr/src/table.rs", "{file} lists fields: take them from their table");
    }
}
