//! How long the steps of a submission may take and what they add up to, said in this one place.
//!
//! A step has a limit that the client is asked to keep. A submission has the sum of its steps; one that takes longer hangs
//! in a call that keeps no limit, and is given up with its thread. So the sums are made of the steps, never guessed.

use std::time::Duration;

/// How long the broker lets a transaction stay open after its first record: `transaction.timeout.ms`.
pub(crate) const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the client waits before it sends a request again: `retry.backoff.ms`.
pub(crate) const RETRY_BACKOFF: Duration = Duration::from_secs(1);

/// The limits of one publisher.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// To close a producer that is not used any more.
    pub(crate) retire: Duration,
    /// To begin the epoch of a producer, with the end of what its predecessor left open.
    pub(crate) init: Duration,
    /// To write records and offsets, all together.
    pub(crate) fill: Duration,
    /// To end a transaction: once to see that nothing is left to write, once to commit it.
    pub(crate) end: Duration,
    /// To abort a transaction.
    pub(crate) abort: Duration,
    /// An end that took longer may have been sent twice. The client takes up to a fifth off the time that it waits before
    /// it sends anything again, and there is no other sign of it that it always gives.
    pub(crate) resent_after: Duration,
    /// For everything that is no call to the brokers.
    pub(crate) slack: Duration,
}

impl Limits {
    /// Those of the product.
    pub(crate) const DEFAULT: Self = Self {
        retire: Duration::from_secs(5),
        init: Duration::from_secs(30),
        fill: Duration::from_secs(8),
        end: Duration::from_secs(8),
        abort: Duration::from_secs(8),
        resent_after: Duration::from_millis(700),
        slack: Duration::from_secs(5),
    };

    /// What connecting adds up to.
    pub(crate) fn connecting(&self) -> Duration {
        self.retire + self.init + self.slack
    }

    /// What publishing adds up to: what was filled is either ended or aborted.
    pub(crate) fn publishing(&self) -> Duration {
        let end = self.end * 2;
        self.retire + self.fill + end.max(self.abort) + self.slack
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Limits, RETRY_BACKOFF, TRANSACTION_TIMEOUT};
    use crate::producer_config;

    #[test]
    fn the_client_is_told_what_the_limits_rest_on() {
        let properties = [("retry.backoff.ms", "50"), ("transaction.timeout.ms", "60000")];
        let properties = properties.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = producer_config(&BTreeMap::from(properties), "id");
        let told = |name: &str| config.get(name).map(str::to_owned);
        assert_eq!(told("retry.backoff.ms"), Some(RETRY_BACKOFF.as_millis().to_string()));
        assert_eq!(told("retry.backoff.max.ms"), Some(RETRY_BACKOFF.as_millis().to_string()));
        assert_eq!(told("transaction.timeout.ms"), Some(TRANSACTION_TIMEOUT.as_millis().to_string()));
    }

    #[test]
    fn a_request_that_was_sent_again_took_longer_than_one_that_was_not_may() {
        let shortest_backoff = RETRY_BACKOFF * 80 / 100;
        assert!(Limits::DEFAULT.resent_after < shortest_backoff);
    }

    #[test]
    fn the_steps_of_a_submission_end_before_it_is_given_up() {
        let limits = Limits::DEFAULT;
        let Limits { retire, init, fill, end, abort, .. } = limits;
        assert!(limits.connecting() > retire + init);
        assert!(limits.publishing() > retire + fill + end + end);
        assert!(limits.publishing() > retire + fill + abort);
        assert!(fill < TRANSACTION_TIMEOUT, "what takes longer has been aborted by the broker");
    }
}
