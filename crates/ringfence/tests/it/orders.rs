//! The rows of a file in other orders.

/// Rows without a header, each with an id of its own in front, so that a repeat is known as one wherever it stands.
pub(crate) struct Rows(Vec<String>);

impl Rows {
    /// The rows of a file in its order.
    pub(crate) fn of<'a>(rows: impl Iterator<Item = &'a str>) -> Self {
        Self(rows.enumerate().map(|(at, row)| format!("row-{at},{row}\n")).collect())
    }

    /// In file order, sorted by this key, shuffled, and in file order with every third row a second time: once at the
    /// end, and once at once.
    pub(crate) fn orders<K: Ord>(&self, key: impl Fn(&str) -> K) -> Vec<(&'static str, String)> {
        let mut sorted = self.0.clone();
        sorted.sort_by_key(|row| key(row.split_once(',').expect("an id").1));
        let repeated = self.0.iter().chain(self.0.iter().step_by(3));
        let doubled = self.0.iter().enumerate().flat_map(|(at, row)| [row].repeat(if at % 3 == 0 { 2 } else { 1 }));
        vec![
            ("file", self.0.concat()),
            ("sorted", sorted.concat()),
            ("shuffled", shuffled(&self.0).concat()),
            ("repeated", repeated.map(String::as_str).collect()),
            ("doubled", doubled.map(String::as_str).collect()),
        ]
    }
}

/// By Fisher and Yates with a small fixed generator (Knuth's MMIX constants): the same order in every run.
fn shuffled(rows: &[String]) -> Vec<String> {
    let mut rows = rows.to_vec();
    let mut state: u64 = 20_261_125;
    for last in (1..rows.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        rows.swap(last, (state >> 33) as usize % (last + 1));
    }
    rows
}
