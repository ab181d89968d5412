//! Reading packs from disk. The rules crate reads no files; this does it for it.

use std::path::Path;

use ringfence_cdr::{Number, Numbering};
use ringfence_rules::{Compiled, Diagnostic, Level, Sources, country, parse_pack, parse_rule_file};

use crate::CommandError;

/// A pack that compiled, with the texts it was made of.
pub(crate) struct LoadedPack {
    pub(crate) compiled: Compiled,
    pub(crate) sources: Sources,
}

/// Reads and compiles a pack directory or a single rule file. Every problem goes to standard error.
pub(crate) fn load(path: &Path) -> Result<LoadedPack, CommandError> {
    let (sources, compiled) = compile(path)?;
    match compiled {
        Ok(compiled) => Ok(LoadedPack { compiled, sources }),
        Err(problems) => {
            print(&problems, &sources);
            Err(CommandError::Pack(path.display().to_string()))
        }
    }
}

/// Prints problems as people read them.
pub(crate) fn print(problems: &[Diagnostic], sources: &Sources) {
    for problem in problems {
        eprintln!("{}", problem.render(sources));
    }
}

/// Reads a pack and compiles it; the outer error is of the disk, the inner one of the pack.
fn compile(path: &Path) -> Result<(Sources, Result<Compiled, Vec<Diagnostic>>), CommandError> {
    if path.is_dir() {
        let mut sources = Sources::new();
        for (name, text) in texts_below(path)? {
            sources = sources.with(&name, &text);
        }
        let numbering = country(&sources).and_then(|code| Numbering::country(&code).ok()).unwrap_or_default();
        let compiled = parse_pack(&sources, &|text| read_number(&numbering, text));
        return Ok((sources, compiled));
    }
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let sources = Sources::new().with(&name, &read(path)?);
    let compiled = parse_rule_file(&sources, &name, &|text| read_number(&Numbering::default(), text));
    Ok((sources, compiled))
}

fn read_number(numbering: &Numbering, text: &str) -> Result<Number, String> {
    numbering.normalise(text).map_err(|fault| fault.to_string())
}

/// Every text file of a pack with its path relative to the pack, `/` between folders, in order.
fn texts_below(pack: &Path) -> Result<Vec<(String, String)>, CommandError> {
    let mut texts = Vec::new();
    for folder in ["", "rules", "lists", "tests"] {
        let path = pack.join(folder);
        if !path.is_dir() {
            continue;
        }
        let entries = std::fs::read_dir(&path).map_err(|source| cannot_read(&path, source))?;
        for entry in entries {
            let file = entry.map_err(|source| cannot_read(&path, source))?.path();
            if file.is_file() {
                let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                texts.push((name, read(&file)?));
            }
        }
    }
    texts.sort();
    Ok(texts)
}

fn read(path: &Path) -> Result<String, CommandError> {
    std::fs::read_to_string(path).map_err(|source| cannot_read(path, source))
}

fn cannot_read(path: &Path, source: std::io::Error) -> CommandError {
    CommandError::File { path: path.display().to_string(), verb: "read", source }
}

/// Whether problems hold an error among the warnings.
pub(crate) fn has_error(problems: &[Diagnostic]) -> bool {
    problems.iter().any(|problem| problem.level == Level::Error)
}

/// Reads a pack and gives every problem it has, warnings too, with the texts they point into.
pub(crate) fn problems(path: &Path) -> Result<(Vec<Diagnostic>, Sources), CommandError> {
    let (sources, compiled) = compile(path)?;
    let problems = match compiled {
        Ok(compiled) => compiled.warnings,
        Err(problems) => problems,
    };
    Ok((problems, sources))
}
