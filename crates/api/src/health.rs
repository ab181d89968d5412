//! The answers: metrics, liveness, readiness.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use ringfence_telemetry::{Health, OwnerStatus, ShardStatus, Shortfall};
use serde::Serialize;

use crate::site::Site;

/// Prometheus' text exposition format.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `/metrics`.
pub(crate) async fn metrics(State(site): State<Arc<Site>>) -> Response {
    match site.metrics.render() {
        Ok(text) => ([(header::CONTENT_TYPE, EXPOSITION)], text).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "cannot render the metrics");
            (StatusCode::INTERNAL_SERVER_ERROR, "cannot render the metrics\n").into_response()
        }
    }
}

/// `/livez`.
pub(crate) async fn livez(State(site): State<Arc<Site>>) -> Response {
    plain(&site.model.liveness((site.clock)(), site.stall))
}

/// `/readyz`, with JSON on `?verbose`.
pub(crate) async fn readyz(State(site): State<Arc<Site>>, uri: Uri) -> Response {
    let health = site.model.readiness((site.clock)(), site.stall);
    let wants_all =
        uri.query().is_some_and(|query| query.split('&').any(|part| part.split('=').next() == Some("verbose")));
    if !wants_all {
        return plain(&health);
    }
    let readiness = Readiness {
        ready: health.is_good(),
        shortfalls: &health.shortfalls,
        owners: site.model.owners(),
        shards: site.model.shards(),
    };
    (status(&health), Json(readiness)).into_response()
}

/// Where the whole process stands.
#[derive(Serialize)]
struct Readiness<'a> {
    ready: bool,
    shortfalls: &'a [Shortfall],
    owners: Vec<OwnerStatus>,
    shards: Vec<ShardStatus>,
}

fn status(health: &Health) -> StatusCode {
    if health.is_good() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

/// `ok`, or one shortfall a line.
fn plain(health: &Health) -> Response {
    let text = if health.is_good() {
        "ok\n".to_owned()
    } else {
        health.shortfalls.iter().map(|shortfall| format!("{shortfall}\n")).collect()
    };
    (status(health), text).into_response()
}

/// Any other path.
pub(crate) async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, "there are /metrics, /livez and /readyz here\n").into_response()
}
