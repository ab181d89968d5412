//! Versions of lists, as journal and snapshots name them.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_rules::{List, Tables};

/// The version of each of some lists: name and content hash.
pub type ListVersions = BTreeMap<String, String>;

/// A version of a list is needed that nobody has any more.
#[derive(Debug, thiserror::Error)]
#[error(
    "version {version} of the list {list} is needed and does not lie beside the snapshots: start with that list once"
)]
pub struct ListUnknown {
    /// Its name.
    pub list: String,
    /// Which version of it.
    pub version: String,
}

/// How the versions are named.
pub(crate) fn versions_of(tables: &Tables) -> ListVersions {
    tables.lists().map(|list| (list.name.to_string(), list.version().to_string())).collect()
}

/// The lists of `now` that were not there `before`, or in another version.
pub(crate) fn changed_versions(before: &Tables, now: &Tables) -> ListVersions {
    let known = versions_of(before);
    versions_of(now).into_iter().filter(|(list, version)| known.get(list) != Some(version)).collect()
}

/// The versions that are named, out of those at hand.
pub(crate) fn find_versions(named: &ListVersions, at_hand: &[&Tables]) -> Result<Tables, ListUnknown> {
    let mut found = Tables::none();
    for (list, version) in named {
        let unknown = || ListUnknown { list: list.clone(), version: version.clone() };
        found.put(find(list, version, at_hand).cloned().ok_or_else(unknown)?);
    }
    Ok(found)
}

/// The versions that are named and not at hand.
pub(crate) fn lacking<'n>(named: &'n ListVersions, at_hand: &[&Tables]) -> Vec<(&'n str, &'n str)> {
    let all = named.iter().map(|(list, version)| (&**list, &**version));
    all.filter(|(list, version)| find(list, version, at_hand).is_none()).collect()
}

fn find<'a>(list: &str, version: &str, at_hand: &[&'a Tables]) -> Option<&'a Arc<List>> {
    let mut of_name = at_hand.iter().filter_map(|tables| tables.list(list));
    of_name.find(|known| known.version().to_string() == version)
}
