//! Two processes of one group.
