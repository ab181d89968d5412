//! Tests of rules, as an officer writes them.
