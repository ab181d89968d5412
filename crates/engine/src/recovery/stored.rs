//! What lies beside the state of shards: packs that are in force no more, of which snapshots hold the texts, and
//! versions of lists.

use std::sync::Arc;

use ringfence_rules::{List, Tables};
use ringfence_task::{PackInForce, Refusal, SnapshotHeader};
use tracing::warn;

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

/// These versions of lists, as far as they are there; each is a name and a version.
pub(super) fn find_lists(shared: &Shared, wanted: &[(&str, &str)]) -> Result<Tables, RecoveryError> {
    let mut found = Tables::none();
    for (name, version) in wanted {
        let Some(text) = shared.store.table(version)? else { continue };
        match List::from_text(&text) {
            Ok(list) if *list.name == **name && list.version().to_string() == **version => found.put(Arc::new(list)),
            _ => warn!(list = name, version, "the file of a version of a list is damaged"),
        }
    }
    Ok(found)
}
