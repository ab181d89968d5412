//! The packs of the repository compile, and say where each of their rules comes from.

use std::path::{Path, PathBuf};

use ringfence_cdr::Numbering;
use ringfence_rules::{Compiled, Mode, PackFiles, parse_pack};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs")
}

fn sources(pack: &Path) -> PackFiles {
    let mut sources = PackFiles::new();
    for folder in ["", "rules", "lists", "tests"] {
        let Ok(entries) = std::fs::read_dir(pack.join(folder)) else { continue };
        for path in entries.map(|entry| entry.expect("readable").path()).filter(|path| path.is_file()) {
            let name = path.file_name().expect("a name").to_string_lossy();
            let name = if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
            sources = sources.with(&name, &std::fs::read_to_string(&path).expect("text"));
        }
    }
    sources
}

fn compiled(pack: &Path) -> Compiled {
    let sources = sources(pack);
    parse_pack(&sources, &Numbering::Opaque)
        .unwrap_or_else(|found| panic!("{}", found.iter().map(|problem| problem.render(&sources)).collect::<String>()))
}

#[test]
fn every_pack_compiles_without_a_warning() {
    let mut packs = 0;
    for entry in std::fs::read_dir(directory()).expect("there are packs") {
        let path = entry.expect("readable").path();
        let compiled = compiled(&path);
        let sources = sources(&path);
        let warnings: String = compiled.warnings.iter().map(|warning| warning.render(&sources)).collect();
        assert!(warnings.is_empty(), "{warnings}");
        packs += 1;
    }
    assert!(packs > 0);
}

#[test]
fn the_starter_pack_names_the_source_of_every_rule_and_limit() {
    let compiled = compiled(&directory().join("starter"));
    assert!(compiled.pack.rules.len() >= 12, "{} rules", compiled.pack.rules.len());
    for rule in &compiled.pack.rules {
        assert_eq!(rule.mode, Mode::Enforce);
        assert!(rule.basis.len() > 30 && rule.say.is_some() && !rule.title.is_empty(), "{}", rule.name);
        let tests = compiled.tests.iter().filter(|test| test.rule == rule.name);
        let (fires, passes): (Vec<_>, Vec<_>) = tests.partition(|test| test.expect.violations > 0);
        assert!(!fires.is_empty() && !passes.is_empty(), "{}", rule.name);
    }
    assert!(compiled.parameters.iter().all(|parameter| parameter.description.len() > 20));
}
