//! The laws of `docs/laws.md`, held against the oracle on small adversarial worlds. Each test is named by its law.
//!
//! The seed is fixed, so that a run tells the same every time; `PROPTEST_CASES` makes it longer and
//! `PROPTEST_RNG_SEED` another one.

mod absent;
mod archive;
mod bounded;
mod caches;
mod cap_restarted;
mod cost;
mod form;
mod found;
mod history;
mod host;
mod live;
mod many_parts;
mod run;
mod steps;
mod switch;
mod values;

use proptest::test_runner::{Config, RngSeed};

/// Worlds tried for a law where `PROPTEST_CASES` does not say.
fn worlds(cases: u32) -> Config {
    let said = Config::default();
    let rng_seed = match said.rng_seed {
        RngSeed::Random => RngSeed::Fixed(0x5249_4e47),
        fixed => fixed,
    };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { said.cases } else { cases };
    Config { cases, rng_seed, failure_persistence: None, max_shrink_iters: 20_000, ..said }
}
