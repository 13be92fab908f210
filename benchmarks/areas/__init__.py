"""One module an area: `MEASURES`, what it promises to measure, and `run(size)`, which yields what it found."""
