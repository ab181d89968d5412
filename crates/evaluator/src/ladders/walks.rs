//! Working out the strikes on a ladder anew, one question after the other.
//!
//! Which instant a strike may rest on depends on the strikes before it, and is known to those who judge: so a walk asks,
//! and whoever drives it takes the question there and the answer back.

use ringfence_cards::{Answer, LadderFile, Offence, Question, Strike, Walk};
use ringfence_cdr::EventTime;

use crate::rulebook::LadderEdition;

/// The walks from the first changed instant on, one after the other through the stretches in which the ladder was the same.
pub(crate) struct Walks<'a> {
    offences: &'a [Offence],
    /// Those that were not begun yet, the first of them last.
    ahead: Vec<LadderStretch<'a>>,
    /// In the stretch that was begun last.
    walk: Option<Walk<'a>>,
    /// Where none is begun.
    strikes: Vec<Strike>,
    /// The place of the first that was worked out anew.
    first_new: usize,
    /// What stood in place of those.
    stood: Vec<Strike>,
}

impl<'a> Walks<'a> {
    pub(super) fn new(
        editions: &'a [LadderEdition],
        file: &mut LadderFile,
        offences: &'a [Offence],
        from: Option<EventTime>,
    ) -> Self {
        let (strikes, stood) = file.part(from.unwrap_or(EventTime::MAX));
        let mut ahead: Vec<LadderStretch<'a>> = stretches(editions, from).collect();
        ahead.reverse();
        Self { offences, ahead, walk: None, first_new: strikes.len(), strikes, stood }
    }

    /// What has to be known next; `None` once every strike is found.
    pub(crate) fn question(&mut self) -> Option<Question> {
        loop {
            if let Some(question) = self.walk.as_mut().and_then(Walk::question) {
                return Some(question);
            }
            if let Some(walk) = self.walk.take() {
                self.strikes = walk.strikes();
            }
            let LadderStretch { edition, from, until } = self.ahead.pop()?;
            let strikes = std::mem::take(&mut self.strikes);
            self.walk = Some(Walk::new(edition.ladder(), strikes, self.offences, (from, until)));
        }
    }

    /// Takes the answer to the last question.
    pub(crate) fn answer(&mut self, answer: Answer) {
        if let Some(walk) = &mut self.walk {
            walk.answer(answer);
        }
    }

    /// Puts the strikes in the file, once there is no more question; whether subscribers are to be told.
    pub(crate) fn end(self, file: &mut LadderFile) -> bool {
        file.stand(self.strikes, self.first_new, &self.stood, self.offences)
    }
}

/// A stretch of time in which a ladder was the same.
#[derive(Debug)]
struct LadderStretch<'a> {
    edition: &'a LadderEdition,
    from: EventTime,
    until: EventTime,
}

/// How a ladder stood from an instant on.
fn stretches(editions: &[LadderEdition], from: Option<EventTime>) -> impl Iterator<Item = LadderStretch<'_>> {
    let stretch = move |edition| {
        let &LadderEdition { from: begins, until, .. } = edition;
        let from = from?.max(begins);
        (from < until).then_some(LadderStretch { edition, from, until })
    };
    editions.iter().filter_map(stretch)
}
