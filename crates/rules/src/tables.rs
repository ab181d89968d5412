//! What stands on the lists that packs name: one version of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{List, Pack};

/// One version of each of some lists. Versions are immutable and shared: whoever judges by one keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    lists: BTreeMap<Box<str>, Arc<List>>,
}

impl Tables {
    /// No list at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The version of a list.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<&Arc<List>> {
        self.lists.get(name)
    }

    /// Every list, in the order of their names.
    pub fn lists(&self) -> impl Iterator<Item = &Arc<List>> {
        self.lists.values()
    }

    /// Puts a version in the place of the one of the same name.
    pub fn put(&mut self, list: Arc<List>) {
        self.lists.insert(list.name.clone(), list);
    }

    /// Drops the lists that are not wanted.
    pub fn retain(&mut self, is_wanted: impl Fn(&str) -> bool) {
        self.lists.retain(|name, _| is_wanted(name));
    }

    /// The lists that the rules of a pack read and that have no entry here, each with the names of those rules: what
    /// should be listed there escapes them, or what should be spared is not.
    #[must_use]
    pub fn empty_lists_read_by<'p>(&self, pack: &'p Pack) -> Vec<(&'p str, Vec<&'p str>)> {
        let readers = |at: usize| {
            let reading = pack.rules.iter().filter(|rule| rule.look_ups().iter().any(|(_, list)| *list == at));
            reading.map(|rule| &*rule.name).collect::<Vec<&str>>()
        };
        let is_empty = |name: &str| self.list(name).is_none_or(|list| list.is_empty());
        let empty = pack.lists.iter().enumerate().filter(|(_, name)| is_empty(name));
        empty.map(|(at, name)| (&**name, readers(at))).filter(|(_, rules)| !rules.is_empty()).collect()
    }
}

impl FromIterator<List> for Tables {
    fn from_iter<I: IntoIterator<Item = List>>(lists: I) -> Self {
        Self { lists: lists.into_iter().map(|list| (list.name.clone(), Arc::new(list))).collect() }
    }
}
