//! The texts of a pack.

use std::collections::BTreeMap;

use crate::ContentHash;

/// The files of a pack: path relative to the pack (`rules/dial-blast.yaml`, with `/` on every machine) and text.
///
/// Whoever reads the directory fills this; files that are not UTF-8 are the reader's to refuse.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackFiles {
    files: BTreeMap<String, String>,
    lists: BTreeMap<String, String>,
}

impl PackFiles {
    /// No files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file of the pack; one of the same path is replaced. A byte order mark is dropped.
    #[must_use]
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), without_mark(text));
        self
    }

    /// Adds a reference list from outside the pack, which rules may use. The list's name is the stem of the path.
    #[must_use]
    pub fn with_list(mut self, path: &str, text: &str) -> Self {
        self.lists.insert(path.to_owned(), without_mark(text));
        self
    }

    /// The text of a file or of a list from outside.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).or_else(|| self.lists.get(path)).map(String::as_str)
    }

    /// The pack's files in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (&**path, &**text))
    }

    /// The lists from outside in the order of their paths.
    pub fn outside_lists(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lists.iter().map(|(path, text)| (&**path, &**text))
    }

    /// Whether a file of this path is a list of the pack.
    #[must_use]
    pub fn is_list(path: &str) -> bool {
        path.strip_prefix("lists/").is_some_and(|name| name.ends_with(".csv") && !name.contains('/'))
    }

    /// The identity of the content: every file of the pack by rising path, each as its path, its length in bytes
    /// and its text with line ends as LF. So a checkout with CRLF line ends is the same pack. Of its lists only that they
    /// are there: what stands on them is a version of its own, which changes without the rules.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        let mut content = String::from("ringfence pack 1\n");
        for (path, text) in &self.files {
            let text = if Self::is_list(path) { String::new() } else { text.replace("\r\n", "\n") };
            content.push_str(&format!("{path}\n{}\n{text}\n", text.len()));
        }
        ContentHash::of(content.as_bytes())
    }
}

fn without_mark(text: &str) -> String {
    text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()
}
