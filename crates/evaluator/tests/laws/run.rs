//! Running a shard over records, and its state in the oracle's words.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringfence_cdr::EventTime;
use ringfence_evaluator::{Delivery, InputId, KeyName, Output, Record, Shard, ShardOptions};
use ringfence_oracle::{Delivered, Exact, StandingClause, StandingForm, StandingStrike, StandingViolation, Status};
use ringfence_rules::Pack;

/// A shard with everything that it published.
pub(crate) struct Run {
    pub(crate) shard: Shard,
    pack: Arc<Pack>,
    options: ShardOptions,
    outputs: Vec<Output>,
}

impl Run {
    pub(crate) fn new(pack: &Pack, options: ShardOptions) -> Self {
        let pack = Arc::new(pack.clone());
        Self { shard: Shard::new(pack.clone(), options.clone()), pack, options, outputs: Vec::new() }
    }

    pub(crate) fn apply(&mut self, records: &[Delivered]) {
        for record in records {
            self.shard.apply(delivery(record, false));
        }
        self.shard.commit(&mut self.outputs);
    }

    pub(crate) fn finish(&mut self, end: EventTime) {
        self.shard.finish(Some(end), &mut self.outputs);
    }

    /// Goes on from a snapshot, as after a crash.
    pub(crate) fn restart(&mut self) {
        let bytes = self.shard.snapshot().expect("encodes");
        self.shard = Shard::restore(&bytes, self.pack.clone(), self.options.clone()).expect("restores");
    }

    /// What was published, one JSON line an event.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.outputs.iter().map(|output| serde_json::to_string(output).expect("serialises")).collect()
    }
}

/// Judges records as an archive, a commit every `batch` records.
pub(crate) fn archive(pack: &Pack, records: &[Delivered], batch: usize, end: EventTime) -> Run {
    let mut run = Run::new(pack, ShardOptions::default());
    records.chunks(batch).for_each(|slice| run.apply(slice));
    run.finish(end);
    run
}

pub(crate) fn delivery(record: &Delivered, with_arrival: bool) -> Delivery {
    Delivery {
        input: InputId(0),
        arrival: with_arrival.then_some(record.arrival),
        record: match &record.record {
            ringfence_oracle::Record::Call(call) => Record::Call(call.clone()),
            ringfence_oracle::Record::Complaint(complaint) => Record::Complaint(complaint.clone()),
        },
    }
}

/// Records by the number that they are about, spread over so many partitions.
pub(crate) fn split_by_number(records: &[Delivered], partitions: usize) -> Vec<Vec<Delivered>> {
    let mut split: BTreeMap<usize, Vec<Delivered>> = BTreeMap::new();
    for record in records {
        let number = match &record.record {
            ringfence_oracle::Record::Call(call) => call.calling_number.to_string(),
            ringfence_oracle::Record::Complaint(complaint) => complaint.complained_number.to_string(),
        };
        let partition = number.bytes().map(usize::from).sum::<usize>() % partitions;
        split.entry(partition).or_default().push(record.clone());
    }
    split.into_values().collect()
}

/// What stands, in the oracle's words.
pub(crate) fn standing_form(shard: &Shard, pack: &Pack) -> StandingForm {
    let rule = |name: &str| pack.rules.iter().find(|rule| &*rule.name == name).expect("a rule of the pack");
    let mut form = StandingForm::default();
    for episode in shard.episodes() {
        let rule = rule(&episode.rule);
        let comparisons = rule.when.comparisons();
        form.violations.push(StandingViolation {
            opened_at: episode.opened_at,
            rule: episode.rule.to_string(),
            key: texts(&episode.key),
            rule_hash: rule.hash.to_string(),
            mode: rule.mode.name().to_owned(),
            status: if episode.closed_at.is_some() { Status::Closed } else { Status::Open },
            severity: episode.severity.name().to_owned(),
            last_at: episode.last_at,
            closed_at: episode.closed_at,
            matches: episode.matches,
            peak: rule
                .lets
                .iter()
                .zip(&episode.peak)
                .map(|(named, value)| (named.name.to_string(), Exact::of(*value)))
                .collect(),
            clauses: comparisons
                .iter()
                .zip(&episode.clauses)
                .map(|(comparison, (value, limit))| StandingClause {
                    measure: comparison.left_text.to_string(),
                    value: Exact::of(*value),
                    operator: comparison.operator.symbol().to_owned(),
                    limit: Exact::of(*limit),
                })
                .collect(),
        });
    }
    for strike in shard.strikes() {
        form.strikes.push(StandingStrike {
            ladder: strike.ladder.to_string(),
            subject: strike.card.to_string(),
            at: strike.at,
            rule: strike.rule.to_string(),
            key: texts(&strike.key),
            opened_at: strike.opened_at,
            counting: strike.count,
            step: strike.step,
            ends: strike.step.map(|_| strike.due_until),
        });
    }
    form.sort();
    form
}

fn texts(key: &KeyName) -> Vec<String> {
    match key {
        KeyName::Number(number) => vec![number.to_string()],
        KeyName::Pair(calling, called) => vec![calling.to_string(), called.to_string()],
    }
}
