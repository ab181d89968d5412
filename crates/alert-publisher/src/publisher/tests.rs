//! Brokers that lose connections, refuse ends, or say nothing at all: librdkafka's mock of them does so on demand. What
//! it does not do (abort, fence) is tested on real ones.

use std::collections::BTreeMap;

use rdkafka::mocking::{MockCluster, MockCoordinator};
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::*;
use crate::{NextOffset, Outgoing, producer_config};

/// How long a test waits for an outcome.
const PATIENCE: Duration = Duration::from_secs(60);

/// Limits that a test can sit out.
const SHORT: Limits = Limits {
    retire: Duration::from_secs(5),
    init: Duration::from_millis(900),
    fill: Duration::from_millis(500),
    end: Duration::from_millis(600),
    abort: Duration::from_millis(700),
    resent_after: Duration::from_millis(400),
    slack: Duration::from_secs(5),
};

struct Scene {
    brokers: MockCluster<'static, DefaultProducerContext>,
    publisher: Publisher,
}

fn scene(limits: Limits) -> Scene {
    let brokers = MockCluster::new(1).expect("a broker");
    for topic in ["in", "out"] {
        brokers.create_topic(topic, 1, 1).expect("a topic");
    }
    brokers.coordinator(MockCoordinator::Transaction("id".to_owned()), 1).expect("a coordinator");
    let properties = BTreeMap::from([("bootstrap.servers".to_owned(), brokers.bootstrap_servers())]);
    let publisher = Publisher::with_limits("test", producer_config(&properties, "id"), limits);
    Scene { brokers, publisher }
}

impl Scene {
    fn connect(&mut self) -> SubmissionOutcome {
        self.publisher.submit(Submission::Connect);
        self.publisher.outcome(PATIENCE).expect("an outcome")
    }

    fn publish(&mut self) -> SubmissionOutcome {
        self.publish_many(1)
    }

    fn publish_many(&mut self, records: usize) -> SubmissionOutcome {
        let record = Outgoing {
            topic: "out".into(),
            partition: Some(0),
            key: None,
            value: Some(b"value".to_vec()),
            headers: Vec::new(),
            timestamp: 1_700_000_000_000,
            want_offset: true,
        };
        let offsets = vec![NextOffset { topic: "in".into(), partition: 0, next: 10 }];
        let batches = vec![Arc::new(crate::ShardRecords { records: vec![record; records], offsets })];
        let token = GroupToken::new("group", 1, "member", None).expect("a member");
        self.publisher.submit(Submission::Publish { batches, token });
        self.publisher.outcome(PATIENCE).expect("an outcome")
    }

    /// What the next ends of transactions are answered with.
    fn ends(&self, answers: &[RDKafkaRespErr]) {
        self.brokers.request_errors(RDKafkaApiKey::EndTxn, answers);
    }
}

#[test]
fn a_producer_whose_end_went_out_once_is_used_again() {
    let mut scene = scene(Limits::DEFAULT);
    assert!(matches!(scene.connect(), SubmissionOutcome::Connected));
    for _ in 0..3 {
        assert!(matches!(scene.publish(), SubmissionOutcome::Committed(_)));
        assert!(scene.publisher.is_connected());
    }
}

/// The connection breaks after the end was sent, and the client sends it again on a new one: the first may still be on
/// its way, and would end whatever this producer does next.
#[test]
fn a_producer_whose_end_was_sent_again_is_not_used_any_more() {
    let mut scene = scene(Limits::DEFAULT);
    assert!(matches!(scene.connect(), SubmissionOutcome::Connected));
    scene.ends(&[RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT]);
    let outcome = scene.publish();
    assert!(matches!(outcome, SubmissionOutcome::Committed(_)), "{outcome:?}");
    assert!(!scene.publisher.is_connected());
    assert!(matches!(scene.connect(), SubmissionOutcome::Connected));
    assert!(matches!(scene.publish(), SubmissionOutcome::Committed(_)));
    assert!(scene.publisher.is_connected());
}

#[test]
fn an_end_that_failed_is_in_doubt_and_its_producer_is_not_used_any_more() {
    for answer in [
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_TXN_STATE,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN,
    ] {
        let mut scene = scene(Limits::DEFAULT);
        assert!(matches!(scene.connect(), SubmissionOutcome::Connected));
        scene.ends(&[answer]);
        let outcome = scene.publish();
        assert!(matches!(outcome, SubmissionOutcome::Doubtful(_)), "{answer:?}: {outcome:?}");
        assert!(!scene.publisher.is_connected());
    }
}

/// The client's own abort waits until somebody takes its reports on the records that are left.
#[test]
fn a_refused_record_is_told_at_once_whatever_else_was_to_be_written() {
    let mut scene = scene(Limits { abort: PATIENCE * 10, ..Limits::DEFAULT });
    assert!(matches!(scene.connect(), SubmissionOutcome::Connected));
    let refusal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    scene.brokers.request_errors(RDKafkaApiKey::Produce, &[refusal]);
    let outcome = scene.publish_many(100_000);
    assert!(matches!(&outcome, SubmissionOutcome::NotCommitted(failure) if failure.is_too_large()), "{outcome:?}");
    assert!(!scene.publisher.is_connected(), "a record is missing among those that the broker counts");
    assert!(matches!(scene.connect(), SubmissionOutcome::Connected));
    assert!(matches!(scene.publish(), SubmissionOutcome::Committed(_)));
}

/// Every step keeps its limit, so nothing is given up that would have ended by itself.
#[test]
fn brokers_that_say_nothing_are_no_reason_to_abandon_the_thread() {
    let mut scene = scene(SHORT);
    assert!(matches!(scene.connect(), SubmissionOutcome::Connected));
    assert!(matches!(scene.publish(), SubmissionOutcome::Committed(_)));
    scene.brokers.broker_round_trip_time(1, PATIENCE).expect("a slow broker");
    let outcome = scene.publish();
    assert!(matches!(outcome, SubmissionOutcome::NotCommitted(_)), "{outcome:?}");
    assert!(!scene.publisher.is_connected(), "nor could it be aborted");
    let outcome = scene.connect();
    assert!(matches!(outcome, SubmissionOutcome::NotConnected(_)), "{outcome:?}");
    assert!(scene.publisher.lane.is_some(), "the thread is the one that was there");
}

#[test]
fn an_end_without_an_answer_is_in_doubt_before_the_thread_is_abandoned() {
    let mut scene = scene(SHORT);
    assert!(matches!(scene.connect(), SubmissionOutcome::Connected));
    let refusals = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS; 50];
    scene.ends(&refusals);
    let outcome = scene.publish();
    assert!(matches!(outcome, SubmissionOutcome::Doubtful(_)), "{outcome:?}");
    assert!(scene.publisher.lane.is_some() && !scene.publisher.is_connected());
}

#[test]
fn a_panic_of_the_thread_goes_on_where_its_outcome_is_looked_for() {
    let Scene { mut publisher, .. } = scene(SHORT);
    let (submissions, inbox) = sync_channel::<Submission>(1);
    let (outbox, outcomes) = sync_channel::<Ended>(1);
    let run = move || {
        let _ends_with_the_thread = outbox;
        let submission = inbox.recv();
        panic!("a fault after {submission:?}");
    };
    let thread = Some(thread::spawn(run));
    publisher.lane = Some(Lane { submissions, outcomes, thread });
    publisher.submit(Submission::Connect);
    let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| publisher.outcome(PATIENCE)));
    let panic = looked.expect_err("goes on here");
    assert_eq!(panic.downcast_ref::<String>().map(String::as_str), Some("a fault after Ok(Connect)"));
}
