"""The style sheets in the order in which they are linked (docs/adr/0004-css-without-a-build.md)."""

from __future__ import annotations

COMPONENTS = (
    "icon", "button", "form", "card", "nav", "badge", "lamp", "plate", "bay", "daybar", "price", "plan", "chart",
    "hero", "table", "dialog", "toast", "tabs", "timeline", "empty", "skeleton", "map", "plate-keyboard", "catalogue",
)  # fmt: skip
STYLE_SHEETS = (
    "berth/css/tokens.css",
    "berth/css/base.css",
    "berth/css/layout.css",
    *(f"berth/css/components/{name}.css" for name in COMPONENTS),
    "berth/css/print.css",
)
