//! What the service publishes from Kafka is what `backtest` finds in the same records, whatever dies in between.

mod events;
mod nodobo;
mod service;
mod world;

use std::path::Path;

use events::{Events, backtest_of};
use service::{Feed, Scene, Settings};

/// Everything that must be true of any run, and the standing violations as `backtest` has them.
fn check(scene: &Scene, pack: &Path, feed: &Feed) {
    let events = Events::read(scene);
    events.check_each_once();
    events.check_sequences_without_gaps();
    let expected = backtest_of(scene, pack, feed, &events.end());
    assert!(expected.len() > 5, "{} violations stand", expected.len());
    let standing = events.standing();
    for (id, violation) in &expected {
        assert_eq!(standing.get(id), Some(violation), "{}", violation.rule.id);
    }
    assert_eq!(standing.len(), expected.len(), "nothing more stands than in a backtest");
}

/// The feed in thirds: two processes, one of which dies in the middle and comes back under another pack.
fn two_processes_one_of_them_killed(scene: &Scene, pack: &Path, other_pack: &Path, feed: &Feed) {
    let thirds = feed.thirds();
    scene.produce(&thirds[0]);
    let lists = feed.lists.as_deref();
    let one = scene.start(&Settings { instance: "one", pack, lists });
    let two = scene.start(&Settings { instance: "two", pack, lists });
    scene.wait_until_read();
    scene.produce(&thirds[1]);
    one.kill();
    scene.produce(&thirds[2]);
    scene.wait_until_read();
    let one = scene.start(&Settings { instance: "one", pack: other_pack, lists });
    scene.wait_until_at_the_end();
    two.stop();
    scene.wait_until_at_the_end();
    one.stop();
    check(scene, pack, feed);
}

#[test]
fn e1_generated_traffic_through_one_process_is_judged_as_by_backtest() {
    let scene = Scene::new("one", "{country: CN}");
    let (pack, feed) = world::generated(&scene);
    scene.produce(&feed);
    let service = scene.start(&Settings { instance: "one", pack: &pack, lists: feed.lists.as_deref() });
    scene.wait_until_at_the_end();
    scene.check_pages();
    service.stop();
    check(&scene, &pack, &feed);
    let standing = Events::read(&scene).standing();
    // Only a number on the list of cards can break this rule.
    assert!(standing.values().any(|violation| &*violation.rule.id == "card-hourly-volume"), "the lists are in force");
}

#[test]
fn a_list_that_rules_read_and_nobody_fills_is_named_by_doctor_and_at_the_start() {
    let scene = Scene::new("lists", "{country: CN}");
    let settings = Settings { instance: "one", pack: Path::new("starter"), lists: None };
    let found = scene.doctor(&settings);
    let line = "advice   rules: the list telemarketing-cards is empty, and 12 rules read it: ";
    assert!(found.contains(line), "{found}");
    let service = scene.start(&settings);
    scene.wait_for_log("one", "rules read a list that is empty");
    service.kill();

    let lists = scene.path("lists");
    std::fs::create_dir(&lists).expect("writable");
    std::fs::write(lists.join("telemarketing-cards.csv"), "key\n+8617000000001\n").expect("writable");
    let found = scene.doctor(&Settings { lists: Some(&lists), ..settings });
    assert!(!found.contains("is empty"), "{found}");
}

#[test]
fn e1_generated_traffic_through_two_processes_one_of_them_killed_is_judged_as_by_backtest() {
    let scene = Scene::new("two", "{country: CN}");
    let (pack, feed) = world::generated(&scene);
    let other = world::retitled(&scene, &pack);
    two_processes_one_of_them_killed(&scene, &pack, &other, &feed);
}

#[test]
fn e1_real_calls_through_two_processes_one_of_them_killed_are_judged_as_by_backtest() {
    let scene = Scene::new("nodobo", "opaque");
    let Some((pack, feed)) = nodobo::calls(&scene) else { return };
    let other = world::retitled(&scene, &pack);
    two_processes_one_of_them_killed(&scene, &pack, &other, &feed);
}
