//! The program, as `crates/ringfence` has it.

fn main() -> std::process::ExitCode {
    ringfence::main()
}
