//! `check` and `test`.

use serde_json::{Value, json};

use crate::run::Desk;

const RULE: &str = "rule: busy\ntitle: Busy\nbasis: a test\nkey: callingNumber\nwhere: recordType == moCall\n\
    let: {calls: count() over 1h}\nwhen: [calls > 3]\ntests:\n  - {name: fires, feed: {calls: 5, over: 10m}, expect: {violations: 1, first_at: 4}}\n  \
    - {name: near, feed: {calls: 3, over: 10m}, expect: {violations: 0, near_miss: calls}}\n";

fn lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_good_pack_checks_and_tests_with_code_0() {
    let desk = Desk::new().with("busy.yaml", RULE);
    let check = desk.run("check busy.yaml");
    assert_eq!((check.code, &*check.out, &*check.err), (Some(0), "", "busy.yaml: 0 errors, 0 warnings\n"));
    let test = desk.run("test busy.yaml starter");
    assert_eq!((test.code, &*test.out), (Some(0), ""), "{}", test.err);
    assert!(test.err.ends_with(" passed, 0 failed\n"), "{}", test.err);
}

#[test]
fn a_mistake_is_code_1_with_its_place_for_people_and_for_machines() {
    let desk = Desk::new().with("busy.yaml", RULE.replace("calls > 3", "cals > 3"));
    let people = desk.run("check busy.yaml");
    assert_eq!((people.code, &*people.out), (Some(1), ""));
    people.err_has("busy.yaml:7:8: error: unknown name `cals`").err_has("help: did you mean `calls`?");
    let machines = desk.run("check busy.yaml starter --format json");
    assert_eq!(machines.code, Some(1));
    let packs = lines(&machines.out);
    assert_eq!((packs.len(), &packs[0]["pack"], &packs[0]["errors"]), (2, &json!("busy.yaml"), &json!(1)));
    let problem = &packs[0]["problems"][0];
    assert_eq!(problem["message"], "unknown name `cals`");
    assert_eq!(
        [&problem["file"], &problem["line"], &problem["column"], &problem["level"]],
        [&json!("busy.yaml"), &json!(7), &json!(8), &json!("error")]
    );
    assert_eq!(packs[1]["errors"], 0);
    assert_eq!(desk.run("test busy.yaml").code, Some(2), "tests of a pack with errors cannot run");
}

#[test]
fn a_test_that_fails_is_code_1_and_says_what_was_not_as_expected() {
    let desk = Desk::new().with("busy.yaml", RULE.replace("first_at: 4", "first_at: 5"));
    let people = desk.run("test busy.yaml");
    assert_eq!(people.code, Some(1));
    assert_eq!(people.out, "FAILED busy: fires\n  first_at: expected 5, found 4\n");
    let machines = lines(&desk.run("test busy.yaml --format json").out);
    let expected = json!({"pack": "busy.yaml", "rule": "busy", "name": "fires", "passed": false,
        "failures": ["first_at: expected 5, found 4"]});
    assert_eq!(
        machines,
        [expected, json!({"pack": "busy.yaml", "rule": "busy", "name": "near", "passed": true, "failures": []})]
    );
}
