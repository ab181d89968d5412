//! The entries between two places of a sequence in blocks, from either end.
//!
//! Chained and flattened iterators would do; but the views of a busy number ask for a handful of entries thousands of times
//! a second, and how many there are must not cost a look at each. Nearly always they lie in one block, so what is beyond
//! it is kept apart, and this is hardly more than an iterator of a slice.

use std::slice::Iter;

/// Entries of a sequence: the end of a block, whole blocks, and the beginning of another.
#[derive(Clone, Debug)]
pub struct Between<'a, T> {
    near: Iter<'a, T>,
    far: Option<Box<Far<'a, T>>>,
}

/// Those behind the first block.
#[derive(Clone, Debug)]
struct Far<'a, T> {
    whole: Iter<'a, Vec<T>>,
    last: Iter<'a, T>,
}

impl<'a, T> Between<'a, T> {
    /// Entries of one block.
    pub(crate) fn near(entries: &'a [T]) -> Self {
        Self { near: entries.iter(), far: None }
    }

    pub(crate) fn new(first: &'a [T], whole: &'a [Vec<T>], last: &'a [T]) -> Self {
        Self { near: first.iter(), far: Some(Box::new(Far { whole: whole.iter(), last: last.iter() })) }
    }

    #[cold]
    fn next_far(&mut self) -> Option<&'a T> {
        while let Some(far) = &mut self.far {
            match far.whole.next() {
                Some(block) => self.near = block.iter(),
                None => {
                    self.near = std::mem::take(&mut far.last);
                    self.far = None;
                }
            }
            if let Some(entry) = self.near.next() {
                return Some(entry);
            }
        }
        None
    }

    #[cold]
    fn next_back_far(&mut self) -> Option<&'a T> {
        while let Some(far) = &mut self.far {
            if let Some(entry) = far.last.next_back() {
                return Some(entry);
            }
            match far.whole.next_back() {
                Some(block) => far.last = block.iter(),
                None => self.far = None,
            }
        }
        self.near.next_back()
    }
}

impl<T> Default for Between<'_, T> {
    fn default() -> Self {
        Self::near(&[])
    }
}

impl<'a, T> Iterator for Between<'a, T> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        match self.near.next() {
            None if self.far.is_some() => self.next_far(),
            near => near,
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let of_far = |far: &Far<'_, T>| far.whole.clone().map(Vec::len).sum::<usize>() + far.last.len();
        let len = self.near.len() + self.far.as_deref().map_or(0, of_far);
        (len, Some(len))
    }

    fn count(self) -> usize {
        self.size_hint().0
    }

    fn fold<B, F: FnMut(B, &'a T) -> B>(self, init: B, mut visit: F) -> B {
        let near = self.near.fold(init, &mut visit);
        match self.far {
            None => near,
            Some(far) => far.last.fold(far.whole.flatten().fold(near, &mut visit), visit),
        }
    }
}

impl<T> DoubleEndedIterator for Between<'_, T> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        match self.far {
            None => self.near.next_back(),
            Some(_) => self.next_back_far(),
        }
    }
}
