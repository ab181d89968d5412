//! What the machine promises its driver: epochs have bounds, commits say what they stand for, and a journal that does not
//! fit is refused with the reason.

mod dialects;
mod epochs;
mod inputs;
mod lists;
mod refusals;
mod stand;
mod times;
