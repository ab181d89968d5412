//! Another pack in force: what goes on under which rule.

use std::sync::Arc;

use ringfence_rules::{Key, Pack};

use crate::shard::Shard;

impl Shard {
    /// Puts another pack in force; call it between two commits.
    ///
    /// Facts stay, so every rule of the new pack is warm at once. What was judged before stays: an episode that is open
    /// goes on under the rule of the same name and key, and its strikes with it; those of rules that are gone are
    /// forgotten without an event where they were closed.
    pub fn switch(&mut self, pack: Arc<Pack>) {
        let old = std::mem::replace(&mut self.pack, pack);
        let rule_map: Vec<Option<u16>> =
            old.rules.iter().map(|rule| same_rule(&self.pack, &rule.name, rule.key)).collect();
        let ladder_map: Vec<Option<usize>> =
            old.ladders.iter().map(|ladder| self.pack.ladders.iter().position(|new| new.name == ladder.name)).collect();
        let new_ladders = self.pack.ladders.len();
        for state in self.numbers.iter_mut().flatten() {
            if let Some(rest) = &mut state.rest {
                rest.follow_pack(&rule_map, &ladder_map, new_ladders);
            }
        }
        self.derive_from_pack();
    }
}

fn same_rule(pack: &Pack, name: &str, key: Key) -> Option<u16> {
    pack.rules.iter().position(|rule| &*rule.name == name && rule.key == key).map(|at| at as u16)
}

impl crate::number::Rest {
    fn follow_pack(&mut self, rules: &[Option<u16>], ladders: &[Option<usize>], new_ladders: usize) {
        let renamed = |rule: u16| rules.get(usize::from(rule)).copied().flatten();
        self.tracks.retain_mut(|track| {
            let new = renamed(track.rule);
            track.rule = new.unwrap_or(track.rule);
            new.is_some()
        });
        self.tracks.sort_by_key(|track| (track.rule, track.called));
        if let Some(card) = &mut self.card {
            let old = std::mem::take(&mut card.ladders);
            card.ladders.resize_with(new_ladders, Default::default);
            for (at, mut file) in old.into_iter().enumerate() {
                file.follow_rules(renamed);
                if let Some(Some(new)) = ladders.get(at) {
                    card.ladders[*new] = file;
                }
            }
        }
    }
}
