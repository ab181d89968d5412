//! What the cluster says of topics: their ids, partitions, and what this client may do with them.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::ptr;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka_sys as sys;

/// What the cluster says of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicFacts {
    /// The id that it was given when it was made; a topic made anew has another.
    pub id: String,
    /// How many partitions it has.
    pub partitions: i32,
    /// What this client may do with it.
    pub permissions: Vec<Permission>,
}

/// Something that a client may do with a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Read records.
    Read,
    /// Write records.
    Write,
    /// Ask for its properties.
    Describe,
    /// Ask for its settings.
    DescribeConfigs,
}

/// Asks for topics by name. Each has facts or the reason why there are none.
///
/// # Errors
/// Where the cluster gives no answer at all.
pub fn describe_topics<C: ConsumerContext>(
    client: &BaseConsumer<C>,
    topics: &[&str],
    timeout: Duration,
) -> Result<BTreeMap<String, Result<TopicFacts, RDKafkaErrorCode>>, RDKafkaErrorCode> {
    let names: Vec<CString> = topics.iter().filter_map(|topic| CString::new(*topic).ok()).collect();
    let mut pointers: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
    let timeout_ms = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: the handle is valid while `client` is borrowed, the names while `names` lives, and librdkafka copies them.
    // Everything that is made here is given back here, in the reverse order; `facts_of` reads the event only before
    // that, and what it returns is owned.
    unsafe {
        let handle = client.client().native_ptr();
        let queue = sys::rd_kafka_queue_new(handle);
        let options =
            sys::rd_kafka_AdminOptions_new(handle, sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
        sys::rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, ptr::null_mut(), 0);
        let error = sys::rd_kafka_AdminOptions_set_include_authorized_operations(options, 1);
        if !error.is_null() {
            sys::rd_kafka_error_destroy(error);
        }
        let collection = sys::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len());
        sys::rd_kafka_DescribeTopics(handle, collection, options, queue);
        let event = sys::rd_kafka_queue_poll(queue, timeout_ms.saturating_add(1_000));
        let facts = if event.is_null() { Err(RDKafkaErrorCode::OperationTimedOut) } else { facts_of(event) };
        if !event.is_null() {
            sys::rd_kafka_event_destroy(event);
        }
        sys::rd_kafka_TopicCollection_destroy(collection);
        sys::rd_kafka_AdminOptions_destroy(options);
        sys::rd_kafka_queue_destroy(queue);
        facts
    }
}

type Described = BTreeMap<String, Result<TopicFacts, RDKafkaErrorCode>>;

/// # Safety
/// `event` is an event of `rd_kafka_DescribeTopics` that lives during the call.
unsafe fn facts_of(event: *mut sys::rd_kafka_event_t) -> Result<Described, RDKafkaErrorCode> {
    // SAFETY: the caller's promise; everything below belongs to the event and is only read.
    unsafe {
        let error = sys::rd_kafka_event_error(event);
        if error != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Err(error.into());
        }
        let result = sys::rd_kafka_event_DescribeTopics_result(event);
        if result.is_null() {
            return Err(RDKafkaErrorCode::BadMessage);
        }
        let mut count = 0;
        let found = sys::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        let described = (0..count).map(|at| {
            let topic = *found.add(at);
            let name = CStr::from_ptr(sys::rd_kafka_TopicDescription_name(topic)).to_string_lossy().into_owned();
            let error = sys::rd_kafka_TopicDescription_error(topic);
            let code = if error.is_null() {
                sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
            } else {
                sys::rd_kafka_error_code(error)
            };
            let facts = if code == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
                Ok(facts_of_topic(topic))
            } else {
                Err(code.into())
            };
            (name, facts)
        });
        Ok(described.collect())
    }
}

/// # Safety
/// `topic` is a description without error that lives during the call.
unsafe fn facts_of_topic(topic: *const sys::rd_kafka_TopicDescription_t) -> TopicFacts {
    // SAFETY: the caller's promise; id, partitions and operations belong to the description and are only read.
    unsafe {
        let (mut partitions, mut operations) = (0, 0);
        let _ = sys::rd_kafka_TopicDescription_partitions(topic, &raw mut partitions);
        let allowed = sys::rd_kafka_TopicDescription_authorized_operations(topic, &raw mut operations);
        let id = sys::rd_kafka_Uuid_base64str(sys::rd_kafka_TopicDescription_topic_id(topic));
        TopicFacts {
            id: CStr::from_ptr(id).to_string_lossy().into_owned(),
            partitions: i32::try_from(partitions).unwrap_or(i32::MAX),
            permissions: (0..operations).filter_map(|at| permission(*allowed.add(at))).collect(),
        }
    }
}

fn permission(operation: sys::rd_kafka_AclOperation_t) -> Option<Permission> {
    use sys::rd_kafka_AclOperation_t as Operation;
    match operation {
        Operation::RD_KAFKA_ACL_OPERATION_READ => Some(Permission::Read),
        Operation::RD_KAFKA_ACL_OPERATION_WRITE => Some(Permission::Write),
        Operation::RD_KAFKA_ACL_OPERATION_DESCRIBE => Some(Permission::Describe),
        Operation::RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS => Some(Permission::DescribeConfigs),
        _ => None,
    }
}
