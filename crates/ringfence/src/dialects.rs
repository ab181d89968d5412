//! `ringfence dialects`: the dialects that are built in, and the file of one to begin an own one from.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use ringfence_cdr::dialect::{BUILT_IN, Dialect, Format, built_in_text};
use ringfence_cdr::nearest;
use ringfence_consumer::files::format_of;

use crate::CommandError;
use crate::print::print_text;

/// Lists what is built in, or prints the file of one.
pub(crate) fn dialects(name: Option<&str>) -> Result<ExitCode, CommandError> {
    let text = match name {
        None => BUILT_IN.iter().filter_map(|name| line(name)).collect(),
        Some(name) => built_in_text(name).ok_or_else(|| unknown(name))?.to_owned(),
    };
    print_text(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The dialect of a file, or the built-in one of a name.
pub(crate) fn dialect(name: &str) -> Result<Dialect, CommandError> {
    if let Some(dialect) = Dialect::built_in(name) {
        return Ok(dialect);
    }
    match std::fs::read_to_string(name) {
        Ok(text) => Ok(Dialect::compile(name, &text)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(unknown(name)),
        Err(source) => Err(CommandError::reading(name)(source)),
    }
}

/// The dialect, laid out as the name of a file says.
pub(crate) fn of_file(dialect: Dialect, path: &Path) -> Dialect {
    match format_of(path) {
        Some(format) => dialect.of_format(format),
        None => dialect,
    }
}

fn line(name: &str) -> Option<String> {
    let dialect = Dialect::built_in(name)?;
    let format = match dialect.format() {
        Format::Csv => "csv",
        Format::Jsonl => "jsonl",
        Format::Avro => "avro",
    };
    let about = about(built_in_text(name)?);
    Some(format!("{name:<15} {:<10} {format:<6} {about}\n", dialect.kind().name()))
}

/// The first sentence of the comment with which a file opens.
fn about(text: &str) -> String {
    let comment: Vec<&str> = text.lines().map_while(|line| line.strip_prefix('#')).map(str::trim).collect();
    let comment = comment.join(" ");
    comment.split(". ").next().unwrap_or_default().trim_end_matches('.').to_owned()
}

fn unknown(name: &str) -> CommandError {
    let near = nearest(name, BUILT_IN).map_or(String::new(), |near| format!(", did you mean `{near}`?"));
    CommandError::UnknownDialect { name: name.to_owned(), near }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_dialect_says_what_it_is() {
        for name in BUILT_IN {
            let about = line(name).expect("has a file");
            assert!((60..180).contains(&about.len()), "{about}");
        }
    }
}
