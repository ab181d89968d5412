//! Rule packs as tasks carry them: compiled to judge by, and as texts for snapshots, so that what was begun under a pack
//! can be ended under it by a process that was started with another.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use ringfence_cdr::Numbering;
use ringfence_rules::{Diagnostic, Level, Pack, PackFiles, Tables};
use serde::{Deserialize, Serialize};

/// A pack and its texts.
#[derive(Clone)]
pub struct PackInForce {
    /// What shards judge by.
    pub pack: Arc<Pack>,
    /// What it was compiled from.
    pub texts: Arc<StoredPack>,
}

/// A rule pack as it was given, so that what was begun under it can be ended under it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredPack {
    /// Its content hash.
    pub hash: String,
    /// Its files: path and text; of its lists only that they are there.
    pub files: BTreeMap<String, String>,
    /// The paths of lists from outside the pack that its rules may name.
    pub lists: Vec<String>,
}

/// A pack cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It has errors.
    #[error("the rule pack has errors:\n{0}")]
    Invalid(String),
    /// The texts that a snapshot carries are not those that its hash names.
    #[error("the texts of pack {expected} make pack {found}")]
    Hash {
        /// The hash that was written down.
        expected: String,
        /// The hash of the texts.
        found: String,
    },
}

impl PackInForce {
    /// Compiles a pack, and reads what stands on its lists; `opaque` says whether the sources' numbers are, and so those
    /// that the pack writes.
    ///
    /// # Errors
    /// With every error of the pack, rendered for people.
    pub fn compile(sources: &PackFiles, opaque: bool) -> Result<(Self, Tables), PackError> {
        let numbering = opaque.then_some(&Numbering::Opaque);
        let compiled = ringfence_rules::compile(sources, numbering);
        let compiled = compiled.map_err(|problems| PackError::Invalid(render(&problems, sources)))?;
        let pack = Arc::new(compiled.pack);
        let own = |(path, text): (&str, &str)| {
            let text = if PackFiles::is_list(path) { "" } else { text };
            (path.to_owned(), text.to_owned())
        };
        let texts = StoredPack {
            hash: pack.identity.hash.to_string(),
            files: sources.files().map(own).collect(),
            lists: sources.outside_lists().map(|(path, _)| path.to_owned()).collect(),
        };
        Ok((Self { pack, texts: Arc::new(texts) }, compiled.tables))
    }

    /// Compiles a pack again from the texts that a snapshot carries.
    ///
    /// # Errors
    /// Where this release does not compile it, or not to the same pack.
    pub fn from_texts(texts: &StoredPack, opaque: bool) -> Result<Self, PackError> {
        let mut sources = PackFiles::new();
        for (path, text) in &texts.files {
            sources = sources.with(path, text);
        }
        for path in &texts.lists {
            sources = sources.with_list(path, "");
        }
        let (compiled, _) = Self::compile(&sources, opaque)?;
        if compiled.texts.hash != texts.hash {
            return Err(PackError::Hash { expected: texts.hash.clone(), found: compiled.texts.hash.clone() });
        }
        Ok(compiled)
    }

    /// A pack without its texts, for tasks whose state is never stored.
    #[must_use]
    pub fn unstored(pack: Arc<Pack>) -> Self {
        let hash = pack.identity.hash.to_string();
        Self { pack, texts: Arc::new(StoredPack { hash, ..StoredPack::default() }) }
    }

    /// The hash of the pack.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.texts.hash
    }
}

/// The packs alone.
pub(crate) fn compiled_of(packs: &[PackInForce]) -> Vec<Arc<Pack>> {
    packs.iter().map(|pack| pack.pack.clone()).collect()
}

impl fmt::Debug for PackInForce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackInForce").field("hash", &self.texts.hash).finish_non_exhaustive()
    }
}

impl fmt::Debug for StoredPack {
    /// Never the texts: they fill pages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredPack").field("hash", &self.hash).finish_non_exhaustive()
    }
}

/// The errors as people read them; warnings are for `check`.
fn render(problems: &[Diagnostic], sources: &PackFiles) -> String {
    let errors = problems.iter().filter(|problem| problem.level == Level::Error);
    errors.map(|problem| problem.render(sources)).collect::<Vec<_>>().join("\n")
}
