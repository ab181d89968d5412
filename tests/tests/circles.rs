//! No files of one crate import each other in a loop: a file can be read with those below it alone.
//!
//! A file takes what it names: an item that it imports, or whose path stands in its code, belongs to the file that
//! defines it, however many modules re-export it. So a `mod.rs` that only declares and re-exports is never taken from.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, UseTree, Visibility};

/// The words of a path.
type Words = Vec<String>;

/// A module of a crate, and what its code says of others.
#[derive(Debug, Default)]
struct Module {
    file: PathBuf,
    /// The items that it defines.
    items: BTreeSet<String>,
    /// What it imports or re-exports, by the name that it has here.
    imports: BTreeMap<String, Words>,
    /// The modules of which it imports everything.
    globs: Vec<Words>,
    /// The paths in its code, private imports among them.
    named: Vec<Words>,
}

/// The modules of a crate by their paths, without those that only its tests have.
#[derive(Debug, Default)]
struct Crate(BTreeMap<Words, Module>);

impl Crate {
    fn read_file(&mut self, file: PathBuf, path: Words) {
        let code = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parsed = syn::parse_file(&code).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.read_module(&file, path, parsed.items);
    }

    fn read_module(&mut self, file: &Path, path: Words, items: Vec<Item>) {
        let mut module = Module { file: file.to_owned(), ..Module::default() };
        for item in items {
            match item {
                Item::Mod(child) if is_for_tests(&child.attrs) => {}
                Item::Mod(child) => {
                    let below = [path.as_slice(), &[child.ident.to_string()]].concat();
                    match child.content {
                        Some((_, items)) => self.read_module(file, below, items),
                        None => self.read_file(file_of(file, &child.ident.to_string()), below),
                    }
                }
                Item::Use(import) if is_for_tests(&import.attrs) => {}
                Item::Use(import) => {
                    let is_private = matches!(import.vis, Visibility::Inherited);
                    module.import(&import.tree, &mut Vec::new(), is_private);
                }
                item => {
                    module.items.extend(defined(&item));
                    paths(item.to_token_stream(), &mut module.named);
                }
            }
        }
        assert!(self.0.insert(path, module).is_none(), "{} is read once", file.display());
    }

    /// The item that a path in a module names, and the file that defines it; none for a module, or for an item of
    /// another crate.
    fn home(&self, module: &[String], path: &[String]) -> Option<(&Path, String)> {
        let mut at = module.to_vec();
        for (index, word) in path.iter().enumerate() {
            let below = [at.as_slice(), std::slice::from_ref(word)].concat();
            match word.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => drop(at.pop()),
                _ if self.0.contains_key(&below) => at = below,
                // What a macro defines is not seen, but it is the module's.
                _ => {
                    let unseen = || (index > 0).then(|| (self.0[&at].file.as_path(), word.clone()));
                    return self.home_of_item(&at, &path[index..]).or_else(unseen);
                }
            }
        }
        None
    }

    fn home_of_item(&self, at: &[String], path: &[String]) -> Option<(&Path, String)> {
        let module = &self.0[at];
        if module.items.contains(&path[0]) {
            return Some((&module.file, path[0].clone()));
        }
        if let Some(import) = module.imports.get(&path[0]).filter(|import| import[0] != path[0]) {
            return self.home(at, &[import.as_slice(), &path[1..]].concat());
        }
        module.globs.iter().find_map(|glob| self.home(at, &[glob.as_slice(), path].concat()))
    }

    fn ties(&self) -> Ties<'_> {
        let mut ties = Ties::new();
        for (path, module) in &self.0 {
            for named in &module.named {
                if let Some((home, item)) = self.home(path, named).filter(|(home, _)| *home != module.file) {
                    ties.entry(&module.file).or_default().entry(home).or_default().insert(item);
                }
            }
        }
        ties
    }
}

