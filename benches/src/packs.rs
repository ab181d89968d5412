//! The packs that the benchmarks judge by.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringfence_cdr::Numbering;
use ringfence_evaluator::{Shard, ShardOptions};
use ringfence_rules::{Compiled, Condition, ContentHash, Diagnostic, Expression, Fraction, Pack, PackFiles, Tables};

use crate::Error;

/// The name of the rule of the floor.
pub const FLOOR_RULE_NAME: &str = "many-calls";

/// The rule of the floor, as a user writes it.
const FLOOR_RULE: &str = "
rule: many-calls
title: Many calls
basis: the rule that the hand-written programs judge by
key: callingNumber
let:
  calls: count() over 1h
when:
  - calls >= 100
";

/// What a pack of the floor's rule alone says of itself.
const FLOOR_PACK: &str = "
name: floor
version: \"1\"
title: One rule
timezone: Asia/Shanghai
country: CN
";

/// The list by which the starter pack knows a telemarketing card.
const CARDS: &str = "lists/telemarketing-cards.csv";

/// The rule of the floor, in a pack of its own.
#[must_use]
pub fn one_rule() -> PackFiles {
    PackFiles::new().with("pack.yaml", FLOOR_PACK).with("rules/many-calls.yaml", FLOOR_RULE)
}

/// The starter pack, its telemarketing cards being these numbers.
///
/// # Errors
/// Where the pack cannot be read.
pub fn starter(cards: impl Iterator<Item = String>) -> Result<PackFiles, Error> {
    let sources = read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../packs/starter")))?;
    let list = cards.fold("key\n".to_owned(), |list, number| list + &number + "\n");
    Ok(sources.with(CARDS, &list))
}

/// The starter pack, and the rule of the floor with it.
///
/// # Errors
/// Where the pack cannot be read.
pub fn starter_with_floor_rule(cards: impl Iterator<Item = String>) -> Result<PackFiles, Error> {
    Ok(starter(cards)?.with("rules/many-calls.yaml", FLOOR_RULE))
}

/// Reads the pack in a directory.
///
/// # Errors
/// Where it cannot be read.
pub fn read(pack: &Path) -> Result<PackFiles, Error> {
    let mut sources = PackFiles::new();
    for folder in ["", "rules", "lists"].into_iter().filter(|folder| pack.join(folder).is_dir()) {
        for file in files(&pack.join(folder))? {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let name = if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
            let text = std::fs::read_to_string(&file).map_err(Error::io("read a pack"))?;
            sources = sources.with(&name, &text);
        }
    }
    Ok(sources)
}

/// Writes a pack into a directory.
///
/// # Errors
/// Where it cannot be written.
pub fn write(sources: &PackFiles, pack: &Path) -> Result<(), Error> {
    for (name, text) in sources.files() {
        let file = pack.join(name);
        std::fs::create_dir_all(file.parent().unwrap_or(pack)).map_err(Error::io("make a pack's folder"))?;
        std::fs::write(file, text).map_err(Error::io("write a pack"))?;
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = std::fs::read_dir(folder).map_err(Error::io("list a pack"))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()).map_err(Error::io("list a pack")));
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_, _>>()?;
    paths.retain(|path| path.is_file());
    paths.sort();
    Ok(paths)
}

/// What a shard judges by: a pack with what stands on its lists.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The pack.
    pub pack: Arc<Pack>,
    /// A version of each list that it names.
    pub tables: Tables,
}

impl Rules {
    /// An empty shard that judges by them.
    #[must_use]
    pub fn shard(&self, options: ShardOptions) -> Shard {
        Shard::new(Arc::clone(&self.pack), &self.tables, options)
    }
}

/// Compiles a pack.
///
/// # Errors
/// With its first problem.
pub fn compile(sources: &PackFiles) -> Result<Rules, Error> {
    match ringfence_rules::parse_pack(sources, &Numbering::Opaque) {
        Ok(Compiled { pack, tables, .. }) => Ok(Rules { pack: Arc::new(pack), tables }),
        Err(problems) => {
            let first = problems.first().map(|problem: &Diagnostic| problem.render(sources)).unwrap_or_default();
            Err(Error::Unmet(format!("the pack does not compile: {first}")))
        }
    }
}

/// The pack with every rule `times` times over, each under a name of its own and with limits of its own: the first as
/// they are, each further one as much higher again.
#[must_use]
pub fn multiplied(rules: &Rules, times: u32) -> Rules {
    let mut many = Pack::clone(&rules.pack);
    many.rules.clear();
    for rule in &rules.pack.rules {
        for copy in 0..times {
            let mut rule = rule.clone();
            rule.name = format!("{}-{copy:03}", rule.name).into();
            rule.hash = ContentHash::of(rule.name.as_bytes());
            raise(&mut rule.when, copy);
            many.rules.push(rule);
        }
    }
    Rules { pack: Arc::new(many), tables: rules.tables.clone() }
}

/// Raises every limit that is no share by so many times what it is.
fn raise(condition: &mut Condition, times: u32) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter_mut().for_each(|part| raise(part, times)),
        Condition::Not(part) => raise(part, times),
        Condition::Compare(comparison) => {
            if let Expression::Constant(limit) = &mut comparison.right
                && limit.denominator() == 1
                && let Some(raised) = (*limit).max(Fraction::whole(1)).times(Fraction::whole(times.into()))
                && let Some(raised) = limit.plus(raised)
            {
                *limit = raised;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{compile, multiplied, one_rule, starter};

    #[test]
    fn the_packs_compile_and_the_starter_pack_lists_the_numbers_given() {
        assert_eq!(compile(&one_rule()).expect("compiles").pack.rules.len(), 1);
        let numbers = ["+8613000000001", "+8613000000002"].map(str::to_owned);
        let pack = compile(&starter(numbers.into_iter()).expect("there")).expect("compiles");
        assert_eq!(pack.tables.lists().map(|list| list.entries().count()).max(), Some(2));
        assert!(pack.pack.rules.len() >= 12);
    }

    #[test]
    fn a_multiplied_pack_has_rules_of_different_names_hashes_and_limits() {
        let rules = compile(&one_rule()).expect("compiles");
        let (pack, many) = (&rules.pack, multiplied(&rules, 10).pack);
        assert_eq!(many.rules.iter().map(|rule| &rule.name).collect::<BTreeSet<_>>().len(), 10);
        assert_eq!(many.rules.iter().map(|rule| rule.hash).collect::<BTreeSet<_>>().len(), 10);
        assert_eq!(many.rules[0].when, pack.rules[0].when);
        assert_ne!(many.rules[1].when, pack.rules[0].when);
    }
}
