//! A dialect file, with a comment for whatever is not known.

use super::column::{Column, TimeLook};
use super::roles::{Origin, Reason, Role, Roles, is_flag};
use super::sample::{Layout, Sample};
use super::words::ANSWERED;

/// Marks what someone should look at.
const UNSURE: &str = "  # ? ";
/// Of a hundred numbers so many must say their country for the rest to be short codes.
const INTERNATIONAL: usize = 95;

/// A proposed dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    text: String,
    lacks_zone: bool,
}

impl Proposal {
    /// The dialect file. Behind `# ?` stands what is not known, or might be otherwise.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many places someone should look at.
    #[must_use]
    pub fn unsure(&self) -> usize {
        self.text.matches("# ?").count()
    }

    /// The same with UTC where the zone is missing, which no file says: for a look at what would be read, not for use.
    #[must_use]
    pub fn as_if_in_utc(&self) -> Option<String> {
        self.lacks_zone.then(|| self.text.replacen("# zone:", "zone: UTC", 1))
    }

    pub(super) fn of(name: &str, sample: &Sample, columns: &[Column<'_>], roles: &Roles) -> Self {
        let local = local_times(columns, roles);
        let mut page = Page { text: String::new(), columns };
        page.line(&format!(
            "# Proposed from the first {} records of a file. Look at what is marked with `# ?`.",
            sample.rows.len()
        ));
        page.line(&format!("dialect: {}", quoted(name)));
        page.line("kind: cdr");
        page.layout(sample);
        if !local.is_empty() {
            let of = local.join(", ");
            page.line(&format!(
                "# zone:{UNSURE}{of} without an offset: the zone of the clock that wrote them, such as Asia/Shanghai"
            ));
        }
        page.numbers(roles);
        page.line(&format!("# served: calling{UNSURE}if the calling card's own network wrote these records: no card gets a strike without"));
        page.line("fields:");
        page.fields(roles);
        page.unread(roles);
        Self { text: page.text, lacks_zone: !local.is_empty() }
    }
}

/// The columns with times in no zone.
fn local_times(columns: &[Column<'_>], roles: &Roles) -> Vec<String> {
    let is_local = |look: &Option<TimeLook>| look.as_ref().is_some_and(|look| !look.has_offset);
    let local = roles.iter().filter(|role| match role.origin {
        Origin::Column(at) => role.field.ends_with("Time") && is_local(&columns[at].time),
        Origin::DateAndClock(..) => true,
    });
    local.map(|role| role.field.to_owned()).collect()
}

struct Page<'a> {
    text: String,
    columns: &'a [Column<'a>],
}

