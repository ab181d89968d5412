//! Violations as JSON lines, as a table, or as CSV.

use std::io::{self, BufWriter, Write};

use ringfence_alert_publisher::LineSink;
use ringfence_events::{KeyName, Mode, Violation};
use ringfence_rules::{Key, Pack};

use super::arguments::{Arguments, Form};
use super::error::{BacktestError, cannot_write, create};

/// The columns of the CSV: whatever a violation says in one word. Of a pair, `key` is the first number and `calledNumber`
/// the second.
const COLUMNS: [&str; 22] = [
    "id",
    "revision",
    "status",
    "rule",
    "version",
    "hash",
    "mode",
    "severity",
    "scope",
    "key",
    "calledNumber",
    "openedAt",
    "lastAt",
    "closedAt",
    "updatedAt",
    "matches",
    "late",
    "dataComplete",
    "approximate",
    "replacedBy",
    "replaces",
    "reason",
];
/// A time as it is printed.
const TIME_WIDTH: usize = "2026-01-01T09:00:00.000Z".len();
/// E.164.
const NUMBER_WIDTH: usize = 16;
/// What a table says of a violation whose number had reached its cap.
const APPROXIMATE: &str = " (approximate: counts are lower bounds)";

/// Writes violations to where the command line says.
pub(super) struct ViolationWriter {
    path: String,
    sink: Sink,
}

enum Sink {
    Jsonl(LineSink<BufWriter<Box<dyn Write>>>),
    Table { out: BufWriter<Box<dyn Write>>, rule_width: usize, key_width: usize },
    Csv(Box<csv::Writer<Box<dyn Write>>>),
}

impl ViolationWriter {
    pub(super) fn create(arguments: &Arguments, pack: &Pack) -> Result<Self, BacktestError> {
        let path = arguments.output.as_ref().map_or("standard output".to_owned(), |path| path.display().to_string());
        let out: Box<dyn Write> = match &arguments.output {
            None => Box::new(io::stdout()),
            Some(path) => Box::new(create(path)?),
        };
        let mut writer = Self { path, sink: Sink::new(arguments.format, out, pack) };
        let written = writer.sink.head();
        writer.written(written)?;
        Ok(writer)
    }

    pub(super) fn write(&mut self, violation: &Violation) -> Result<(), BacktestError> {
        let written = self.sink.write(violation);
        self.written(written)
    }

    pub(super) fn flush(&mut self) -> Result<(), BacktestError> {
        let written = match &mut self.sink {
            Sink::Jsonl(out) => out.flush(),
            Sink::Table { out, .. } => out.flush(),
            Sink::Csv(out) => out.flush(),
        };
        self.written(written)
    }

    fn written(&self, written: io::Result<()>) -> Result<(), BacktestError> {
        written.map_err(|source| cannot_write(&self.path, source))
    }
}

impl Sink {
    fn new(form: Form, out: Box<dyn Write>, pack: &Pack) -> Self {
        match form {
            Form::Jsonl => Self::Jsonl(LineSink::new(BufWriter::new(out))),
            Form::Csv => Self::Csv(Box::new(csv::Writer::from_writer(out))),
            Form::Table => {
                let rules = pack.rules.iter().map(|rule| rule.name.len() + " (shadow)".len());
                let pairs = pack.rules.iter().any(|rule| rule.key == Key::Pair);
                let key_width = if pairs { 2 * NUMBER_WIDTH + " to ".len() } else { NUMBER_WIDTH };
                Self::Table { out: BufWriter::new(out), rule_width: rules.max().unwrap_or_default(), key_width }
            }
        }
    }

    fn head(&mut self) -> io::Result<()> {
        match self {
            Self::Jsonl(_) => Ok(()),
            Self::Csv(out) => Ok(out.write_record(COLUMNS)?),
            Self::Table { out, rule_width, key_width } => writeln!(
                out,
                "{:TIME_WIDTH$}  {:9}  {:8}  {:rule_width$}  {:key_width$}  {:>7}  reason",
                "openedAt", "status", "severity", "rule", "key", "matches"
            ),
        }
    }