impl Module {
    fn import(&mut self, tree: &UseTree, before: &mut Words, is_private: bool) {
        let (name, word) = match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.import(&path.tree, before, is_private);
                before.pop();
                return;
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(tree, before, is_private));
            }
            UseTree::Glob(_) => return self.globs.push(before.clone()),
            UseTree::Name(name) => (name.ident.to_string(), name.ident.to_string()),
            UseTree::Rename(renamed) => (renamed.rename.to_string(), renamed.ident.to_string()),
        };
        let is_itself = word == "self";
        let path = if is_itself { before.clone() } else { [before.as_slice(), &[word]].concat() };
        let name = if is_itself && name == "self" { path.last().expect("has a name").clone() } else { name };
        if is_private {
            self.named.push(path.clone());
        }
        self.imports.insert(name, path);
    }
}

/// The name that an item defines.
fn defined(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// Every path in code, inside macros too.
fn paths(code: TokenStream, found: &mut Vec<Words>) {
    let (mut path, mut colons) = (Words::new(), 0);
    for token in code {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
            TokenTree::Ident(word) if colons == 2 && !path.is_empty() => {
                path.push(word.to_string());
                colons = 0;
            }
            token => {
                found.extend((!path.is_empty()).then(|| std::mem::take(&mut path)));
                colons = 0;
                match token {
                    TokenTree::Ident(word) => path.push(word.to_string()),
                    TokenTree::Group(group) => paths(group.stream(), found),
                    _ => {}
                }
            }
        }
    }
    found.extend((!path.is_empty()).then_some(path));
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.meta.to_token_stream().to_string().contains("(test")
    })
}

/// Where the module lies that a file declares.
fn file_of(parent: &Path, name: &str) -> PathBuf {
    let is_top = ["lib.rs", "mod.rs"].iter().any(|top| parent.ends_with(top));
    let directory = if is_top { parent.with_file_name("") } else { parent.with_extension("") };
    let alone = directory.join(format!("{name}.rs"));
    if alone.exists() { alone } else { directory.join(name).join("mod.rs") }
}

/// What each file takes from which other.
type Ties<'a> = BTreeMap<&'a Path, BTreeMap<&'a Path, BTreeSet<String>>>;

/// The files that a file takes from, however indirectly.
fn reached<'a>(from: &'a Path, ties: &Ties<'a>) -> BTreeSet<&'a Path> {
    let (mut all, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(next) = open.pop() {
        open.extend(ties.get(next).into_iter().flat_map(BTreeMap::keys).filter(|file| all.insert(**file)));
    }
    all
}

/// The files that take from each other in a loop, with what ties them.
fn circles<'a>(ties: &Ties<'a>) -> BTreeMap<BTreeSet<&'a Path>, String> {
    let mut found = BTreeMap::new();
    for file in ties.keys() {
        let circle: BTreeSet<&Path> =
            reached(file, ties).into_iter().filter(|other| reached(other, ties).contains(file)).collect();
        let mut tied = String::new();
        for (from, to, names) in
            circle.iter().flat_map(|from| ties[from].iter().map(move |(to, names)| (from, to, names)))
        {
            if circle.contains(to) {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                tied += &format!("  {} takes from {}: {}\n", from.display(), to.display(), names.join(", "));
            }
        }
        if !circle.is_empty() {
            found.insert(circle, tied);
        }
    }
    found
}

#[test]
fn no_files_of_a_crate_import_each_other_in_a_loop() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let crates = fs::read_dir(root.join("crates")).expect("is there").map(|entry| entry.expect("can be listed").path());
    let (mut found, mut tied) = (Vec::new(), 0);
    for directory in crates.chain([root.join("benches")]) {
        let mut read = Crate::default();
        read.read_file(directory.join("src/lib.rs"), Words::new());
        let ties = read.ties();
        tied += ties.values().map(BTreeMap::len).sum::<usize>();
        found.extend(circles(&ties).into_values());
    }
    assert!(tied > 500, "only {tied} imports were understood");
    assert!(found.is_empty(), "{} circles of files:\n{}", found.len(), found.join("\n"));
}
