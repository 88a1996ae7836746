"""A scripted day: hundreds of cars through several lots, with faults; at its end every story is explained.

Everything is real: members sign in on the website, book by the API, pay at the cashier; cars drive through the gates of
the simulated lots, over their wires. Wires cannot be hurried, so the lots run in real time and the day is compressed
where nothing happens: cars arrive one after the other at every gate, as close as it takes them, and park for seconds.
"""
