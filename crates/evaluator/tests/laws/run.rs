//! Running a shard over steps.

use std::sync::Arc;

use ringfence_evaluator::{Outcome, Output, Shard, ShardClock, ShardOptions};
use ringfence_oracle::PackWithLists;

use crate::history::History;
use crate::steps::{CALLS, COMPLAINTS, Step};

/// A shard with everything that it published.
pub(crate) struct Run {
    pub(crate) shard: Shard,
    pub(crate) outputs: Vec<Output>,
    pub(crate) outcomes: Vec<Outcome>,
    options: ShardOptions,
}

impl Run {
    pub(crate) fn new(pack: &PackWithLists, options: ShardOptions) -> Self {
        let mut shard = Shard::new(Arc::new(pack.pack.clone()), &pack.tables, options.clone());
        if let ShardClock::Live { .. } = options.clock {
            assert_eq!([shard.add_input("calls"), shard.add_input("complaints")], [CALLS, COMPLAINTS]);
        }
        Self { shard, outputs: Vec::new(), outcomes: Vec::new(), options }
    }

    /// Runs an empty shard over steps.
    pub(crate) fn over(pack: &PackWithLists, clock: ShardClock, steps: &[Step]) -> Self {
        Self::with(pack, ShardOptions { clock, ..ShardOptions::default() }, steps)
    }

    /// Runs an empty shard with these options over steps.
    pub(crate) fn with(pack: &PackWithLists, options: ShardOptions, steps: &[Step]) -> Self {
        let mut run = Self::new(pack, options);
        steps.iter().for_each(|step| run.step(step));
        run
    }

    /// The same, restarted after every commit that `restart_after` names.
    pub(crate) fn restarting(
        pack: &PackWithLists,
        clock: ShardClock,
        steps: &[Step],
        restart_after: impl Fn(usize) -> bool,
    ) -> Self {
        let mut run = Self::new(pack, ShardOptions { clock, ..ShardOptions::default() });
        for (at, step) in steps.iter().enumerate() {
            run.step(step);
            if restart_after(at) {
                run.restart();
            }
        }
        run
    }

    /// The same, dropping every cache at these moments: one before each record, one before and one after each commit, and
    /// round again.
    pub(crate) fn dropping(pack: &PackWithLists, clock: ShardClock, steps: &[Step], drops: &[bool]) -> Self {
        let mut run = Self::new(pack, ShardOptions { clock, ..ShardOptions::default() });
        let mut drops = drops.iter().copied().cycle();
        let mut drop_or_not = |shard: &mut Shard| {
            if drops.next().unwrap_or_default() {
                shard.drop_caches();
            }
        };
        for step in steps {
            for delivery in &step.deliveries {
                drop_or_not(&mut run.shard);
                run.outcomes.push(run.shard.apply(delivery));
            }
            drop_or_not(&mut run.shard);
            run.end(step);
            drop_or_not(&mut run.shard);
        }
        run
    }

    pub(crate) fn step(&mut self, step: &Step) {
        for delivery in &step.deliveries {
            self.outcomes.push(self.shard.apply(delivery));
        }
        self.end(step);
    }

    fn end(&mut self, step: &Step) {
        if let Some(tick) = step.tick {
            self.shard.advance(CALLS, tick);
            self.shard.advance(COMPLAINTS, tick);
        }
        match step.end {
            Some(end) => self.shard.finish(Some(end), &mut self.outputs),
            None => self.shard.commit(&mut self.outputs),
        }
    }

    /// Goes on from a snapshot, as after a crash: nothing decoded and no view is left.
    pub(crate) fn restart(&mut self) {
        let bytes = self.shard.snapshot().expect("encodes");
        self.shard =
            Shard::restore(&bytes, &self.shard.packs(), self.shard.tables(), self.options.clone()).expect("restores");
    }

    /// What was published, one JSON line an event.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.outputs.iter().map(|output| serde_json::to_string(&output.event).expect("serialises")).collect()
    }

    /// What a subscriber makes of it.
    pub(crate) fn history(&self) -> History {
        History::of(&self.outputs)
    }
}
