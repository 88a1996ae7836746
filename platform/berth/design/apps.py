from __future__ import annotations

from django.apps import AppConfig


class DesignConfig(AppConfig):
    """Tokens, components and the frame of every page. No models."""

    name = "berth.design"
    label = "design"
