//! What a consumer knows without asking anybody: its place in its group, and how far its partitions go.

use std::ffi::{CStr, CString, c_char};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka_sys as sys;

/// What a consumer is to its group, as of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPlace {
    /// The group.
    pub group: String,
    /// The generation of the group; with the newer protocol the epoch of the member.
    pub generation: i32,
    /// The id that the group gave to the member.
    pub member: String,
    /// The id that a static member has given itself.
    pub instance: Option<String>,
}

/// The place of a consumer in its group; `None` where it has none, as before it has joined: the generation is negative
/// or there is no member id. Offsets sent in the name of one that has no place are taken by the broker without a check.
pub(crate) fn group_place<C: ConsumerContext>(consumer: &BaseConsumer<C>) -> Option<GroupPlace> {
    // SAFETY: the handle is valid while `consumer` is borrowed. The metadata that comes back is ours or null; its texts
    // belong to it, end with a zero or are null, and are copied before it is given back.
    unsafe {
        let metadata = sys::rd_kafka_consumer_group_metadata(consumer.client().native_ptr());
        if metadata.is_null() {
            return None;
        }
        let text = |text: *const c_char| (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned());
        let generation = sys::rd_kafka_consumer_group_metadata_generation_id(metadata);
        let group = text(sys::rd_kafka_consumer_group_metadata_group_id(metadata));
        let member = text(sys::rd_kafka_consumer_group_metadata_member_id(metadata));
        let instance = text(sys::rd_kafka_consumer_group_metadata_group_instance_id(metadata));
        sys::rd_kafka_consumer_group_metadata_destroy(metadata);
        let member = member.filter(|member| generation >= 0 && !member.is_empty())?;
        Some(GroupPlace { group: group?, generation, member, instance })
    }
}

/// The first offset of a partition and the one after its last, as the last fetch told; `None` where there was none yet.
#[must_use]
pub fn known_watermarks<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partition: i32,
) -> Option<(i64, i64)> {
    let topic = CString::new(topic).ok()?;
    let (mut low, mut high) = (-1, -1);
    // SAFETY: the handle is valid while `consumer` is borrowed, the name ends with a zero, and the two places are ours.
    let code = unsafe {
        let handle = consumer.client().native_ptr();
        sys::rd_kafka_get_watermark_offsets(handle, topic.as_ptr(), partition, &raw mut low, &raw mut high)
    };
    (code == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0).then_some((low, high))
}
