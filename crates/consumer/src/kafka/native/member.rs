//! What a consumer knows without asking anybody: whether it is a member of its group, and how far its partitions go.

use std::ffi::{CStr, CString};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka_sys as sys;

/// Whether the consumer has joined: its generation is not negative and it has a member id. Offsets sent in the name of
/// one that has not are taken by the broker without a check.
pub(crate) fn is_member<C: ConsumerContext>(consumer: &BaseConsumer<C>) -> bool {
    // SAFETY: the handle is valid while `consumer` is borrowed. The metadata that comes back is ours or null; the member
    // id belongs to it, ends with a zero or is null, and is not used after it has been given back.
    unsafe {
        let metadata = sys::rd_kafka_consumer_group_metadata(consumer.client().native_ptr());
        if metadata.is_null() {
            return false;
        }
        let generation = sys::rd_kafka_consumer_group_metadata_generation_id(metadata);
        let member = sys::rd_kafka_consumer_group_metadata_member_id(metadata);
        let named = !member.is_null() && !CStr::from_ptr(member).is_empty();
        sys::rd_kafka_consumer_group_metadata_destroy(metadata);
        generation >= 0 && named
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
