//! The number plan with libphonenumber's whole file of prefixes and zones, where the test data are at hand.

use ringfence_cdr::{Number, NumberPlan};

#[test]
fn the_whole_prefix_file_is_read_and_its_longest_prefix_wins() {
    let Some(path) = ringfence_test_data::file("data/prefix-timezones.txt") else { return };
    let text = std::fs::read_to_string(path).expect("readable");
    let plan = NumberPlan::with_prefixes(&text).unwrap_or_else(|faults| panic!("{faults:?}"));
    let zones = |number: &str| {
        plan.zones(&Number::new(number))
            .iter()
            .map(|zone| zone.iana_name().expect("named").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(zones("+12015550123"), ["America/New_York"]);
    assert_eq!(zones("+12082015550"), ["America/Denver"]);
    assert_eq!(zones("+12095550123"), ["America/Los_Angeles"]);
    assert_eq!(zones("+8613800000000"), ["Asia/Shanghai"]);
    assert!(zones("+15555550123").len() > 30);
}
