//! Sending offsets under a token that was read before: `rdkafka` sends only what it has itself read from a consumer, and
//! shows nobody what that was.
#![expect(unsafe_code, reason = "rdkafka has no way to make group metadata of a generation and a member id")]

use std::ffi::{CStr, CString};
use std::ptr;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::producer::{BaseProducer, Producer, ProducerContext};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka_sys as sys;

use crate::GroupToken;

/// Offsets were not added to a transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct OffsetsRefused {
    /// The code of the broker or the client.
    pub code: RDKafkaErrorCode,
    /// What the client says.
    pub reason: String,
}

/// Adds offsets to the open transaction, in the name of this token and no other.
pub(crate) fn send_offsets<C: ProducerContext>(
    producer: &BaseProducer<C>,
    offsets: &TopicPartitionList,
    token: &GroupToken,
    limit: Duration,
) -> Result<(), OffsetsRefused> {
    let text = |text: &str| {
        let reason = "a name in the group's token has a zero in it".to_owned();
        CString::new(text).map_err(|_| OffsetsRefused { code: RDKafkaErrorCode::InvalidArgument, reason })
    };
    let (group, member) = (text(token.group())?, text(token.member())?);
    let instance = token.instance().map(text).transpose()?;
    let instance = instance.as_ref().map_or(ptr::null(), |instance| instance.as_ptr());
    let limit_ms = i32::try_from(limit.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: the texts end with a zero, live to the end of the block and are copied; no instance is null, as librdkafka
    // has it. Handle and list are valid while they are borrowed. The metadata is ours, is copied by the call for the
    // offsets and given back once, right after it. An error that comes back is ours, its text belongs to it, and it is
    // given back once, after the text was copied.
    unsafe {
        let metadata = sys::rd_kafka_consumer_group_metadata_new_with_genid(
            group.as_ptr(),
            token.generation(),
            member.as_ptr(),
            instance,
        );
        let handle = producer.client().native_ptr();
        let error = sys::rd_kafka_send_offsets_to_transaction(handle, offsets.ptr(), metadata, limit_ms);
        sys::rd_kafka_consumer_group_metadata_destroy(metadata);
        if error.is_null() {
            return Ok(());
        }
        let code = sys::rd_kafka_error_code(error).into();
        let reason = CStr::from_ptr(sys::rd_kafka_error_string(error)).to_string_lossy().into_owned();
        sys::rd_kafka_error_destroy(error);
        Err(OffsetsRefused { code, reason })
    }
}
