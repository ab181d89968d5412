//! The program.

/// A shard is millions of small buffers that grow by little: what this allocator is made for.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    ringfence::main()
}
