"""One form field with its label, help and error, whatever its widget."""

from __future__ import annotations

from typing import Any, TypedDict

from django import forms
from django.forms import BoundField
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

_BY_WIDGET: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "check"),
    (forms.CheckboxSelectMultiple, "choices"),
    (forms.RadioSelect, "choices"),
    (forms.Select, "select"),
    (forms.Textarea, "textarea"),
)

PLATE_INPUT = {
    "data-plate-input": True,
    "data-plate-label": gettext_lazy("Keys for plates"),
    "data-plate-system": gettext_lazy("Other keyboard"),
    "data-plate-done": gettext_lazy("Done"),
    "autocomplete": "off",
    "autocapitalize": "characters",
    "spellcheck": "false",
}
"""The attributes that js/plate-keyboard.js looks for, with its words."""


class FieldView(TypedDict):
    field: BoundField
    kind: str
    """check, choices, select, textarea or input."""
    control: SafeString
    prefix: str
    suffix: str
    boxes: bool
    optional: bool


def field_view(
    field: BoundField, *, prefix: str = "", suffix: str = "", variant: str = "", autofocus: bool = False
) -> FieldView:
    """``variant``: short, code, plate for inputs; boxes for choices."""
    kind = _kind(field.field.widget)
    attrs: dict[str, Any] = {} if kind == "choices" else {"class": _css_class(field, kind, variant)}
    if autofocus:
        attrs["autofocus"] = True
    if variant == "plate":
        attrs |= PLATE_INPUT
    return {
        "field": field,
        "kind": kind,
        "control": field.as_widget(attrs=attrs),
        "prefix": prefix,
        "suffix": suffix,
        "boxes": variant == "boxes",
        "optional": not field.field.required and kind != "check",
    }


def _kind(widget: forms.Widget) -> str:
    return next((kind for widget_type, kind in _BY_WIDGET if isinstance(widget, widget_type)), "input")


def _css_class(field: BoundField, kind: str, variant: str) -> str:
    own = str(field.field.widget.attrs.get("class", ""))
    modifier = f"input--{variant}" if variant and kind == "input" else ""
    return " ".join(filter(None, (kind, modifier, own)))
