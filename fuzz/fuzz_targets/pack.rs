//! The files of a pack, each after a line with its name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence_cdr::Numbering;
use ringfence_rules::{PackFiles, parse_pack, parse_rule_file};

const FILES: [(&str, &str); 3] =
    [("== pack\n", "pack.yaml"), ("== rule\n", "rules/one.yaml"), ("== list\n", "lists/listed.csv")];

fuzz_target!(|text: &str| {
    let mut sources = PackFiles::new();
    for (mark, path) in FILES {
        if let Some((_, from)) = text.split_once(mark) {
            sources = sources.with(path, from.split("\n== ").next().unwrap_or_default());
        }
    }
    if let Err(problems) = parse_pack(&sources, &Numbering::Opaque) {
        problems.iter().for_each(|problem| drop(problem.render(&sources)));
    }
    drop(parse_rule_file(&PackFiles::new().with("one.yaml", text), "one.yaml", &Numbering::Opaque));
});
