//! What a judge is given.

use std::ops::{Deref, DerefMut};

use ringfence_rules::{Compiled, List, Pack, Tables};

/// A pack with what stands on its lists. It reads as its pack.
#[derive(Clone, Debug)]
pub struct PackWithLists {
    /// The pack.
    pub pack: Pack,
    /// A version of each list that it names.
    pub tables: Tables,
}

impl PackWithLists {
    /// The list at this place among those of the pack.
    pub(crate) fn list(&self, place: usize) -> Option<&List> {
        self.tables.list(self.pack.lists.get(place)?).map(|list| &**list)
    }
}

impl From<Compiled> for PackWithLists {
    fn from(compiled: Compiled) -> Self {
        Self { pack: compiled.pack, tables: compiled.tables }
    }
}

impl Deref for PackWithLists {
    type Target = Pack;

    fn deref(&self) -> &Pack {
        &self.pack
    }
}

impl DerefMut for PackWithLists {
    fn deref_mut(&mut self) -> &mut Pack {
        &mut self.pack
    }
}
