//! The entries between two places of a sequence in blocks, from either end.
//!
//! Chained and flattened iterators would do; but the views of a busy number ask for a handful of entries thousands of times
//! a second, and how many there are must not cost a look at each.

use std::slice::Iter;

/// Entries of a sequence: the end of a block, whole blocks, and the beginning of another.
#[derive(Clone, Debug)]
pub struct Between<'a, T> {
    front: Iter<'a, T>,
    whole: Iter<'a, Vec<T>>,
    back: Iter<'a, T>,
}

impl<'a, T> Between<'a, T> {
    pub(crate) fn new(front: &'a [T], whole: &'a [Vec<T>], back: &'a [T]) -> Self {
        Self { front: front.iter(), whole: whole.iter(), back: back.iter() }
    }
}

impl<T> Default for Between<'_, T> {
    fn default() -> Self {
        Self::new(&[], &[], &[])
    }
}

impl<'a, T> Iterator for Between<'a, T> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        loop {
            if let Some(entry) = self.front.next() {
                return Some(entry);
            }
            match self.whole.next() {
                Some(block) => self.front = block.iter(),
                None => return self.back.next(),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let whole: usize = self.whole.clone().map(Vec::len).sum();
        let len = self.front.len() + whole + self.back.len();
        (len, Some(len))
    }

    fn count(self) -> usize {
        self.size_hint().0
    }

    fn fold<B, F: FnMut(B, &'a T) -> B>(self, init: B, mut visit: F) -> B {
        let front = self.front.fold(init, &mut visit);
        let whole = self.whole.flatten().fold(front, &mut visit);
        self.back.fold(whole, visit)
    }
}

impl<T> DoubleEndedIterator for Between<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.back.next_back() {
                return Some(entry);
            }
            match self.whole.next_back() {
                Some(block) => self.back = block.iter(),
                None => return self.front.next_back(),
            }
        }
    }
}
