use std::collections::BTreeMap;

use proptest::prelude::*;
use ringfence_cdr::{EventTime, Fingerprint, RecordType};

use super::*;
use crate::CallFact;

fn call(called_number: PackedNumber, details: u32) -> CallFact {
    CallFact {
        at: EventTime(0),
        fingerprint: Fingerprint(0),
        called_number,
        record_type: Some(RecordType::MoCall),
        answered: true,
        served: true,
        call_duration: None,
        cause_for_term: None,
        diagnostics: None,
        details,
    }
}

#[test]
fn a_sweep_leaves_what_was_kept_or_interned_while_it_lasted() {
    let mut symbols = Symbols::default();
    let called = symbols.pack(&Number::new("pseudonym-1"));
    let (cell, imei) = (symbols.intern("cell-1"), symbols.intern("imei-1"));
    let details = symbols.intern_details([imei, 0, cell, 0, 0]);
    let gone = symbols.intern("nobody says this any more");
    let lone = symbols.intern_details([0, 0, gone, 0, 0]);
    symbols.begin_sweep();
    let late = symbols.intern("late");
    symbols.keep_call(&call(called, details));
    assert!(symbols.end_sweep());
    assert_eq!(symbols.number(called), Number::new("pseudonym-1"));
    assert_eq!(symbols.text(symbols.detail(details, DetailField::Cell)), Some("cell-1"));
    assert_eq!(symbols.text(symbols.detail(details, DetailField::ServedImei)), Some("imei-1"));
    assert_eq!(symbols.text(late), Some("late"));
    assert_eq!((symbols.text(gone), symbols.lookup("nobody says this any more")), (None, None));
    assert_eq!(symbols.detail(lone, DetailField::Cell), 0);
}

#[test]
fn a_freed_symbol_is_given_again() {
    let mut symbols = Symbols::default();
    let [first, _, third] = ["first", "second", "third"].map(|text| symbols.intern(text));
    symbols.begin_sweep();
    symbols.intern("second");
    symbols.end_sweep();
    assert_eq!((symbols.intern("fourth"), symbols.intern("fifth")), (first, third));
    assert_eq!(["fourth", "second", "fifth"].map(|text| symbols.lookup(text)), [Some(1), Some(2), Some(3)]);
}

#[test]
fn a_sweep_waits_until_there_is_half_as_much_again() {
    let mut symbols = Symbols::default();
    let mut sweeps = |texts: std::ops::Range<u32>| {
        for text in texts {
            symbols.intern(&format!("text {text}"));
        }
        symbols.begin_sweep();
        (1..100).for_each(|symbol| symbols.keep_number(PackedNumber::from_symbol(symbol)));
        symbols.end_sweep()
    };
    assert_eq!([sweeps(0..0), sweeps(0..4), sweeps(4..6), sweeps(6..7)], [false, true, false, true]);
}

#[derive(Clone, Debug)]
enum Step {
    Intern(u8),
    Begin,
    /// Keeps what is in use, and ends.
    Sweep,
    /// Is used no longer.
    Drop(u8),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..40u8).prop_map(Step::Intern),
        3 => (0..40u8).prop_map(Step::Drop),
        1 => Just(Step::Begin),
        1 => Just(Step::Sweep),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #[test]
    fn texts_in_use_keep_their_symbols_and_restarts_change_none(steps in prop::collection::vec(step(), 0..200)) {
        let (mut symbols, mut unstopped) = (Symbols::default(), Symbols::default());
        let mut used = BTreeMap::new();
        for step in steps {
            match step {
                Step::Intern(text) => {
                    let text = format!("text {text}");
                    let symbol = symbols.intern(&text);
                    prop_assert_eq!(symbol, unstopped.intern(&text));
                    prop_assert_eq!(used.insert(text, symbol).unwrap_or(symbol), symbol);
                }
                Step::Drop(text) => drop(used.remove(&format!("text {text}"))),
                Step::Begin => [&mut symbols, &mut unstopped].into_iter().for_each(Symbols::begin_sweep),
                Step::Sweep => {
                    for table in [&mut symbols, &mut unstopped] {
                        used.values().for_each(|symbol| table.keep_number(PackedNumber::from_symbol(*symbol)));
                        table.end_sweep();
                    }
                }
                Step::Restart => {
                    let bytes = serde_json::to_vec(&symbols).expect("encodes");
                    symbols = serde_json::from_slice(&bytes).expect("decodes");
                }
            }
            for (text, symbol) in &used {
                prop_assert_eq!((symbols.text(*symbol), symbols.lookup(text)), (Some(&**text), Some(*symbol)));
            }
        }
    }
}
