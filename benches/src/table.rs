//! Plain tables of several runs: the least, the median and the greatest of each figure.

use std::fmt::Write;

/// A figure of several runs.
#[derive(Debug, Clone, Default)]
pub struct Runs(Vec<f64>);

impl Runs {
    /// Adds what a run showed.
    pub fn push(&mut self, figure: f64) {
        let place = self.0.partition_point(|known| *known < figure);
        self.0.insert(place, figure);
    }

    /// The median; the lower of the two in the middle.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The least figure that at least this part of all do not exceed.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "few runs"
    )]
    pub fn quantile(&self, part: f64) -> f64 {
        let place = (self.0.len() as f64 * part).ceil() as usize;
        self.0.get(place.max(1) - 1).copied().unwrap_or(f64::NAN)
    }

    fn ends(&self) -> (f64, f64) {
        (self.0.first().copied().unwrap_or(f64::NAN), self.0.last().copied().unwrap_or(f64::NAN))
    }
}

impl FromIterator<f64> for Runs {
    fn from_iter<I: IntoIterator<Item = f64>>(figures: I) -> Self {
        let mut runs = Self::default();
        figures.into_iter().for_each(|figure| runs.push(figure));
        runs
    }
}

/// A table whose rows are what was measured and whose columns are figures.
#[derive(Debug)]
pub struct Table {
    columns: Vec<&'static str>,
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    /// A table of these figures.
    #[must_use]
    pub fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; `decimals` is how exactly each of its figures is printed.
    pub fn row(&mut self, name: impl Into<String>, figures: &[(&Runs, usize)]) {
        let cell = |(runs, decimals): &(&Runs, usize)| {
            let ((least, greatest), decimals) = (runs.ends(), *decimals);
            if runs.median().is_nan() {
                return "-".to_owned(); // not measured of this contender
            }
            match runs.0.len() {
                1 => format!("{:.decimals$}", runs.median()),
                _ => format!("{:.decimals$} ({least:.decimals$}..{greatest:.decimals$})", runs.median()),
            }
        };
        self.rows.push((name.into(), figures.iter().map(cell).collect()));
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name_width = self.rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        let mut widths: Vec<usize> = self.columns.iter().map(|column| column.chars().count()).collect();
        for (_, cells) in &self.rows {
            cells.iter().zip(&mut widths).for_each(|(cell, width)| *width = (*width).max(cell.chars().count()));
        }
        let mut line = " ".repeat(name_width);
        for (column, width) in self.columns.iter().zip(&widths) {
            write!(line, "  {column:>width$}")?;
        }
        writeln!(f, "{line}")?;
        for (name, cells) in &self.rows {
            let mut line = format!("{name:<name_width$}");
            for (cell, width) in cells.iter().zip(&widths) {
                write!(line, "  {cell:>width$}")?;
            }
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Runs, Table};

    #[test]
    fn a_cell_is_the_median_with_the_least_and_the_greatest() {
        let mut table = Table::new(&["µs"]);
        table.row("judging", &[(&[3.0, 1.0, 2.04].into_iter().collect::<Runs>(), 1)]);
        table.row("one", &[(&[1.0].into_iter().collect::<Runs>(), 2)]);
        assert_eq!(table.to_string(), "                     µs\njudging  2.0 (1.0..3.0)\none                1.00\n");
    }
}
