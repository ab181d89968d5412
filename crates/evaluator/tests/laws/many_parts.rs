//! Laws O-1 and D-1 for a number with so many parts, or legs, that the calls and attempts that they make are kept.

use proptest::prelude::*;
use ringfence_cdr::{Answer, Cdr, Fingerprint, Leg, Millis, Number, Part};
use ringfence_oracle::generate::{Order, World};
use ringfence_oracle::{Delivered, Record};

use crate::archive::agrees;
use crate::found::{START, WARN, call, pack};
use crate::steps::archive;
use crate::worlds;

/// A record of one number: times, ids and calls collide, so that records contradict each other, whole ones and parts, and
/// parts and legs join calls that stood by themselves, and answered legs part them.
fn record(parts: f64, legs: f64) -> impl Strategy<Value = Delivered> {
    let of = prop::option::weighted(parts, (0..4_u32, 1..30_u32));
    let leg = prop::option::weighted(legs, (0..3_u32, 0..40_i64));
    let said = (prop::option::of(0..4_i64), prop::bool::weighted(0.3), 0..3_u16);
    (0..300_i64, 0..40_u32, 0..2_u8, of, leg, said).prop_map(
        |(hours, id, called, of, leg, (duration, answered, cause))| {
            let after = Millis(hours * Millis::HOUR.0);
            let ended = |lasted: i64| START.plus(after).plus(Millis(lasted * Millis::HOUR.0));
            let leg = leg.map(|(key, lasted)| Leg { key: Fingerprint(key), ended: ended(lasted) });
            let part = of.map(|(reference, sequence_number)| Part {
                reference: format!("switch-1 {reference}").into(),
                sequence_number,
            });
            let call = Cdr {
                fingerprint: Fingerprint(id),
                called_number: Number::new(&format!("+1202555012{called}")),
                call_duration: duration.map(|seconds| Millis(seconds * 1000)),
                answer: if answered { Answer::Answered } else { Answer::Unanswered },
                cause_for_term: Some(cause),
                part,
                leg,
                ..call(id, after)
            };
            Delivered { arrival: call.at, record: Record::Call(call) }
        },
    )
}

fn world(records: Vec<Delivered>) -> World {
    let rules = [
        ("calls", "count() over 1d", "value >= 3"),
        ("long", "sum(callDuration) over 7d", "value > 6s"),
        ("answered", "count() where answered over 7d", "value >= 4"),
        ("causes", "distinct(causeForTerm) over 7d", "value >= 2"),
    ];
    let until = START.plus(Millis(500 * Millis::DAY.0));
    World { pack: pack(WARN, &rules), records, until }
}

proptest! {
    #![proptest_config(worlds(40))]

    #[test]
    fn o1_many_parts_read_in_any_order_make_the_facts_that_the_oracle_says(
        records in prop::collection::vec(record(0.8, 0.2), 100..400),
        order in Order::any(),
        batch in 1..40_usize,
    ) {
        let world = world(records);
        agrees(&world, &archive(&order.of(&world.records), batch, world.until))?;
    }

    #[test]
    fn o1_many_legs_read_in_any_order_make_the_facts_that_the_oracle_says(
        records in prop::collection::vec(record(0.1, 0.95), 100..400),
        order in Order::any(),
        batch in 1..40_usize,
    ) {
        let world = world(records);
        agrees(&world, &archive(&order.of(&world.records), batch, world.until))?;
    }
}
