"""Benchmarks: `make bench-<name>`, each a module here with a `main()`. They measure and print; they assert nothing."""