impl Page<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn layout(&mut self, sample: &Sample) {
        match sample.layout {
            Layout::Json => self.line("format: jsonl"),
            Layout::Csv { delimiter, header } => {
                self.line("format: csv");
                if header {
                    self.line("header: true");
                } else {
                    let names = sample.names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
                    self.line(&format!("columns: [{names}]{UNSURE}the first row names none: give them better ones"));
                }
                if delimiter != b',' {
                    self.line(&format!("delimiter: {}", quoted(&char::from(delimiter).to_string())));
                }
            }
        }
        if sample.encoding != "utf-8" {
            self.line(&format!("encoding: {}{UNSURE}it is not UTF-8, and this one fits", sample.encoding));
        }
        if sample.uneven > 0 {
            let all = sample.uneven + sample.rows.len();
            self.line(&format!(
                "# missing: absent{UNSURE}{} of {all} rows have another number of columns: if rows may end early",
                sample.uneven
            ));
        }
    }

    fn numbers(&mut self, roles: &Roles) {
        let of = |field| match roles.of_field(field).map(|role| role.origin) {
            Some(Origin::Column(at)) => self.columns.get(at),
            _ => None,
        };
        let numbers = [of("callingNumber"), of("calledNumber")].into_iter().flatten();
        let is_international = |text: &str| text.contains('+') || text.starts_with("00");
        let is_pseudonym =
            |text: &str| text.chars().filter(char::is_ascii_alphabetic).count() > 3 && !text.contains(['@', ':']);
        let (mut international, mut pseudonyms) = (100, 0);
        for column in numbers {
            international = international.min(column.percent(is_international));
            pseudonyms = pseudonyms.max(column.percent(is_pseudonym));
        }
        if pseudonyms > 50 {
            self.line(&format!("numbers: opaque{UNSURE}they look like pseudonyms: taken as they are"));
        } else if international < INTERNATIONAL {
            let of = 100 - international;
            self.line(&format!("# numbers:{UNSURE}{of} of 100 have neither + nor 00: the country whose numbers they are, such as {{country: CN}}"));
        }
    }

    fn fields(&mut self, roles: &Roles) {
        if roles.of_field("recordId").is_none() {
            self.line(&format!("  recordId: \"{{file}}:{{line}}\"{UNSURE}no column names each record: one that is read from two files counts twice"));
        }
        for role in roles.iter() {
            let line = self.field(role);
            self.line(&line);
        }
        let missing =
            [("callingNumber", "telephone numbers"), ("calledNumber", "telephone numbers"), ("seizureTime", "times")];
        for (field, what) in missing {
            if roles.of_field(field).is_none() {
                self.line(&format!("  # {field}:{UNSURE}no column that is left over looks like {what}"));
            }
        }
    }

    fn field(&self, role: &Role) -> String {
        let mut notes = Vec::new();
        let source = match role.origin {
            Origin::Column(at) => self.of_column(role.field, &self.columns[at], &mut notes),
            Origin::DateAndClock(date, clock) => self.of_two(&self.columns[date], &self.columns[clock], &mut notes),
        };
        match role.reason {
            Reason::Name => {}
            Reason::PartOfName => notes.insert(0, "by a part of the column's name".to_owned()),
            Reason::Looks => notes.insert(0, "a guess, by its looks alone".to_owned()),
        }
        let notes = if notes.is_empty() { String::new() } else { format!("{UNSURE}{}", notes.join("; ")) };
        format!("  {}: {source}{notes}", role.field)
    }

    fn of_column(&self, field: &str, column: &Column<'_>, notes: &mut Vec<String>) -> String {
        let from = quoted(&template(column.name));
        match (field, &column.time, column.length) {
            ("seizureTime" | "answerTime" | "releaseTime", Some(look), _) => {
                notes.extend(look.or.map(|other| format!("{} fits as well", quoted(other))));
                format!("{{from: {from}, format: {}}}", quoted(look.format))
            }
            ("callDuration", _, Some(unit)) => {
                let others =
                    self.columns.iter().filter(|other| other.name != column.name && other.plain.contains("dura"));
                notes.extend(others.map(|other| format!("{} may be the time with the ringing", quoted(other.name))));
                if unit == "s" && column.plain.len() < 9 && column.plain != "billsec" {
                    notes.push("seconds, unless the system says otherwise".to_owned());
                }
                format!("{{from: {from}, unit: {unit}}}")
            }
            ("answered", ..) if !is_flag(column) => {
                let word = column.words.iter().find(|word| ANSWERED.contains(word)).copied().unwrap_or_default();
                format!("{{from: {from}, equals: {}}}", quoted(word))
            }
            _ => from,
        }
    }

    fn of_two(&self, date: &Column<'_>, clock: &Column<'_>, notes: &mut Vec<String>) -> String {
        let look = date.date.as_ref();
        let (day, time) = (look.map_or("", |look| look.format), clock.clock.unwrap_or_default());
        notes.extend(look.and_then(|look| look.or).map(|other| format!("the date {} fits as well", quoted(other))));
        let from = format!("{{{}}} {{{}}}", date.name, clock.name);
        format!("{{from: {}, format: {}}}", quoted(&from), quoted(&format!("{day} {time}")))
    }

    /// Columns of a few words may say which rows are no calls of the card.
    fn unread(&mut self, roles: &Roles) {
        let is_telling = |column: &&Column<'_>| {
            let is_word = |word: &&str| {
                word.len() <= 20 && !word.contains(|letter: char| letter.is_control() || letter.is_ascii_digit())
            };
            (2..=6).contains(&column.words.len()) && column.words.iter().all(is_word)
        };
        let free = self.columns.iter().enumerate().filter(|(at, _)| !roles.is_taken(*at)).map(|(_, column)| column);
        let telling: Vec<&Column<'_>> = free.filter(is_telling).collect();
        for column in telling {
            let words = column.words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", ");
            let name =
                if column.name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-')) {
                    column.name.to_owned()
                } else {
                    format!("{{{}}}", column.name)
                };
            let only = format!("# only: {name} in [{words}]{UNSURE}keep those of the rows that are calls of the card");
            self.line(&only);
        }
    }
}

/// A column's name as it stands in a template: a brace is written twice.
fn template(name: &str) -> String {
    name.replace('{', "{{").replace('}', "}}")
}

/// A text as a scalar of YAML.
fn quoted(text: &str) -> String {
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.'))
        && !matches!(&*text.to_ascii_lowercase(), "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    // A text of JSON is one of YAML.
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
