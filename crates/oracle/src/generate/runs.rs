//! How long tests of the laws run, and on which worlds.

use proptest::test_runner::{Config, RngSeed};

/// The worlds of every run, unless `PROPTEST_RNG_SEED` says others: what fails once fails again.
const SEED: u64 = 0x5249_4e47;

/// A run over so many worlds where `PROPTEST_CASES` does not say how many.
#[must_use]
pub fn worlds(cases: u32) -> Config {
    let said = Config::default();
    let rng_seed = match said.rng_seed {
        RngSeed::Random => RngSeed::Fixed(SEED),
        fixed => fixed,
    };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { said.cases } else { cases };
    Config { cases, rng_seed, failure_persistence: None, max_shrink_iters: 20_000, ..said }
}
