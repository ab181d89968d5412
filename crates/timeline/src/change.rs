//! What another record did to what the records make: to calls, and to facts.

/// What is no more, and what is instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change<T> {
    pub(crate) removed: Vec<T>,
    pub(crate) inserted: Vec<T>,
}

impl<T> Default for Change<T> {
    fn default() -> Self {
        Self { removed: Vec::new(), inserted: Vec::new() }
    }
}

impl<T: Ord> Change<T> {
    /// The change without what it removes and inserts again, in order.
    pub(crate) fn net(mut self) -> Self {
        self.removed.sort_unstable();
        self.inserted.sort_unstable();
        let (mut removed, mut inserted) = (Vec::new(), Vec::new());
        let (mut before, mut after) = (self.removed.into_iter().peekable(), self.inserted.into_iter().peekable());
        loop {
            match (before.peek(), after.peek()) {
                (Some(gone), Some(new)) if gone == new => drop((before.next(), after.next())),
                (Some(gone), new) if new.is_none_or(|new| gone < new) => removed.extend(before.next()),
                (_, Some(_)) => inserted.extend(after.next()),
                (_, None) => return Self { removed, inserted },
            }
        }
    }
}
