use super::*;

fn country(plan: &NumberPlan, number: &str) -> Option<String> {
    plan.country(&Number::new(number)).map(str::to_owned)
}

fn zones(plan: &NumberPlan, number: &str) -> Vec<String> {
    plan.zones(&Number::new(number)).iter().map(|zone| zone.iana_name().expect("named").to_owned()).collect()
}

#[test]
fn a_country_follows_from_the_calling_code() {
    let plan = NumberPlan::built_in();
    for (number, expected) in [
        ("+8613800000000", "CN"),
        ("+12025550123", "US"),
        ("+14165550123", "CA"),
        ("+18765550123", "JM"),
        ("+17875550123", "PR"),
        ("+18095550123", "DO"),
        ("+19995550123", "US"),
        ("+74955550123", "RU"),
        ("+77015550123", "KZ"),
        ("+447700900123", "GB"),
        ("+447781000123", "GG"),
        ("+441534000123", "JE"),
        ("+390612345678", "IT"),
        ("+390669812345", "VA"),
        ("+911234567890", "IN"),
        ("+971500000000", "AE"),
        ("+85261234567", "HK"),
        ("+86", "CN"),
    ] {
        assert_eq!(country(&plan, number).as_deref(), Some(expected), "{number}");
    }
}

#[test]
fn what_is_not_e164_or_has_no_country_has_no_place() {
    let plan = NumberPlan::built_in();
    for number in ["10086", "+80012345678", "+88213000000", "+0", "+2", "anon", "8f14e45fceea167a", "", "+999"] {
        assert_eq!(country(&plan, number), None, "{number}");
        assert!(zones(&plan, number).is_empty(), "{number}");
    }
}

#[test]
fn zones_are_all_those_of_the_country() {
    let plan = NumberPlan::built_in();
    assert_eq!(zones(&plan, "+8613800000000"), ["Asia/Shanghai", "Asia/Urumqi"]);
    assert_eq!(zones(&plan, "+447700900123"), ["Europe/London"]);
    assert_eq!(zones(&plan, "+4915112345678"), ["Europe/Zurich", "Europe/Berlin"]);
    assert_eq!(zones(&plan, "+12025550123").len(), 29);
}

#[test]
fn a_file_of_prefixes_refines_them() {
    let text = "# comment\n\n86|Asia/Shanghai\n1208|America/Boise&America/Los_Angeles\n1208201|America/Denver\n";
    let plan = NumberPlan::with_prefixes(text).expect("a good file");
    assert_eq!(zones(&plan, "+8613800000000"), ["Asia/Shanghai"]);
    assert_eq!(zones(&plan, "+12085550123"), ["America/Boise", "America/Los_Angeles"]);
    assert_eq!(zones(&plan, "+12082015550"), ["America/Denver"]);
    assert_eq!(zones(&plan, "+447700900123"), ["Europe/London"]);
    assert_eq!(country(&plan, "+12082015550").as_deref(), Some("US"));
}

#[test]
fn every_bad_line_is_reported_with_its_number() {
    let text = "86|Asia/Shanghai\n+1|America/New_York\n1;UTC\n44|Europe/Londn\n86|Asia/Tokyo\n1234567890123456|UTC\n";
    let faults = NumberPlan::with_prefixes(text).expect_err("bad lines");
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "line 2: a prefix is 1 to 15 digits, without `+`",
            "line 3: expected a prefix, `|` and time zones",
            "line 4: `Europe/Londn` is no known time zone",
            "line 5: this prefix is given above already",
            "line 6: a prefix is 1 to 15 digits, without `+`",
        ]
    );
}
