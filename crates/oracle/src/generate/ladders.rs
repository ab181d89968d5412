//! Ladders with short terms, so that strikes, sanctions and exits meet within one small world.

use proptest::prelude::*;
use ringfence_cdr::Millis;
use ringfence_rules::{Ladder, LadderSubject, Sanction, Service, Step, Strikes};

use super::clocks;

/// One or two ladders; at times none.
pub(super) fn ladders() -> impl Strategy<Value = Vec<Ladder>> {
    let some = prop_oneof![1 => prop::collection::vec(ladder(), 0), 5 => prop::collection::vec(ladder(), 1..3)];
    some.prop_map(|mut ladders| {
        for (index, ladder) in ladders.iter_mut().enumerate() {
            ladder.name = format!("ladder-{index}").into();
        }
        ladders
    })
}

fn ladder() -> impl Strategy<Value = Ladder> {
    let over = prop_oneof![1 => clocks::length(), 2 => Just(Millis(365 * Millis::DAY.0))];
    let again = prop_oneof![1 => Just(None), 3 => clocks::length().prop_map(Some)];
    let exit = prop_oneof![1 => Just(None), 2 => clocks::length().prop_map(Some)];
    (over, again, any::<bool>(), prop::collection::vec((1_u32..3, sanction()), 1..4), exit).prop_map(
        |(over, again, fresh, steps, exit_clean)| {
            let mut at = 0;
            let steps = steps
                .into_iter()
                .map(|(rise, sanction)| {
                    at += rise;
                    Step { at, sanction }
                })
                .collect();
            let strikes = Strikes { over, again };
            Ladder { name: "".into(), subject: LadderSubject::Card, strikes, fresh, steps, exit_clean }
        },
    )
}

fn sanction() -> impl Strategy<Value = Sanction> {
    prop_oneof![
        Just(Sanction::Warn),
        clocks::length().prop_map(|duration| Sanction::Suspend { services: vec![Service::Outgoing], duration }),
    ]
}
