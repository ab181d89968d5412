//! The packs are embedded into the binary; a file added to or removed from them must lead to a new one.

fn main() {
    println!("cargo::rerun-if-changed=../../packs");
}
