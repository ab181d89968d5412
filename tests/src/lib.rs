//! Whole-product tests: the program as its users run it, with files and a real Kafka around it. See `tests/product`.
