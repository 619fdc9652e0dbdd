"""The demo community: fictional people at real organisations, for the embedded mode and for benchmarks."""
