"""The lot server: a Celery worker of the queue lot.<code> that runs one lot, online or offline. No Django, no database.

It decides alone: swipes and plates are judged from its own store of signed grants. The platform feeds it grants and
takes its events; neither is needed for a lock to open.
"""
