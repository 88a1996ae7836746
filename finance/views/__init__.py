"""Thin doors of finance."""
