//! Which files are read, how, and the lists that come with them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ringfence_cdr::dialect::{Dialect, Format};
use ringfence_cdr::{Numbering, RecordKind};
use ringfence_consumer::files::{FileError, STANDARD_INPUT, format_of};
use ringfence_rules::Pack;

use super::{Arguments, BacktestError};
use crate::CommandError;
use crate::dialects::{dialect, of_file};
use crate::packs::{RawPack, lists_in};

/// The list that `--cards` gives, until there is a registry of cards.
const CARDS_LIST: &str = "telemarketing-cards.csv";

/// The archives and what they are read with.
pub(super) struct Inputs {
    pub(super) calls: Archives,
    pub(super) complaints: Archives,
    /// Whether numbers are opaque, in the archives and so in lists too.
    opaque: bool,
    /// Reference lists from outside the pack, as path and text.
    lists: Vec<(String, String)>,
}

/// The archives of one kind.
pub(super) struct Archives {
    pub(super) kind: RecordKind,
    pub(super) paths: Vec<PathBuf>,
    /// The one that was asked for; without one the names of the files decide.
    dialect: Option<Dialect>,
}

impl Inputs {
    /// Finds the dialects and reads the lists; no archive is opened yet, but one that is missing is said at once.
    pub(super) fn new(arguments: &Arguments) -> Result<Self, CommandError> {
        let mut calls = Archives { kind: RecordKind::Cdr, paths: arguments.cdr.clone(), dialect: None };
        let mut complaints =
            Archives { kind: RecordKind::Complaint, paths: arguments.complaints.clone(), dialect: None };
        let paths = || calls.paths.iter().chain(&complaints.paths);
        if paths().filter(|path| path.as_os_str() == STANDARD_INPUT).count() > 1 {
            return Err(BacktestError::Usage("standard input (`-`) can be read once only".to_owned()).into());
        }
        paths().try_for_each(|path| exists(path))?;
        spare(paths(), arguments)?;
        for name in &arguments.dialect {
            let dialect = dialect(name)?;
            let archives = if dialect.kind() == RecordKind::Cdr { &mut calls } else { &mut complaints };
            archives.set_dialect(dialect)?;
        }
        let opaque = calls.is_opaque() || complaints.is_opaque();
        if opaque && calls.is_opaque() != complaints.is_opaque() && !(calls.unsaid() || complaints.unsaid()) {
            let message = "--dialect: numbers are opaque in one and not in the other: no complaint would meet a call";
            return Err(BacktestError::Usage(message.to_owned()).into());
        }
        Ok(Self { calls, complaints, opaque, lists: lists(arguments)? })
    }

    /// The pack with what it is read with.
    pub(super) fn surround(&self, mut texts: RawPack) -> RawPack {
        for (path, text) in &self.lists {
            texts.sources = texts.sources.with_list(path, text);
        }
        texts.numbering = self.opaque.then_some(Numbering::Opaque);
        texts
    }

    /// How numbers are written where no dialect says it: as in the pack's country, unless they are opaque elsewhere.
    pub(super) fn numbering(&self, pack: &Pack) -> Numbering {
        let country = pack.country.as_deref().and_then(|code| Numbering::country(code).ok()).unwrap_or_default();
        if self.opaque { Numbering::Opaque } else { country }
    }
}

impl Archives {
    fn set_dialect(&mut self, dialect: Dialect) -> Result<(), BacktestError> {
        let kind = self.kind.name();
        if let Some(other) = &self.dialect {
            let names = format!("`{}` and `{}`", other.name(), dialect.name());
            return Err(BacktestError::Usage(format!("--dialect: {names} are both of kind {kind}: give one")));
        }
        if self.paths.is_empty() {
            let message = format!("--dialect: `{}` is of kind {kind}, and no such archives are given", dialect.name());
            return Err(BacktestError::Usage(message));
        }
        self.dialect = Some(dialect);
        Ok(())
    }

    fn is_opaque(&self) -> bool {
        self.dialect.as_ref().is_some_and(|dialect| *dialect.numbering() == Numbering::Opaque)
    }

    /// Whether no dialect says how their numbers are written.
    fn unsaid(&self) -> bool {
        self.dialect.as_ref().is_none_or(|dialect| *dialect.numbering() == Numbering::International)
    }

    /// Says how numbers are written where no dialect does.
    pub(super) fn numbered(&mut self, numbering: &Numbering) {
        self.dialect = self.dialect.take().map(|dialect| dialect.numbered(numbering));
    }

    /// How this file is read.
    pub(super) fn dialect_for(&self, path: &Path, numbering: &Numbering) -> Dialect {
        match self.dialect.clone() {
            Some(dialect) => of_file(dialect, path),
            None => Dialect::canonical(self.kind, format_of(path).unwrap_or(Format::Jsonl)).numbered(numbering),
        }
    }
}

/// A pipe is not opened, for that can be done once only.
fn exists(path: &Path) -> Result<(), BacktestError> {
    if path.as_os_str() == STANDARD_INPUT {
        return Ok(());
    }
    let found = fs::metadata(path).and_then(|metadata| match metadata.is_dir() {
        true => Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory")),
        false => Ok(()),
    });
    found.map_err(|source| FileError::Open { file: path.display().to_string(), source }.into())
}

/// A slip of the hand must not write over an archive.
fn spare<'a>(mut archives: impl Iterator<Item = &'a PathBuf>, arguments: &Arguments) -> Result<(), BacktestError> {
    let Arguments { output, suspensions, coverage, dead_letters, .. } = arguments;
    let written = [output, suspensions, coverage, dead_letters].into_iter().flatten();
    let written: Vec<PathBuf> = written.filter_map(|path| fs::canonicalize(path).ok()).collect();
    match archives.find(|archive| fs::canonicalize(archive).is_ok_and(|archive| written.contains(&archive))) {
        Some(archive) => {
            let message = format!("{} is an archive to read and would be written over", archive.display());
            Err(BacktestError::Usage(message))
        }
        None => Ok(()),
    }
}

/// The size of all of these files on the disk; unknown where one is a pipe.
pub(super) fn bytes_of<'a>(mut paths: impl Iterator<Item = &'a Path>) -> Option<u64> {
    paths.try_fold(0, |sum, path| {
        let metadata = fs::metadata(path).ok().filter(|metadata| metadata.is_file())?;
        Some(sum + metadata.len())
    })
}

/// The lists of `--lists` and `--cards`, as path and text.
fn lists(arguments: &Arguments) -> Result<Vec<(String, String)>, CommandError> {
    let mut lists = Vec::new();
    if let Some(directory) = &arguments.lists {
        lists = lists_in(directory)?;
    }
    if let Some(cards) = &arguments.cards {
        lists.push((CARDS_LIST.to_owned(), read(cards)?));
    }
    Ok(lists)
}

fn read(path: &Path) -> Result<String, CommandError> {
    fs::read_to_string(path).map_err(CommandError::reading(path))
}
