//! The real binary on real files: exact answers, and what it says where something is wrong.
//!
//! Data made by others are looked for in the folder that `RINGFENCE_DATA` names, else in `../shared` beside the
//! checkout; a test without its file says so and passes.

mod acts;
mod broken;
mod calls;
mod complaints;
mod demo;
mod dialects;
mod five_callers;
mod generate;
mod inputs;
mod nodobo;
mod orders;
mod packs;
mod run;
mod starter;
