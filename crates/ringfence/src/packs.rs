//! Packs by what a user calls them: a directory, a single rule file, or the name of a pack built into the binary. The
//! rules crate reads no files; this does it for it.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use ringfence_cdr::Numbering;
use ringfence_engine::Config;
use ringfence_rules::{Compiled, Diagnostic, Level, PackFiles, compile};

use crate::CommandError;

/// The packs of the repository, as they were when this was built.
static BUILT_IN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../packs");
/// The folders of a pack whose files are read, the pack's own first.
const FOLDERS: [&str; 4] = ["", "rules", "lists", "tests"];

/// The texts of a pack, not yet compiled.
pub(crate) struct RawPack {
    /// What was asked for.
    name: String,
    /// The texts, as the engine takes them too.
    pub(crate) sources: PackFiles,
    /// How numbers are written in rules and lists, where not as in the pack's country.
    pub(crate) numbering: Option<Numbering>,
}

/// Reads and compiles a pack. Every problem goes to standard error.
pub(crate) fn load(pack: &Path) -> Result<Compiled, CommandError> {
    RawPack::read(pack)?.load()
}

/// Reads a pack and gives every problem it has, warnings too, with the texts they point into.
pub(crate) fn problems(pack: &Path) -> Result<(Vec<Diagnostic>, PackFiles), CommandError> {
    let texts = RawPack::read(pack)?;
    let problems = match texts.compile() {
        Ok(compiled) => compiled.warnings,
        Err(problems) => problems,
    };
    Ok((problems, texts.sources))
}

/// Prints problems as people read them.
pub(crate) fn print(problems: &[Diagnostic], sources: &PackFiles) {
    for problem in problems {
        eprintln!("{}", problem.render(sources));
    }
}

/// Whether problems hold an error among the warnings.
pub(crate) fn has_error(problems: &[Diagnostic]) -> bool {
    problems.iter().any(|problem| problem.level == Level::Error)
}

impl RawPack {
    /// Reads a pack directory or a single rule file; where nothing of this path exists, the pack built in by this name.
    pub(crate) fn read(pack: &Path) -> Result<Self, CommandError> {
        let name = pack.display().to_string();
        if pack.is_dir() {
            return Ok(Self { name, sources: directory(pack)?, numbering: None });
        }
        if pack.exists() {
            let file = file_name(pack);
            let sources = PackFiles::new().with(&file, &read(pack)?);
            return Ok(Self { name, sources, numbering: None });
        }
        match BUILT_IN.get_dir(pack) {
            Some(folder) if built_in_names().contains(&name) => {
                Ok(Self { name, sources: built_in(folder), numbering: None })
            }
            _ => Err(CommandError::UnknownPack { name, built_in: built_in_names().join(", ") }),
        }
    }

    /// The same pack with a reference list from outside, `NAME.csv`.
    pub(crate) fn with_list(self, file: &str, text: &str) -> Self {
        Self { sources: self.sources.with_list(file, text), ..self }
    }

    /// The pack of a service, with the lists of its directory.
    pub(crate) fn of_service(config: &Config) -> Result<Self, CommandError> {
        let texts = Self::read(Path::new(&config.rules))?;
        let Some(directory) = &config.lists else { return Ok(texts) };
        let lists = lists_in(directory)?;
        let sources = lists.iter().fold(texts.sources, |all, (path, text)| all.with_list(path, text));
        Ok(Self { sources, ..texts })
    }

    /// Compiles the pack. Every problem goes to standard error.
    pub(crate) fn load(self) -> Result<Compiled, CommandError> {
        match self.compile() {
            Ok(compiled) => Ok(compiled),
            Err(problems) => {
                print(&problems, &self.sources);
                Err(CommandError::Pack(self.name))
            }
        }
    }

    fn compile(&self) -> Result<Compiled, Vec<Diagnostic>> {
        compile(&self.sources, self.numbering.as_ref())
    }
}

/// The names of the packs built in, in order.
fn built_in_names() -> Vec<String> {
    let mut names: Vec<String> = BUILT_IN.dirs().map(|pack| file_name(pack.path())).collect();
    names.sort();
    names
}

/// The texts of a pack built in.
fn built_in(pack: &Dir<'static>) -> PackFiles {
    let mut sources = PackFiles::new();
    for folder in FOLDERS {
        let files = if folder.is_empty() { Some(pack) } else { pack.get_dir(pack.path().join(folder)) };
        for file in files.into_iter().flat_map(Dir::files) {
            if let Some(text) = file.contents_utf8() {
                sources = sources.with(&name_in_pack(folder, file.path()), text);
            }
        }
    }
    sources
}

/// The texts of a pack on the disk.
fn directory(pack: &Path) -> Result<PackFiles, CommandError> {
    let mut sources = PackFiles::new();
    for folder in FOLDERS {
        for file in files_of(&pack.join(folder))? {
            sources = sources.with(&name_in_pack(folder, &file), &read(&file)?);
        }
    }
    Ok(sources)
}