    fn write(&mut self, violation: &Violation) -> io::Result<()> {
        match self {
            Self::Jsonl(out) => out.write(violation),
            Self::Csv(out) => Ok(out.write_record(columns(violation))?),
            Self::Table { out, rule_width, key_width } => {
                let rule = match violation.rule.mode {
                    Mode::Enforce => violation.rule.id.to_string(),
                    mode @ Mode::Shadow => format!("{} ({mode})", violation.rule.id),
                };
                let key = match &violation.key {
                    KeyName::Number(number) => number.to_string(),
                    KeyName::Pair(calling, called) => format!("{calling} to {called}"),
                };
                let caveat = if violation.approximate { APPROXIMATE } else { "" };
                writeln!(
                    out,
                    "{}  {:9}  {:8}  {rule:rule_width$}  {key:key_width$}  {:>7}  {}{caveat}",
                    violation.opened_at, violation.status, violation.severity, violation.matches, violation.reason
                )
            }
        }
    }
}

fn columns(violation: &Violation) -> [String; COLUMNS.len()] {
    let (key, called) = match &violation.key {
        KeyName::Number(number) => (number.to_string(), String::new()),
        KeyName::Pair(calling, called) => (calling.to_string(), called.to_string()),
    };
    [
        violation.id.clone(),
        violation.revision.to_string(),
        violation.status.to_string(),
        violation.rule.id.to_string(),
        violation.rule.version.to_string(),
        violation.rule.hash.clone(),
        violation.rule.mode.to_string(),
        violation.severity.to_string(),
        violation.scope.to_string(),
        key,
        called,
        violation.opened_at.to_string(),
        violation.last_at.to_string(),
        violation.closed_at.map_or(String::new(), |at| at.to_string()),
        violation.updated_at.to_string(),
        violation.matches.to_string(),
        violation.late.to_string(),
        violation.data_complete.to_string(),
        violation.approximate.to_string(),
        violation.replaced_by.clone().unwrap_or_default(),
        violation.replaces.clone().unwrap_or_default(),
        violation.reason.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// No archive of a test is large enough for a number to reach its cap.
    const APPROXIMATE_VIOLATION: &str = r#"{"id":"f00d","revision":1,
        "rule":{"id":"three","version":"1","hash":"cafe","mode":"enforce"},
        "scope":"callingNumber","key":"+8617100000001","status":"opened","severity":"major",
        "openedAt":"2026-01-01T00:02:00.000Z","lastAt":"2026-01-01T00:02:00.000Z","updatedAt":"2026-01-01T00:02:00.000Z",
        "clauses":[],"evidence":{"records":[],"digest":"beef","total":0},"matches":1,"peak":{},
        "dataComplete":true,"late":false,"approximate":true,"reason":"three calls"}"#;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("unshared").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(form: Form, approximate: bool) -> String {
        let sources = ringfence_rules::PackFiles::new()
            .with("three.yaml", "rule: three\nkey: callingNumber\nlet: {calls: count() over 1m}\nwhen: [calls >= 3]\n");
        let pack = ringfence_rules::compile(&sources, None).expect("compiles").pack;
        let page = Page::default();
        let violation: Violation = serde_json::from_str(APPROXIMATE_VIOLATION).expect("a violation");
        let mut sink = Sink::new(form, Box::new(page.clone()), &pack);
        sink.head().and_then(|()| sink.write(&Violation { approximate, ..violation })).expect("written");
        drop(sink);
        String::from_utf8(page.0.lock().expect("unshared").clone()).expect("text")
    }

    #[test]
    fn every_form_says_that_a_violation_is_approximate() {
        for form in [Form::Jsonl, Form::Table, Form::Csv] {
            let [approximate, exact] = [true, false].map(|approximate| written(form, approximate));
            assert_ne!(approximate, exact, "{form:?}");
        }
        assert!(written(Form::Table, true).ends_with("  three calls (approximate: counts are lower bounds)\n"));
        assert!(written(Form::Table, false).ends_with("  three calls\n"));
    }
}
