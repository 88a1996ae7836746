"""Reads of trading: what pages and API show, each with a fixed number of queries."""
