"""`make demo`: the whole platform with simulated lots on one machine, as real processes under one supervisor.

>>> stack = DemoStack(Path(".demo"))
>>> stack.start()
>>> stack.urls.web
'http://127.0.0.1:8000'
>>> stack.kill_process("worker")  # comes back by itself
>>> stack.stop()
"""

from berth.demo.errors import DemoError
from berth.demo.stack import DemoStack

__all__ = ["DemoError", "DemoStack"]
