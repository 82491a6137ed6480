"""What is measured, side by side with the design that most people write. `python -m benchmarks`, see `docs/scaling.md`."""
