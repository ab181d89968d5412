//! Whether a consumer is a member of its group.

use std::ffi::CStr;

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
