//! Labelled call traffic: ordinary subscribers, honest telemarketers and each kind of offender.
