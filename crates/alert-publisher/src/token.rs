//! In whose name offsets are committed.
//!
//! A token is what a member of the group was at the moment when it was read, and stays that. Whoever cuts a commit reads
//! it, looks at it and hands it over with the batches. Were it fetched right before it is sent, a commit that waited
//! out a rebalance would carry the member's new place in the group, and the broker, which knows members and generations
//! but not who owns which shard, would take it for shards that others own by then. The old token it refuses.

/// What proves to the broker that offsets come from a member of the group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupToken {
    group: String,
    generation: i32,
    member: String,
    instance: Option<String>,
}

/// The process is no member of the group at the moment: offsets sent now would be taken from anyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a member of the group at the moment")]
pub struct NotAMember;

impl GroupToken {
    /// The token of a member: of a group, as of a generation, under the id that the group gave it, and under the id that
    /// it has given itself where it is a static member.
    ///
    /// # Errors
    /// Where the generation is not known or the group has given no id. The broker would take offsets that come with such
    /// a token without any check.
    pub fn new(group: &str, generation: i32, member: &str, instance: Option<&str>) -> Result<Self, NotAMember> {
        if generation < 0 || member.is_empty() {
            return Err(NotAMember);
        }
        let instance = instance.map(str::to_owned);
        Ok(Self { group: group.to_owned(), generation, member: member.to_owned(), instance })
    }

    /// The group.
    #[must_use]
    pub fn group(&self) -> &str {
        &self.group
    }

    /// The generation of the group; with the newer protocol the epoch of the member.
    #[must_use]
    pub fn generation(&self) -> i32 {
        self.generation
    }

    /// The id that the group gave to the member.
    #[must_use]
    pub fn member(&self) -> &str {
        &self.member
    }

    /// The id that a static member has given itself.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::{GroupToken, NotAMember};

    #[test]
    fn there_is_no_token_that_the_broker_would_not_check() {
        let token = |generation, member| GroupToken::new("group", generation, member, None);
        assert_eq!(token(-1, "member"), Err(NotAMember));
        assert_eq!(token(3, ""), Err(NotAMember));
        assert!(token(0, "member").is_ok());
    }
}
