use proptest::prelude::*;
use ringfence_cdr::{EventTime, Fingerprint, PackedNumber};

use super::*;
use crate::LegMark;

fn leg(at: i64, duration: Option<u32>, answered: bool) -> StoredLeg {
    StoredLeg {
        fact: CallFact {
            at: EventTime(at),
            fingerprint: Fingerprint(at as u32),
            called_number: PackedNumber::new("+15550100001").expect("fits"),
            record_type: None,
            answered,
            served: false,
            call_duration: duration,
            cause_for_term: None,
            diagnostics: None,
            details: 0,
        },
        mark: LegMark { key: 1, lasted: 7 },
    }
}

/// The height of a run, which is balanced and knows what its legs come to.
fn checked(run: &Run) -> u8 {
    let Some(node) = &run.0 else { return 0 };
    let (before, after) = (checked(&node.before), checked(&node.after));
    assert!(before.abs_diff(after) <= 1, "it leans: {before} and {after}");
    assert_eq!(node.height, 1 + before.max(after));
    node.height
}

fn legs(run: &Run) -> Vec<StoredLeg> {
    checked(run);
    let mut legs = Vec::new();
    run.clone().append_to(&mut legs);
    assert_eq!((run.first(), run.last()), (legs.first(), legs.last()));
    assert_eq!(run.fact(), crate::attempts::fact_of(&legs));
    assert_eq!(run.sum().map(|sum| sum.until), legs.iter().map(StoredLeg::until).max());
    legs
}

proptest! {
    #[test]
    fn runs_that_are_joined_and_cut_hold_what_lists_hold(
        content in prop::collection::vec((prop::option::of(0..50u32), any::<bool>()), 1..200),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..60),
    ) {
        let all: Vec<StoredLeg> =
            content.iter().zip(0..).map(|((duration, answered), at)| leg(at, *duration, *answered)).collect();
        let mut run = all.iter().fold(Run::default(), |run, leg| run.and(Run::of(*leg)));
        prop_assert_eq!(legs(&run), all.clone());
        let mut left = all;
        for (at, goes) in cuts {
            let at = at.index(left.len() + 1);
            let edge = left.get(at).copied();
            let (before, after) = run.split(&|leg| edge.is_none_or(|edge| *leg < edge));
            prop_assert_eq!(legs(&before), left[..at].to_vec());
            prop_assert_eq!(legs(&after), left[at..].to_vec());
            if goes && at < left.len() {
                left.remove(at);
                run = before.and(after.rest());
            } else {
                run = before.and(after);
            }
            prop_assert_eq!(legs(&run), left.clone());
        }
    }
}

#[test]
fn a_long_run_is_low() {
    let run = (0..20_000).fold(Run::default(), |run, at| run.and(Run::of(leg(at, None, false))));
    assert!(checked(&run) <= 20, "{} high", run.height());
}
