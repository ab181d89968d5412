//! The legs of one attempt in a tree of which two are made one, and one two, in a few steps.
//!
//! A hundred thousand legs may be one attempt, and an answered one that comes late cuts it anywhere. So the legs lie in a
//! balanced tree (of Adelson-Velsky and Landis) that knows of each branch what its fact needs: joining two and cutting one
//! touches one path from the root, and what an attempt comes to is read at the root.

use ringfence_cdr::EventTime;

use crate::CallFact;
use crate::stored_leg::StoredLeg;

/// Legs in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run(Option<Box<Node>>);

/// What the legs of a branch come to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sum {
    longest: Option<u32>,
    answered: bool,
    /// Until when any of them has a say in what a leg belongs to.
    pub(crate) until: EventTime,
}

#[derive(Clone, Debug)]
struct Node {
    leg: StoredLeg,
    before: Run,
    after: Run,
    height: u8,
    sum: Sum,
}

impl Sum {
    fn of(leg: &StoredLeg) -> Self {
        Self { longest: leg.fact.call_duration, answered: leg.fact.answered, until: leg.until() }
    }

    fn and(self, other: Self) -> Self {
        Self {
            longest: self.longest.max(other.longest),
            answered: self.answered || other.answered,
            until: self.until.max(other.until),
        }
    }
}

impl Node {
    /// Works out anew what follows from its branches.
    fn update(&mut self) {
        let branches = [&self.before, &self.after];
        self.height = 1 + branches.map(Run::height).into_iter().max().unwrap_or(0);
        let own = Sum::of(&self.leg);
        self.sum = branches.iter().filter_map(|branch| branch.sum()).fold(own, Sum::and);
    }

    /// Makes the root of the branch before it the root of both.
    fn with_before_up(mut self: Box<Self>) -> Box<Self> {
        let Some(mut root) = self.before.0.take() else { return self };
        self.before = std::mem::take(&mut root.after);
        self.update();
        root.after = Run(Some(self));
        root.update();
        root
    }

    /// Makes the root of the branch after it the root of both.
    fn with_after_up(mut self: Box<Self>) -> Box<Self> {
        let Some(mut root) = self.after.0.take() else { return self };
        self.after = std::mem::take(&mut root.before);
        self.update();
        root.before = Run(Some(self));
        root.update();
        root
    }

    /// Balanced again, where one branch is at most two higher than the other.
    fn balanced(mut self: Box<Self>) -> Box<Self> {
        let leans = |node: &Self| i16::from(node.before.height()) - i16::from(node.after.height());
        match leans(&self) {
            2.. => {
                self.before.0 = self.before.0.map(|root| if leans(&root) < 0 { root.with_after_up() } else { root });
                self.with_before_up()
            }
            ..=-2 => {
                self.after.0 = self.after.0.map(|root| if leans(&root) > 0 { root.with_before_up() } else { root });
                self.with_after_up()
            }
            _ => {
                self.update();
                self
            }
        }
    }
}

impl Run {
    /// One leg.
    pub(crate) fn of(leg: StoredLeg) -> Self {
        let sum = Sum::of(&leg);
        Self(Some(Box::new(Node { leg, before: Self::default(), after: Self::default(), height: 1, sum })))
    }

    /// How many legs lie on the longest way from its root: what it costs to change it.
    pub(crate) fn height(&self) -> u8 {
        Self::height_of(&self.0)
    }

    /// What its legs come to.
    pub(crate) fn sum(&self) -> Option<Sum> {
        self.0.as_ref().map(|root| root.sum)
    }

    pub(crate) fn first(&self) -> Option<&StoredLeg> {
        let root = self.0.as_ref()?;
        root.before.first().or(Some(&root.leg))
    }

    pub(crate) fn last(&self) -> Option<&StoredLeg> {
        let root = self.0.as_ref()?;
        root.after.last().or(Some(&root.leg))
    }

    /// The fact that its legs make.
    pub(crate) fn fact(&self) -> Option<CallFact> {
        let (first, sum) = (self.first()?, self.sum()?);
        Some(CallFact { call_duration: sum.longest, answered: sum.answered, ..first.fact })
    }

    /// With legs that come after all of its own.
    pub(crate) fn and(self, later: Self) -> Self {
        match later.without_first() {
            None => self,
            Some((first, rest)) => Self::joined(self, first, rest),
        }
    }

    /// The legs before a place, and those behind it.
    pub(crate) fn split(self, is_before: &impl Fn(&StoredLeg) -> bool) -> (Self, Self) {
        let Some(mut node) = self.0 else { return Default::default() };
        let (before, after) = (std::mem::take(&mut node.before), std::mem::take(&mut node.after));
        if is_before(&node.leg) {
            let (near, far) = after.split(is_before);
            (Self::joined(before, node, near), far)
        } else {
            let (far, near) = before.split(is_before);
            (far, Self::joined(near, node, after))
        }
    }

    /// Without its first leg.
    pub(crate) fn rest(self) -> Self {
        self.without_first().map(|(_, rest)| rest).unwrap_or_default()
    }

    /// Appends its legs to `legs`.
    pub(crate) fn append_to(self, legs: &mut Vec<StoredLeg>) {
        let Some(node) = self.0 else { return };
        let Node { leg, before, after, .. } = *node;
        before.append_to(legs);
        legs.push(leg);
        after.append_to(legs);
    }

    /// The bytes that it takes for a leg.
    pub(crate) const LEG_BYTES: usize = size_of::<Node>();

    fn without_first(self) -> Option<(Box<Node>, Self)> {
        let mut node = self.0?;
        let after = std::mem::take(&mut node.after);
        match std::mem::take(&mut node.before).without_first() {
            None => Some((node, after)),
            Some((first, rest)) => Some((first, Self::joined(rest, node, after))),
        }
    }

    /// All of `before`, then the leg of `node`, then all of `after`: the lower of the two goes to where the higher has a
    /// branch of its height.
    fn joined(before: Self, mut node: Box<Node>, after: Self) -> Self {
        match (before.0, after.0) {
            (Some(mut root), after) if root.height > Self::height_of(&after) + 1 => {
                root.after = Self::joined(std::mem::take(&mut root.after), node, Self(after));
                Self(Some(root.balanced()))
            }
            (before, Some(mut root)) if root.height > Self::height_of(&before) + 1 => {
                root.before = Self::joined(Self(before), node, std::mem::take(&mut root.before));
                Self(Some(root.balanced()))
            }
            (before, after) => {
                (node.before, node.after) = (Self(before), Self(after));
                node.update();
                Self(Some(node))
            }
        }
    }

    fn height_of(root: &Option<Box<Node>>) -> u8 {
        root.as_ref().map_or(0, |root| root.height)
    }
}

#[cfg(test)]
#[path = "leg_run_tests.rs"]
mod tests;
