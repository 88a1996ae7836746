"""The controller program: reader, display and emergency button of a few spots, and master of their lock bus.

The rules (verification, lock_jobs) do no I/O and read no clock: time is passed in as float seconds, what is to be done
comes back as actions. program.py gives them wires. Runs on a small Linux board as well as in the simulator.
"""
