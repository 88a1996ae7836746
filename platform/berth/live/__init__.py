"""The live process: tells open pages over server-sent events that something changed."""
