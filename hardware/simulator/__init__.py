"""A simulated lot: real processes and pseudo-terminals in place of wires, locks, cameras, cards and cars."""
