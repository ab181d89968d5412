//! A producer before us that writes in transactions: what it has written and not committed yet is still to come.

use std::time::Duration;

use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use ringfence_task::JournalRecord;

use crate::scene::{NODE, Scene};
use crate::traffic::{BASE, calls};

const LIMIT: Duration = Duration::from_secs(30);

/// Whether the last commit of a shard says that an input had been read to its end.
fn is_at_end(journal: &[JournalRecord], shard: i32, topic: &str) -> bool {
    let of_shard = journal.iter().filter(|record| record.shard.partition == shard);
    let last = of_shard.max_by_key(|record| record.sequence).expect("the shard has committed");
    last.inputs.iter().any(|input| input.topic == topic && input.at_end)
}

#[test]
fn an_input_with_an_open_transaction_has_not_been_read_to_its_end() {
    let scene = Scene::new("open");
    scene.produce("cdr", &calls(0, 400));
    let process = scene.start(NODE);
    let topic = scene.topic("cdr");
    let ended = |shard| is_at_end(&scene.journal(), shard, &topic);
    scene.wait_until_read();
    scene.wait("all shards are at their ends", || (0..4).all(ended));

    let producer: BaseProducer =
        scene.cluster.client_config().set("transactional.id", "before-us").create().expect("a producer");
    producer.init_transactions(LIMIT).expect("brokers");
    producer.begin_transaction().expect("begun");
    let record = BaseRecord::to(&topic).partition(2).key("+8613000000001").payload("not json").timestamp(BASE);
    producer.send(record).map_err(|(error, _)| error).expect("room");
    producer.flush(LIMIT).expect("written");
    scene.wait("the tick no longer moves the time of this input", || !ended(2));
    assert!([0, 1, 3].into_iter().all(ended), "the others have nothing open");

    producer.abort_transaction(LIMIT).expect("aborted");
    scene.wait("the shard is at its end again", || ended(2));
    assert!(process.stop());
}
