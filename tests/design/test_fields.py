"""Form fields: label above, help, error beside the control, tied together for screen readers."""

from __future__ import annotations

from typing import Any

from django import forms

from tests.design.rendering import render


class Sample(forms.Form):
    phone = forms.CharField(label="Phone", help_text="We send a code.")
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"class": "wide"}))
    day = forms.ChoiceField(label="Day", choices=[("0", "Monday")])
    pay = forms.ChoiceField(label="Pay with", choices=[("a", "Alipay"), ("w", "WeChat")], widget=forms.RadioSelect)
    terms = forms.BooleanField(label="I agree", help_text="Read them.")
    token = forms.CharField(widget=forms.HiddenInput, initial="t")

    def clean(self) -> dict[str, Any]:
        raise forms.ValidationError("Not at this time.")


def test_input_is_tied_to_its_label_and_help() -> None:
    html = render("{% field form.phone %}", form=Sample())
    assert '<label class="field__label" for="id_phone">Phone</label>' in html
    assert '<div class="field__help" id="id_phone_helptext">We send a code.</div>' in html
    assert 'class="input" required aria-describedby="id_phone_helptext" id="id_phone"' in html
    assert "field__error" not in html


def test_error_stands_beside_its_field_and_is_announced_with_it() -> None:
    html = render("{% field form.phone %}", form=Sample({"phone": ""}))
    assert 'id="id_phone_error"' in html
    assert "This field is required." in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_phone_helptext id_phone_error"' in html


def test_optional_is_said_and_own_classes_stay() -> None:
    html = render("{% field form.note %}", form=Sample())
    assert '<span class="field__optional">(optional)</span>' in html
    assert 'class="textarea wide"' in html


def test_select_and_affixes() -> None:
    html = render('{% field form.day prefix="on" suffix="each week" %}', form=Sample())
    assert '<select name="day" class="select"' in html
    assert [part in html for part in (">on</span>", ">each week</span>")] == [True, True]


def test_choices_are_a_fieldset_of_labels() -> None:
    html = render('{% field form.pay variant="boxes" %}', form=Sample())
    assert '<legend class="field__label">Pay with</legend>' in html
    assert html.count('<label class="choice choice--box"') == 2
    assert 'for="id_pay_1"' in html


def test_checkbox_has_its_label_beside_it() -> None:
    html = render("{% field form.terms %}", form=Sample())
    assert '<input type="checkbox" name="terms" class="check"' in html
    assert '<span class="choice__help" id="id_terms_helptext">Read them.</span>' in html


def test_variants_of_input() -> None:
    plate = render('{% field form.phone variant="plate" %}', form=Sample())
    assert 'class="input input--plate"' in plate
    assert " data-plate-input" in plate
    assert 'class="input input--code"' in render('{% field form.phone variant="code" autofocus=True %}', form=Sample())


def test_whole_form_begins_with_what_is_wrong() -> None:
    html = render("{% form_fields form %}", form=Sample({"phone": "1", "token": "t"}))
    assert html.index("error-summary") < html.index("field__label")
    assert "<strong>Not at this time.</strong>" in html
    assert "3 entries need mending. Nothing you typed is lost." in html
    assert '<a href="#id_day">Day: This field is required.</a>' in html
    assert '<input type="hidden" name="token" value="t"' in html


def test_form_without_errors_has_no_summary() -> None:
    assert "error-summary" not in render("{% form_fields form %}", form=Sample())


def test_values_are_escaped() -> None:
    assert "<script>" not in render("{% field form.phone %}", form=Sample({"phone": '"><script>'}))
