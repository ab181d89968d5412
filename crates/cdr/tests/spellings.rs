//! Many spellings of each number, of 54 countries.
//!
//! Each line of `spellings.tsv` has a country, a number as a source there may write it, and what it is. Numbers are of
//! ranges kept for fiction where the country has such, and plainly made up elsewhere. What is expected is worked out by
//! hand and held against libphonenumber; where that gives something else, a fourth column says what (`-`: nothing), and
//! so documents where the contract differs: SIP addresses, a spreadsheet's fraction, the own country's code without a
//! plus, `00` in countries that dial another prefix, and prefixes that Mexico gave up.

use std::collections::BTreeSet;

use ringfence_cdr::Numbering;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

const SPELLINGS: &str = include_str!("spellings.tsv");

struct Spelling {
    country: &'static str,
    written: &'static str,
    number: &'static str,
    /// What libphonenumber makes of it, where that is something else.
    elsewhere: Option<&'static str>,
}

fn spellings() -> Vec<Spelling> {
    let lines = SPELLINGS.lines().filter(|line| !line.starts_with('#'));
    let spelling = |line: &'static str| match line.split('\t').collect::<Vec<_>>()[..] {
        [country, written, number] => Spelling { country, written, number, elsewhere: None },
        [country, written, number, elsewhere] => Spelling { country, written, number, elsewhere: Some(elsewhere) },
        _ => panic!("not three or four columns: {line}"),
    };
    lines.map(spelling).collect()
}

fn libphonenumber(spelling: &Spelling) -> String {
    let region = Region::from_code(spelling.country).expect("known");
    let parsed = PHONE_NUMBER_UTIL.parse(spelling.written, Some(region));
    parsed.map_or("-".to_owned(), |number| PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned())
}

#[test]
fn every_spelling_of_a_number_is_that_number() {
    let wrong = spellings().into_iter().filter_map(|spelling| {
        let numbering = Numbering::country(spelling.country).expect("known");
        let number = numbering.normalise(spelling.written).map(|number| number.to_string());
        let is_right = number.as_deref() == Ok(spelling.number);
        (!is_right).then(|| format!("{} {}: {number:?}", spelling.country, spelling.written))
    });
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_number_that_was_brought_to_its_form_stays_so_at_every_source() {
    let spellings = spellings();
    let numbers: BTreeSet<_> = spellings.iter().map(|spelling| spelling.number).collect();
    let countries: BTreeSet<_> = spellings.iter().map(|spelling| spelling.country).collect();
    let numberings = countries.iter().map(|code| Numbering::country(code).expect("known"));
    for numbering in numberings.chain([Numbering::International, Numbering::Opaque]) {
        for number in &numbers {
            let again = numbering.normalise(number).map(|number| number.to_string());
            assert_eq!(again.as_deref(), Ok(*number), "{numbering:?}");
        }
    }
}

#[test]
fn libphonenumber_agrees_where_nothing_else_is_said() {
    for spelling in spellings() {
        let expected = spelling.elsewhere.unwrap_or(spelling.number);
        assert_eq!(libphonenumber(&spelling), expected, "{} {}", spelling.country, spelling.written);
        assert_ne!(spelling.elsewhere, Some(spelling.number), "{} {}", spelling.country, spelling.written);
    }
}

#[test]
fn the_table_is_as_wide_as_it_says() {
    let spellings = spellings();
    let countries: BTreeSet<_> = spellings.iter().map(|spelling| spelling.country).collect();
    assert!(spellings.len() >= 500 && countries.len() == 54, "{} of {}", spellings.len(), countries.len());
}