/// The files of a folder, in no order; none where there is no such folder.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, CommandError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).map_err(CommandError::reading(folder))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let paths = paths.map_err(CommandError::reading(folder))?;
    Ok(paths.into_iter().filter(|path| path.is_file()).collect())
}

/// The reference lists of a directory: every `.csv` in it, as path and text.
pub(crate) fn lists_in(directory: &Path) -> Result<Vec<(String, String)>, CommandError> {
    let entries = std::fs::read_dir(directory).map_err(CommandError::reading(directory))?;
    let mut lists = Vec::new();
    for entry in entries {
        let path = entry.map_err(CommandError::reading(directory))?.path();
        if path.extension().is_some_and(|extension| extension == "csv") {
            lists.push((path.display().to_string(), read(&path)?));
        }
    }
    if lists.is_empty() {
        return Err(CommandError::NoLists(directory.display().to_string()));
    }
    Ok(lists)
}

/// How a file is called within its pack: `/` between folders on every machine.
fn name_in_pack(folder: &str, file: &Path) -> String {
    if folder.is_empty() { file_name(file) } else { format!("{folder}/{}", file_name(file)) }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn read(path: &Path) -> Result<String, CommandError> {
    std::fs::read_to_string(path).map_err(CommandError::reading(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packs() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs")
    }

    #[test]
    fn every_pack_of_the_repository_is_built_in_with_the_content_it_has_there() {
        for entry in std::fs::read_dir(packs()).expect("there are packs") {
            let path = entry.expect("readable").path();
            let on_disk = RawPack::read(&path).expect("is there");
            let built_in = RawPack::read(Path::new(&file_name(&path))).expect("is built in");
            assert_eq!(built_in.sources, on_disk.sources);
            assert!(built_in.compile().is_ok());
        }
        assert!(built_in_names().contains(&"starter".to_owned()));
    }

    #[test]
    fn a_path_that_exists_wins_over_a_name_built_in() {
        // Tests run in the directory of their package, where `src` is a directory and `starter` is none.
        let existing = RawPack::read(Path::new("src")).expect("a directory");
        assert!(existing.sources.text("main.rs").is_some());
    }

    #[test]
    fn a_single_rule_file_is_a_pack_of_one() {
        let directory = tempfile::tempdir().expect("writable");
        let path = directory.path().join("busy.yaml");
        let rule =
            "rule: busy\ntitle: t\nbasis: b\nkey: callingNumber\nlet: {calls: count() over 1h}\nwhen: [calls > 3]\n";
        std::fs::write(&path, rule).expect("writable");
        let loaded = load(&path).expect("compiles");
        assert_eq!(&*loaded.pack.identity.name, "busy");
        assert_eq!(loaded.pack.rules.len(), 1);
    }

    #[test]
    fn a_service_has_the_lists_of_its_directory_whatever_its_pack() {
        let directory = tempfile::tempdir().expect("writable");
        let text = format!(
            "group: g\nkafka: {{brokers: 'k:1'}}\nsources: [{{topic: c, kind: cdr}}]\nsnapshots: {{directory: s}}\n\
             rules: starter\nlists: {{directory: '{}'}}\n",
            directory.path().display()
        );
        let config = Config::parse(&text, &std::collections::BTreeMap::new()).expect("is fine");
        let none = RawPack::of_service(&config).err().map(|error| error.to_string());
        assert!(none.is_some_and(|text| text.ends_with("there is no list (*.csv) in it")));

        let place = directory.path().join("telemarketing-cards.csv");
        let with = |card: &str| {
            std::fs::write(&place, format!("key\n{card}\n")).expect("writable");
            let compiled = RawPack::of_service(&config).expect("is there").load().expect("compiles");
            assert!(compiled.tables.empty_lists_read_by(&compiled.pack).is_empty());
            let cards = compiled.tables.list("telemarketing-cards").expect("given").version();
            (compiled.pack.identity.hash, cards)
        };
        let without = RawPack::read(Path::new("starter")).expect("is built in").load().expect("compiles");
        let empty = without.tables.empty_lists_read_by(&without.pack);
        assert_eq!(empty.iter().map(|(list, _)| *list).collect::<Vec<_>>(), ["telemarketing-cards"]);
        let (one, other) = (with("+8617000000001"), with("+8617000000002"));
        assert!(one.1 != other.1, "another card is another version of the list");
        assert_eq!((one.0, other.0), (without.pack.identity.hash, without.pack.identity.hash), "and the same pack");
    }

    #[test]
    fn an_unknown_name_is_told_the_names_built_in() {
        for name in ["startre", "starter/rules", "starter/pack.yaml", "", ".."] {
            let error = RawPack::read(Path::new(name)).err().map(|error| error.to_string());
            match name {
                ".." => assert_eq!(error, None, "a directory that is no pack is for the compiler to refuse"),
                _ => assert!(error.is_some_and(|text| text.ends_with("(built in: starter)")), "{name}"),
            }
        }
    }
}
