//! The server over real sockets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ringfence_api::{Server, ServerError, Settings, limits};
use ringfence_cdr::{EventTime, Millis};
use ringfence_telemetry::{InputStatus, Metrics, ReadModel, ShardPhase, ShardStatus};
use serde_json::Value;

const NOW: EventTime = EventTime(1_793_577_600_000);

fn settings() -> Settings {
    Settings { address: SocketAddr::from(([127, 0, 0, 1], 0)), stall: Millis(30_000), clock: || NOW }
}

fn start(model: &Arc<ReadModel>) -> (Server, Metrics) {
    let metrics = Metrics::new("0.1.0", "abc").expect("families are declared well");
    let server = Server::start(&settings(), metrics.clone(), Arc::clone(model)).expect("a free port");
    (server, metrics)
}

/// Status and body of one request.
fn get(server: &Server, path: &str) -> (u16, String) {
    request(server, "GET", path)
}

fn request(server: &Server, method: &str, path: &str) -> (u16, String) {
    let mut socket = TcpStream::connect(server.address()).expect("listens");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a socket");
    write!(socket, "{method} {path} HTTP/1.1\r\nHost: ringfence\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("answered");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, body.to_owned())
}

fn shard(state: ShardPhase) -> ShardStatus {
    ShardStatus {
        partition: 4,
        owner: "ringfence.main.a.0".into(),
        state,
        reason: None,
        inputs: vec![InputStatus { topic: "telecom.cdr.v1".into(), next_offset: 900, lag: Some(12), at_end: false }],
        shard_time: Some(NOW.minus(Millis::SECOND)),
        last_commit: Some(NOW),
        commit_sequence: 17,
        last_snapshot: None,
        snapshot_sequence: None,
        pack_hash: "ab12".into(),
    }
}

#[test]
fn metrics_are_served_in_the_text_format() {
    let (server, metrics) = start(&Arc::new(ReadModel::new(1)));
    metrics.card_statuses(3);
    let (status, body) = get(&server, "/metrics");
    assert_eq!(status, 200);
    assert!(body.contains("# TYPE ringfence_card_statuses_total counter\nringfence_card_statuses_total 3\n"));
    server.stop().expect("a good end");
}

#[test]
fn readiness_follows_the_read_model() {
    let model = Arc::new(ReadModel::new(1));
    let (server, _) = start(&model);
    assert_eq!(get(&server, "/readyz"), (503, "1 owner(s) have not begun\n".to_owned()));
    model.owner_alive(&"ringfence.main.a.0".into(), NOW);
    model.shard(shard(ShardPhase::Recovering));
    assert_eq!(get(&server, "/readyz"), (503, "shard 4 is being recovered\n".to_owned()));
    model.shard(shard(ShardPhase::Live));
    assert_eq!(get(&server, "/readyz"), (200, "ok\n".to_owned()));
    model.shut_down();
    assert_eq!(get(&server, "/readyz").0, 503);
    server.stop().expect("a good end");
}

#[test]
fn the_verbose_answer_tells_of_each_shard() {
    let model = Arc::new(ReadModel::new(1));
    model.owner_alive(&"ringfence.main.a.0".into(), NOW);
    model.shard(shard(ShardPhase::Recovering));
    let (server, _) = start(&model);
    let (status, body) = get(&server, "/readyz?verbose");
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((status, &body["ready"]), (503, &Value::Bool(false)));
    assert_eq!(body["shortfalls"][0], serde_json::json!({"code": "shardRecovering", "partition": 4}));
    let expected = serde_json::json!({
        "partition": 4, "owner": "ringfence.main.a.0", "state": "recovering",
        "inputs": [{"topic": "telecom.cdr.v1", "nextOffset": 900, "lag": 12, "atEnd": false}],
        "shardTime": "2026-11-01T23:59:59.000Z", "lastCommit": "2026-11-02T00:00:00.000Z", "commitSequence": 17,
        "lastSnapshot": null, "snapshotSequence": null, "packHash": "ab12",
    });
    assert_eq!(body["shards"], serde_json::json!([expected]));
    assert_eq!(body["owners"][0]["lastLoop"], "2026-11-02T00:00:00.000Z");
    server.stop().expect("a good end");
}

#[test]
fn liveness_is_lost_when_a_loop_stalls_and_by_nothing_else() {
    let model = Arc::new(ReadModel::new(1));
    let (server, _) = start(&model);
    assert_eq!(get(&server, "/livez"), (200, "ok\n".to_owned()));
    model.owner_alive(&"a".into(), NOW.minus(Millis(31_000)));
    assert_eq!(get(&server, "/livez"), (503, "loop of owner a stalled for 31 s\n".to_owned()));
    server.stop().expect("a good end");
}

#[test]
fn other_paths_and_methods_are_refused() {
    let (server, _) = start(&Arc::new(ReadModel::new(0)));
    assert_eq!(get(&server, "/").0, 404);
    assert_eq!(request(&server, "POST", "/readyz").0, 405);
    assert_eq!(get(&server, "/readyz?verbosely").1, "ok\n");
    server.stop().expect("a good end");
}

#[test]
fn a_taken_address_is_named_before_anything_starts() {
    let model = Arc::new(ReadModel::new(0));
    let (server, metrics) = start(&model);
    let taken = Settings { address: server.address(), ..settings() };
    let error = Server::start(&taken, metrics, model).expect_err("taken");
    assert_eq!(error.to_string(), format!("cannot listen on {} for health and metrics", server.address()));
    assert!(matches!(error, ServerError::Bind { .. }));
    server.stop().expect("a good end");
}

#[test]
fn a_stopped_server_answers_what_is_open_and_listens_no_more() {
    let (server, _) = start(&Arc::new(ReadModel::new(0)));
    let address = server.address();
    let mut idle = TcpStream::connect(address).expect("listens");
    assert_eq!(get(&server, "/livez").0, 200);
    server.stop().expect("a good end");
    assert!(TcpStream::connect(address).is_err());
    let mut rest = Vec::new();
    idle.set_read_timeout(Some(Duration::from_secs(10))).expect("a socket");
    assert_eq!(idle.read_to_end(&mut rest).unwrap_or(0), 0, "an idle connection is closed");
}

#[test]
fn a_connection_serves_one_request() {
    let (server, _) = start(&Arc::new(ReadModel::new(0)));
    let mut socket = TcpStream::connect(server.address()).expect("listens");
    socket.set_read_timeout(Some(limits::REQUEST)).expect("a socket");
    let request = "GET /livez HTTP/1.1\r\nHost: ringfence\r\n\r\n";
    write!(socket, "{request}{request}").expect("sent");
    let mut answers = Vec::new();
    // The second request, unread when the connection ends, may reset it.
    let end = socket.read_to_end(&mut answers);
    assert_eq!(String::from_utf8_lossy(&answers).matches("HTTP/1.1 200").count(), 1, "{end:?}");
    server.stop().expect("a good end");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "limits of time on real sockets are measured by the real clock")]
fn who_does_not_read_the_answer_is_not_waited_for() {
    let (server, metrics) = start(&Arc::new(ReadModel::new(0)));
    for rule in 0..40_000 {
        let name = format!("a-rule-whose-name-makes-an-answer-that-no-buffer-of-the-system-holds-{rule}");
        metrics.rule(&name, "enforce").event("major", "opened", 0);
    }
    let mut socket = TcpStream::connect(server.address()).expect("listens");
    write!(socket, "GET /metrics HTTP/1.1\r\nHost: ringfence\r\n\r\n").expect("sent");
    // What is written to a connection that the server has closed fails sooner or later.
    let by = Instant::now() + limits::REQUEST * 3;
    while socket.write_all(b"x").is_ok() {
        assert!(Instant::now() < by, "the connection is still open");
        std::thread::sleep(limits::REQUEST / 200);
    }
    server.stop().expect("a good end");
}
