//! The real binary on real files: exact answers, and what it says where something is wrong.
//!
//! Data made by others are where `ringfence_test_data` looks for them; a test without its file is counted as skipped.

mod acts;
mod broken;
mod calls;
mod complaints;
mod demo;
mod dialects;
mod five_callers;
mod generate;
mod inputs;
mod legs;
mod nodobo;
mod orders;
mod packs;
mod run;
mod sniff;
mod starter;
mod systems;
mod times;
