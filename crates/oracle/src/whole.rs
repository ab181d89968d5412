//! The standing form of a whole pack: every rule and key, and every ladder.

use ringfence_cdr::EventTime;
use ringfence_rules::Rule;

use crate::judge::Truth;
use crate::standing::{Exact, StandingClause, StandingForm, StandingViolation};
use crate::view::View;
use crate::{Episode, JudgedKey, Ledger, Oracle, episode, judge, ladder};

impl Oracle<'_> {
    /// All standing violations, strikes and steps due at a shard time.
    #[must_use]
    pub fn standing(&self, ledger: &Ledger, until: EventTime) -> StandingForm {
        let mut form = StandingForm::default();
        for rule in self.rules() {
            for key in self.keys(ledger, rule) {
                let view = self.view(ledger, rule, &key);
                let instants = judge::judge(self.reader(), rule, &view);
                for episode in episode::episodes(rule, &instants, until) {
                    form.violations.push(self.violation(rule, &key, &view, &episode));
                }
            }
        }
        for ladder in 0..self.pack().ladders.len() {
            let climbed = ladder::climb(self, ledger, ladder, until);
            form.strikes.extend(climbed.strikes);
            form.due.extend(climbed.due);
        }
        form.sort();
        form
    }

    fn violation(&self, rule: &Rule, key: &JudgedKey, view: &View<'_>, episode: &Episode) -> StandingViolation {
        let opening = Truth { reader: self.reader(), rule, view, t: episode.opened_at };
        let clause = |comparison: &ringfence_rules::Comparison| StandingClause {
            measure: comparison.left_text.to_string(),
            value: Exact::of(opening.value(&comparison.left)),
            operator: comparison.operator.name().to_owned(),
            limit: Exact::of(opening.value(&comparison.right)),
        };
        StandingViolation {
            opened_at: episode.opened_at,
            rule: rule.name.to_string(),
            key: key.texts(),
            rule_hash: rule.hash.to_string(),
            mode: rule.mode.name().to_owned(),
            status: episode.status,
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
            clauses: rule.when.comparisons().into_iter().map(clause).collect(),
        }
    }
}
