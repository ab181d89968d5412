//! Why a shard is stopped, and whether that may be over some day.
//!
//! A stopped shard judges nothing, so it is told (`/readyz`, a metric by code), and tried again for as long as there is
//! hope, with growing waits. What only another start can change is not tried again.

use std::fmt;

use rdkafka::types::RDKafkaErrorCode;
use ringfence_alert_publisher::Failure;
use ringfence_consumer::kafka::StartError;
use ringfence_task::Refusal;

use crate::recovery::error::RecoveryError;

macro_rules! causes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What kinds of causes there are, by the names that metrics give them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Cause {
            $($(#[$doc])* $variant,)*
        }

        impl Cause {
            /// Every cause.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in metrics and logs.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

causes! {
    /// Brokers do not answer, or not as they should.
    Brokers = "brokers",
    /// A transaction of another owner does not end.
    OpenTransaction = "open_transaction",
    /// A topic or partition is not there.
    TopicMissing = "topic_missing",
    /// A topic may not be read.
    AccessRefused = "access_refused",
    /// Topics were made anew, or the cluster is another one.
    TopicsChanged = "topics_changed",
    /// Journal and inputs are of other topics or of another cluster.
    Foreign = "foreign",
    /// Records that are needed are not in their topic any more.
    RecordsGone = "records_gone",
    /// A topic ends before the offset that was reached.
    WentBackwards = "went_backwards",
    /// Committed offsets and journal name different places.
    OffsetsDisagree = "offsets_disagree",
    /// The journal lacks records.
    JournalGone = "journal_gone",
    /// A record of the journal cannot be read, or does not continue the one before.
    JournalDamaged = "journal_damaged",
    /// Snapshots cannot be read.
    Snapshots = "snapshots",
    /// What is to be replayed was judged by another release.
    OtherRelease = "other_release",
    /// What is to be replayed was judged by a pack that is not known.
    OtherPack = "other_pack",
    /// What is to be replayed was judged by a version of a list that is not there.
    OtherLists = "other_lists",
    /// The inputs or their settings are others than before.
    OtherInputs = "other_inputs",
    /// A replay came to something else than the commit did.
    Diverged = "diverged",
    /// The state cannot be carried over.
    State = "state",
    /// A commit is larger than the brokers take, though nothing shorter can be cut.
    TooLarge = "too_large",
    /// A fault of the program.
    Fault = "fault",
}

/// A stop with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    /// What kind of cause it has.
    pub(crate) cause: Cause,
    /// Whether it may be over.
    pub(crate) hope: Hope,
    reason: String,
}

/// Whether a cause may be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hope {
    /// By itself, once brokers answer again.
    Passes,
    /// When somebody has done something, outside of this process.
    MayBeMended,
    /// Only by another start, or not at all: what was read or configured does not change while this process runs.
    Restart,
}

impl Stop {
    fn new(cause: Cause, hope: Hope, reason: impl Into<String>) -> Self {
        Self { cause, hope, reason: reason.into() }
    }

    /// A shard could not be recovered.
    pub(crate) fn of_recovery(error: &RecoveryError) -> Self {
        let (cause, hope) = of_recovery(error);
        Self::new(cause, hope, with_causes(error))
    }

    /// An input of a shard cannot be read on; none where the client goes on by itself.
    pub(crate) fn of_reading(topic: &str, code: RDKafkaErrorCode) -> Option<Self> {
        use RDKafkaErrorCode as Code;
        let (cause, hope) = match code {
            // Brokers that have just come up, or are about to lose a partition, say so of topics that are there.
            Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition => {
                (Cause::TopicMissing, Hope::Passes)
            }
            Code::AutoOffsetReset | Code::OffsetOutOfRange => (Cause::RecordsGone, Hope::MayBeMended),
            Code::TopicAuthorizationFailed => (Cause::AccessRefused, Hope::MayBeMended),
            _ => return None,
        };
        Some(Self::new(cause, hope, format!("{topic} cannot be read on: {code}")))
    }

    /// Brokers do not take a commit that cannot be made any shorter.
    pub(crate) fn of_commit(failure: &Failure) -> Self {
        let way_out = "raise `max.message.bytes` of the topic";
        Self::new(Cause::TooLarge, Hope::MayBeMended, format!("{}: {way_out}", with_causes(failure)))
    }

    /// Topics are others than when this process began to read.
    pub(crate) fn of_topics(difference: &str) -> Self {
        Self::new(Cause::TopicsChanged, Hope::Restart, format!("the topics changed while they were read: {difference}"))
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prospect = match self.hope {
            Hope::Passes => "tried again soon",
            Hope::MayBeMended => "tried again now and then, and goes on once that is mended",
            Hope::Restart => "only another start can change it",
        };
        write!(f, "{} ({prospect})", self.reason)
    }
}

fn of_recovery(error: &RecoveryError) -> (Cause, Hope) {
    match error {
        RecoveryError::Start(start) => of_start(start),
        // A shard that was taken back is not reported.
        RecoveryError::Client(_) | RecoveryError::Read { .. } | RecoveryError::Withdrawn => {
            (Cause::Brokers, Hope::Passes)
        }
        RecoveryError::Store(_) | RecoveryError::Header(_) => (Cause::Snapshots, Hope::MayBeMended),
        RecoveryError::Refused(refusal) => of_refusal(refusal),
    }
}

fn of_start(error: &StartError) -> (Cause, Hope) {
    match error {
        StartError::Kafka { .. } => (Cause::Brokers, Hope::Passes),
        StartError::Unstable(_) => (Cause::OpenTransaction, Hope::Passes),
        StartError::Journal(_) => (Cause::JournalDamaged, Hope::Restart),
        StartError::Disagree { .. } => (Cause::OffsetsDisagree, Hope::MayBeMended),
        StartError::JournalGone => (Cause::JournalGone, Hope::MayBeMended),
        StartError::InputUnknown { .. } => (Cause::OtherInputs, Hope::Restart),
        StartError::WentBackwards { .. } => (Cause::WentBackwards, Hope::MayBeMended),
        StartError::InputGone { .. } => (Cause::RecordsGone, Hope::MayBeMended),
    }
}

fn of_refusal(refusal: &Refusal) -> (Cause, Hope) {
    match refusal {
        // A snapshot that holds what is missing may still be on its way from the owner before, or be brought back.
        Refusal::Gap { .. } => (Cause::JournalGone, Hope::MayBeMended),
        Refusal::OtherRelease(_) | Refusal::OtherTables { .. } => (Cause::OtherRelease, Hope::MayBeMended),
        Refusal::PackUnknown { .. } => (Cause::OtherPack, Hope::MayBeMended),
        Refusal::ListUnknown(_) => (Cause::OtherLists, Hope::MayBeMended),
        Refusal::ReadingUnknown { .. } => (Cause::OtherInputs, Hope::MayBeMended),
        Refusal::Foreign(_) => (Cause::Foreign, Hope::Restart),
        Refusal::Partitions { .. } | Refusal::InputMissing { .. } | Refusal::TooManyInputs { .. } => {
            (Cause::OtherInputs, Hope::Restart)
        }
        Refusal::Journal(_) | Refusal::Unlisted { .. } | Refusal::Clockless { .. } => {
            (Cause::JournalDamaged, Hope::Restart)
        }
        Refusal::Tear { .. } | Refusal::Repeated { .. } => (Cause::JournalDamaged, Hope::Restart),
        Refusal::Diverged { .. } => (Cause::Diverged, Hope::Restart),
        Refusal::Pack(_) | Refusal::Reading(_) | Refusal::State(_) | Refusal::Unpositioned { .. } => {
            (Cause::State, Hope::Restart)
        }
        Refusal::OutOfTurn { .. } => (Cause::Fault, Hope::Restart),
    }
}

/// An error with everything that led to it, in one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_that_a_broker_does_not_know_is_tried_again_and_so_is_a_refusal() {
        let hope = |code| Stop::of_reading("cdr", code).map(|stop| stop.hope);
        assert_eq!(hope(RDKafkaErrorCode::UnknownTopicOrPartition), Some(Hope::Passes));
        assert_eq!(hope(RDKafkaErrorCode::TopicAuthorizationFailed), Some(Hope::MayBeMended));
        assert_eq!(hope(RDKafkaErrorCode::BrokerTransportFailure), None, "the client goes on");
    }

    #[test]
    fn what_the_next_snapshot_may_cure_has_hope_and_what_was_judged_otherwise_has_none() {
        let stop = |refusal: Refusal| Stop::of_recovery(&refusal.into());
        assert_eq!(stop(Refusal::OtherRelease(3)).hope, Hope::MayBeMended);
        let diverged = stop(Refusal::Diverged { sequence: 7, replayed: 1, committed: 2 });
        assert_eq!((diverged.cause, diverged.hope), (Cause::Diverged, Hope::Restart));
        assert!(diverged.to_string().ends_with("(only another start can change it)"), "{diverged}");
    }

    #[test]
    fn causes_are_told_once() {
        let error = RecoveryError::Refused(Refusal::Foreign("topic x".to_owned()));
        let text = with_causes(&error);
        assert_eq!(text.matches("topic x").count(), 1, "{text}");
    }
}
