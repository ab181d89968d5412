use ringfence_cdr::Numbering;
use ringfence_rules::{PackFiles, Tables, parse_pack};

use super::*;
use crate::rulebook::BookError;

/// A pack of rules given by name and limit, without a ladder.
fn pack(rules: &[(&str, u32)]) -> Arc<Pack> {
    let header = PackFiles::new().with("pack.yaml", "name: book\nversion: \"1\"\ntimezone: UTC\n");
    let sources = rules.iter().fold(header, |sources, (name, limit)| {
        let rule = format!(
            "rule: {name}\ntitle: A rule\nbasis: none\nkey: callingNumber\nlet: {{calls: count() over 1h}}\nwhen: [calls > {limit}]\n"
        );
        sources.with(&format!("rules/{name}.yaml"), &rule)
    });
    let compiled = parse_pack(&sources, &Numbering::Opaque);
    Arc::new(compiled.unwrap_or_else(|problems| panic!("{}", problems[0].render(&sources))).pack)
}

fn switch(book: &mut Rulebook, pack: &Arc<Pack>, at: i64) -> bool {
    book.switch(pack.clone(), EventTime(at), |_| EventTime::MIN)
}

/// Of each line the ids of its editions with their stretches.
fn stretches(book: &Rulebook) -> Vec<Vec<(u32, i64, i64)>> {
    let of_edition = |edition: &Edition| (edition.id.0, edition.from.0, edition.until.0);
    book.lines().iter().map(|line| line.editions().iter().map(of_edition).collect()).collect()
}

const EVER: i64 = i64::MAX;
const ALWAYS: i64 = i64::MIN;

#[test]
fn a_changed_rule_follows_the_one_before_it_and_an_unchanged_one_goes_on() {
    let mut book = Rulebook::new(pack(&[("busy", 3), ("quiet", 5)]), &Tables::none());
    assert!(switch(&mut book, &pack(&[("busy", 4), ("quiet", 5)]), 100));
    assert_eq!(stretches(&book), [vec![(0, ALWAYS, 100), (2, 100, EVER)], vec![(1, ALWAYS, EVER)]]);
    let busy = &book.lines()[0];
    let at = |at| busy.at(EventTime(at)).map(|edition| edition.id.0);
    assert_eq!((at(99), at(100)), (Some(0), Some(2)));
    assert_eq!(book.line_of(RuleId(2)).id, RuleId(0), "a line is known by its first rule");
}

#[test]
fn a_rule_that_returns_gets_another_id_and_a_line_of_its_own() {
    let both = pack(&[("busy", 3), ("quiet", 5)]);
    let mut book = Rulebook::new(both.clone(), &Tables::none());
    assert!(switch(&mut book, &pack(&[("quiet", 5)]), 100));
    assert_eq!(book.lines()[0].ended(), Some(EventTime(100)));
    assert!(switch(&mut book, &both, 200));
    assert_eq!(stretches(&book), [vec![(0, ALWAYS, 100)], vec![(1, ALWAYS, EVER)], vec![(2, 200, EVER)]]);
}

#[test]
fn a_rule_under_another_name_goes_on() {
    let mut book = Rulebook::new(pack(&[("busy", 3)]), &Tables::none());
    assert!(switch(&mut book, &pack(&[("very-busy", 3)]), 100));
    assert_eq!(stretches(&book), [vec![(0, ALWAYS, 100), (1, 100, EVER)]]);
}

#[test]
fn nothing_changes_where_the_same_rules_are_put_in_force_again() {
    let mut book = Rulebook::new(pack(&[("busy", 3)]), &Tables::none());
    assert!(!switch(&mut book, &pack(&[("busy", 3)]), 100));
    assert_eq!(stretches(&book), [vec![(0, ALWAYS, EVER)]]);
    assert_eq!(book.packs().len(), 1);
}

#[test]
fn a_rule_is_forgotten_once_its_stretch_has_settled_and_nothing_names_it() {
    let mut book = Rulebook::new(pack(&[("busy", 3)]), &Tables::none());
    switch(&mut book, &pack(&[("busy", 4)]), 100);
    book.forget(EventTime(98), |_| false);
    assert_eq!(book.packs().len(), 2, "what comes late may lie in its stretch");
    book.forget(EventTime(99), |rule| rule == RuleId(0));
    assert_eq!(book.packs().len(), 2, "a violation was told under it");
    book.forget(EventTime(99), |_| false);
    assert_eq!(stretches(&book), [vec![(1, 100, EVER)]]);
    assert_eq!((book.packs().len(), book.lines()[0].id), (1, RuleId(0)));
}

#[test]
fn a_book_reads_back_as_it_was_written_and_wants_every_pack() {
    let (before, after) = (pack(&[("busy", 3)]), pack(&[("busy", 4), ("quiet", 5)]));
    let mut book = Rulebook::new(before.clone(), &Tables::none());
    switch(&mut book, &after, 100);
    let read = Rulebook::read(book.written(), &[after.clone(), before.clone()], &Tables::none()).expect("reads");
    assert_eq!(stretches(&read), stretches(&book));
    assert_eq!(read.pack().identity, after.identity);
    let missing = Rulebook::read(book.written(), &[after], &Tables::none()).expect_err("a pack is missing");
    assert_eq!(missing, BookError::PackMissing(before.identity.hash));
}

#[test]
fn a_book_with_a_rule_twice_is_refused() {
    let pack = pack(&[("first", 3), ("other", 5)]);
    let book = Rulebook::new(pack.clone(), &Tables::none());
    let mut bytes = postcard::to_stdvec(&book.written()).expect("encodes");
    let at = bytes.windows(5).position(|name| name == b"other").expect("is named");
    bytes[at..at + 5].copy_from_slice(b"first");
    let written = postcard::from_bytes(&bytes).expect("decodes");
    let refused = Rulebook::read(written, &[pack], &Tables::none()).expect_err("a rule has two lines");
    assert_eq!(refused, BookError::Unsound("its rules in force are not those of its pack"));
}
