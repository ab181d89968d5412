//! Which shards the group has given to an owner.
//!
//! Every grant has a number of its own; what was recovered or cut under one is worth nothing under the next. A grant also
//! remembers the id of the member that it was made to. A member that the group has thrown out while it was joining comes
//! back under another id, and the client goes on with the shards that it believes to have, as if nothing had happened,
//! until the group says what it has now. Another owner may have had them in between: the broker would take commits for
//! them in the name of the new member, but it is not to that one that they were granted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringfence_alert_publisher::GroupToken;

/// The grants in force of one owner, which its recovery thread looks at as well.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grants(Arc<Mutex<Book>>);

#[derive(Debug, Default)]
struct Book {
    held: BTreeMap<i32, Grant>,
    last: u64,
}

#[derive(Clone, Debug)]
struct Grant {
    number: u64,
    /// Unknown where the group had thrown the member out again when it learned of the grant.
    member: Option<Arc<str>>,
}

impl Grants {
    /// Notes that the group gave shards to this member.
    pub(crate) fn grant(&self, shards: &[i32], member: Option<&str>) {
        let member: Option<Arc<str>> = member.map(Arc::from);
        let mut book = self.book();
        for shard in shards {
            let number = book.next();
            book.held.insert(*shard, Grant { number, member: member.clone() });
        }
    }

    /// Gives a grant another number: whatever happens under the old one does not count any more.
    pub(crate) fn renew(&self, shard: i32) -> Option<u64> {
        let mut book = self.book();
        let number = book.next();
        let grant = book.held.get_mut(&shard)?;
        grant.number = number;
        Some(number)
    }

    /// Notes that a shard is not this owner's any more.
    pub(crate) fn end(&self, shard: i32) {
        self.book().held.remove(&shard);
    }

    /// The number of the grant of a shard.
    pub(crate) fn number(&self, shard: i32) -> Option<u64> {
        self.book().held.get(&shard).map(|grant| grant.number)
    }

    /// Whether a grant still counts.
    pub(crate) fn is_in_force(&self, shard: i32, number: u64) -> bool {
        self.number(shard) == Some(number)
    }

    /// Whether what was cut under a grant may be committed in the name of this token.
    pub(crate) fn covers(&self, shard: i32, number: u64, token: &GroupToken) -> bool {
        let book = self.book();
        let grant = book.held.get(&shard).filter(|grant| grant.number == number);
        grant.is_some_and(|grant| grant.member.as_deref() == Some(token.member()))
    }

    /// The shards that are held by grants to another member than this.
    pub(crate) fn made_to_others(&self, member: &str) -> Vec<i32> {
        let book = self.book();
        let held = book.held.iter().filter(|(_, grant)| grant.member.as_deref() != Some(member));
        held.map(|(shard, _)| *shard).collect()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

#[cfg(test)]
mod tests {
    use ringfence_alert_publisher::GroupToken;

    use super::Grants;

    fn token(member: &str) -> GroupToken {
        GroupToken::new("group", 7, member, Some("node-1.0")).expect("a member")
    }

    #[test]
    fn what_was_cut_under_a_grant_is_committed_by_the_member_that_it_was_made_to() {
        let grants = Grants::default();
        grants.grant(&[1, 2], Some("m-1"));
        let number = grants.number(1).expect("granted");
        assert!(grants.covers(1, number, &token("m-1")));
        assert!(!grants.covers(1, number, &token("m-2")), "the member was thrown out in between");
        assert!(!grants.covers(2, number, &token("m-1")), "that is the number of another grant");
    }

    #[test]
    fn a_shard_that_went_and_came_back_does_not_revive_what_was_cut_before() {
        let grants = Grants::default();
        grants.grant(&[1], Some("m-1"));
        let before = grants.number(1).expect("granted");
        grants.end(1);
        assert!(!grants.covers(1, before, &token("m-1")));
        grants.grant(&[1], Some("m-1"));
        assert!(!grants.covers(1, before, &token("m-1")));
        let again = grants.number(1).expect("granted");
        let renewed = grants.renew(1).expect("granted");
        assert!(!grants.covers(1, again, &token("m-1")) && grants.covers(1, renewed, &token("m-1")));
    }

    #[test]
    fn grants_to_a_member_that_is_no_more_are_found_when_the_group_speaks_again() {
        let grants = Grants::default();
        grants.grant(&[1], Some("m-1"));
        grants.grant(&[2], None);
        assert_eq!(grants.made_to_others("m-1"), [2]);
        assert_eq!(grants.made_to_others("m-2"), [1, 2]);
        assert_eq!(grants.renew(3), None, "never granted");
    }
}
