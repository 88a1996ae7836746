"""Pages of hardware: the simulated lots of the demo."""
