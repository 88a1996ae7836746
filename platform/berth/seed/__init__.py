"""A believable Guangzhou for the demo: three lots, their people, offers, devices and some weeks of history.

Everything is made by natural keys and only where it is missing, so that a second run changes nothing and keeps what
people did in the demo meanwhile.
"""
