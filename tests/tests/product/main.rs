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
    let one = scene.start(&Settings { instance: "one", pack });
    let two = scene.start(&Settings { instance: "two", pack });
    scene.wait_until_read();
    scene.produce(&thirds[1]);
    one.kill();
    scene.produce(&thirds[2]);
    scene.wait_until_read();
    let one = scene.start(&Settings { instance: "one", pack: other_pack });
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
    let service = scene.start(&Settings { instance: "one", pack: &pack });
    scene.wait_until_at_the_end();
    scene.check_pages();
    service.stop();
    check(&scene, &pack, &feed);
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
