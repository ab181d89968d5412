//! Rows among the records that are none: the header again, where files were joined, and the types of the columns, which
//! some systems write below their header (Cisco's CUCM does).
//!
//! They are looked for among rows that cannot be taken, so nothing that is a record is ever left out for what it looks
//! like.

/// Types of SQL, without their lengths.
const TYPES: [&str; 31] = [
    "BIGINT",
    "BINARY",
    "BIT",
    "BLOB",
    "BOOL",
    "BOOLEAN",
    "CHAR",
    "CLOB",
    "DATE",
    "DATETIME",
    "DECIMAL",
    "DOUBLE",
    "FLOAT",
    "INT",
    "INTEGER",
    "LONG",
    "LVARCHAR",
    "MONEY",
    "NCHAR",
    "NUMERIC",
    "NVARCHAR",
    "REAL",
    "SMALLINT",
    "STRING",
    "TEXT",
    "TIME",
    "TIMESTAMP",
    "TINYINT",
    "UNIQUEIDENTIFIER",
    "UUID",
    "VARCHAR",
];

/// Whether a row of a file with this header is no record: the header itself, or the types of its columns.
pub(super) fn is_no_record<'a>(header: &[String], mut row: impl Iterator<Item = &'a str> + Clone) -> bool {
    let is_header = row.clone().map(str::trim).eq(header.iter().map(String::as_str));
    is_header || row.all(is_type)
}

/// Whether a text is a type, with or without a length: `VARCHAR(50)`.
fn is_type(text: &str) -> bool {
    let text = text.trim();
    let name = match text.split_once('(') {
        Some((name, length)) => match length.strip_suffix(')') {
            Some(length) if length.bytes().all(|byte| byte.is_ascii_digit() || b", ".contains(&byte)) => {
                name.trim_end()
            }
            _ => return false,
        },
        None => text,
    };
    TYPES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(row: &[&str], expected: bool) {
        let header = ["id", "caller", "start"].map(str::to_owned);
        assert_eq!(is_no_record(&header, row.iter().copied()), expected, "{row:?}");
    }

    #[test]
    fn a_header_again_and_a_row_of_types_are_no_records() {
        check(&["id", "caller", "start"], true);
        check(&["id ", " caller", "start"], true);
        check(&["INTEGER", "VARCHAR(50)", "decimal(10, 2)"], true);
        check(&["id", "caller"], false);
        check(&["id", "caller", "Start"], false);
        check(&["INTEGER", "VARCHAR(50)", ""], false);
        check(&["INTEGER", "VARCHAR(x)", "INTEGER"], false);
        check(&["1", "+15550100001", "INTEGER"], false);
    }
}
