//! Packs that are in force no more, of which snapshots hold the texts.

use ringfence_task::{PackInForce, Refusal, SnapshotHeader};

use super::error::RecoveryError;
use crate::shared::Shared;

/// The pack of this hash, where a snapshot holds it.
pub(super) fn find_pack(shared: &Shared, hash: &str) -> Result<Option<PackInForce>, RecoveryError> {
    let Some(header) = shared.store.find_pack(hash)? else { return Ok(None) };
    let about: SnapshotHeader = serde_json::from_value(header.state).map_err(RecoveryError::Header)?;
    let Some(texts) = about.packs.iter().find(|texts| texts.hash == hash) else { return Ok(None) };
    let pack = PackInForce::from_texts(texts, shared.config.is_opaque()).map_err(Refusal::Pack)?;
    Ok(Some(pack))
}
