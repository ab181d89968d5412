//! Clients that connect and never say what they want. The server shares file descriptors with the consumers and the
//! producer, so it may hold few of them, and none for long. Alone in its file: it counts the descriptors of the process.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Instant;

use ringfence_api::{Server, Settings, limits};
use ringfence_cdr::{EventTime, Millis};
use ringfence_telemetry::{Metrics, ReadModel};

/// More than twice as many as are served at once.
const CLIENTS: usize = 300;
/// Of what the process opens by itself while the test runs.
const OTHER_DESCRIPTORS: usize = 16;

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("Linux").count()
}

/// Whether the server has closed this connection.
fn is_closed(socket: &mut TcpStream) -> bool {
    match socket.read(&mut [0; 64]) {
        Ok(0) => true,
        Ok(_) => false,
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "limits of time on real sockets are measured by the real clock")]
fn half_sent_requests_are_few_at_once_and_end_soon() {
    let metrics = Metrics::new("0.1.0", "abc").expect("families are declared well");
    let settings = Settings {
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        stall: Millis(30_000),
        clock: || EventTime(1_793_577_600_000),
    };
    let server = Server::start(&settings, metrics, Arc::new(ReadModel::new(0))).expect("a free port");
    let before = open_descriptors();
    let rounds = u32::try_from(CLIENTS.div_ceil(limits::CONNECTIONS)).expect("few");
    let by = Instant::now() + limits::HEADER * rounds + limits::REQUEST;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let mut socket = TcpStream::connect(server.address()).expect("listens");
        write!(socket, "GET /livez HTTP/1.1\r\nHost: ringf").expect("sent");
        socket.set_nonblocking(true).expect("a socket");
        clients.push(socket);
    }
    let mut patient = TcpStream::connect(server.address()).expect("listens");
    write!(patient, "GET /livez HTTP/1.1\r\nHost: ringfence\r\n\r\n").expect("sent");

    let mut of_server_most = 0;
    let mut open = clients.len();
    while open > 0 && Instant::now() < by {
        let held = open_descriptors() - before - clients.len() - 1;
        of_server_most = of_server_most.max(held);
        clients.retain_mut(|client| !is_closed(client));
        open = clients.len();
        std::thread::yield_now();
    }
    assert_eq!(open, 0, "half-sent requests are still open");
    assert!(of_server_most <= limits::CONNECTIONS + OTHER_DESCRIPTORS, "{of_server_most} descriptors at once");
    assert!(of_server_most >= limits::CONNECTIONS / 2, "the clients did meet the limit");

    patient.set_read_timeout(Some(limits::REQUEST)).expect("a socket");
    let mut answer = String::new();
    patient.read_to_string(&mut answer).expect("answered, and closed behind the answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    server.stop().expect("a good end");
}
