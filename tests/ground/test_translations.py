"""The catalogue tool on a small project of its own."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from berth.translations.__main__ import perform
from berth.translations.checks import placeholders
from berth.translations.extraction import Message, from_python, from_template
from berth.translations.sources import owners

CODE = """
from django.utils.translation import gettext as _, ngettext, pgettext, gettext_lazy

TITLE = gettext_lazy("Spots")
def spots(n):
    # Translators: shown above the list
    return _("Near you"), ngettext("%(n)s spot", "%(n)s spots", n) % {"n": n}, pgettext("verb", "Book")
LONG = _("one "
         "text")
"""
PAGE = """{% load i18n %}
<h1>{% translate "Welcome" %}</h1>
    {% blocktranslate trimmed with name=x %}
        Hello
        {{ name }}, 100% here
    {% endblocktranslate %}
  {% blocktranslate count n=n %}one day{% plural %}{{ n }} days{% endblocktranslate %}
{% include "x.html" with label=_("It's open") %} {{ _("Bare") }} {% translate "Book" context "verb" %}
"""
IN_CODE = {
    Message("Spots"),
    Message("Near you"),
    Message("%(n)s spot", "%(n)s spots"),
    Message("Book", context="verb"),
    Message("one text"),
}
IN_PAGE = {
    Message("Welcome"),
    Message("Hello %(name)s, 100%% here"),
    Message("one day", "%(n)s days"),
    Message("It's open"),
    Message("Bare"),
    Message("Book", context="verb"),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two apps, the project, and templates of each."""
    for name in ("lots", "members"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "apps.py").write_text("")
    (tmp_path / "platform/berth").mkdir(parents=True)
    for folder in ("lots", "account", "components"):
        (tmp_path / "templates" / folder).mkdir(parents=True)
    (tmp_path / "lots/views.py").write_text(CODE)
    (tmp_path / "templates/lots/page.html").write_text(PAGE)
    (tmp_path / "templates/account/login.html").write_text('{% translate "Sign in" %}')
    (tmp_path / "templates/components/chip.html").write_text('{% translate "Plate" %}')
    return tmp_path


def catalogue(project: Path, name: str) -> Path:
    return next(owner.catalogue for owner in owners(project) if owner.name == name)


def fill(path: Path, translations: dict[str, str]) -> None:
    """Translate: each msgid's next empty msgstr gets its text."""
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines):
        for text, translated in translations.items():
            if line in (f'msgid "{text}"', f'msgid_plural "{text}"'):
                lines[number + 1] = lines[number + 1].replace('""', f'"{translated}"')
    path.write_text("\n".join(lines) + "\n")


def test_python_messages_are_found(project: Path) -> None:
    found = list(from_python(project / "lots/views.py"))
    assert {each.message for each in found} == IN_CODE
    assert [each.comment for each in found if each.message.text == "Near you"] == ["shown above the list"]


def test_template_messages_are_found(project: Path) -> None:
    assert {each.message for each in from_template(project / "templates/lots/page.html")} == IN_PAGE


def test_update_sends_each_template_to_its_app(project: Path) -> None:
    assert perform("update", [], project) == 0
    assert 'msgid "Welcome"' in catalogue(project, "lots").read_text()
    assert 'msgid "Sign in"' in catalogue(project, "members").read_text()
    assert 'msgid "Plate"' in catalogue(project, "berth").read_text()
    assert "templates/lots/page.html" in catalogue(project, "lots").read_text()


def test_update_twice_changes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    perform("update", [], project)
    before = catalogue(project, "lots").read_bytes()
    capsys.readouterr()
    perform("update", [], project)
    assert capsys.readouterr().out == "nothing to do\n"
    assert catalogue(project, "lots").read_bytes() == before


def test_update_keeps_translations_and_drops_gone_messages(project: Path) -> None:
    perform("update", ["members"], project)
    fill(catalogue(project, "members"), {"Sign in": "登录"})
    (project / "templates/account/login.html").write_text('{% translate "Sign in" %}{% translate "Sign up" %}')
    perform("update", ["members"], project)
    text = catalogue(project, "members").read_text()
    assert 'msgid "Sign in"\nmsgstr "登录"' in text
    assert 'msgid "Sign up"\nmsgstr ""' in text
    (project / "templates/account/login.html").write_text("")
    perform("update", ["members"], project)
    assert "登录" not in catalogue(project, "members").read_text()


def test_check_names_each_missing_message(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert perform("check", ["members", "berth"], project) == 1
    assert capsys.readouterr().out.splitlines() == ["members: missing: 'Sign in'", "berth: missing: 'Plate'"]


def test_check_passes_when_complete(project: Path) -> None:
    perform("update", ["members"], project)
    assert perform("check", ["members"], project) == 1
    fill(catalogue(project, "members"), {"Sign in": "登录"})
    assert perform("check", ["members"], project) == 0


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ('msgid "Sign in"\nmsgstr ""', "untranslated: 'Sign in'"),
        ('#, fuzzy\nmsgid "Sign in"\nmsgstr "登录"', "fuzzy: 'Sign in'"),
        ('msgid "Sign in"\nmsgstr "登录 %(name)s"', "placeholders differ: 'Sign in' → '登录 %(name)s'"),
        ('msgid "Sign in"\nmsgstr "登录"\n\nmsgid "Gone"\nmsgstr "没了"', "obsolete: 'Gone'"),
    ],
)
def test_check_tells_what_is_wrong(project: Path, capsys: pytest.CaptureFixture[str], entry: str, problem: str) -> None:
    perform("update", ["members"], project)
    path = catalogue(project, "members")
    path.write_text(path.read_text().split("#: ")[0] + entry + "\n")
    capsys.readouterr()
    assert perform("check", ["members"], project) == 1
    assert capsys.readouterr().out == f"members: {problem}\n"


def test_check_reports_a_broken_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = catalogue(project, "members")
    path.parent.mkdir(parents=True)
    path.write_text('msgid "Sign in"\nnonsense\n')
    assert perform("check", ["members"], project) == 1
    assert capsys.readouterr().out.startswith("members: broken: ")


def test_check_reports_two_translations_of_one_message(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "lots/views.py").write_text('_("Plate")')
    (project / "templates/lots/page.html").write_text("")
    (project / "templates/account/login.html").write_text("")
    perform("update", [], project)
    fill(catalogue(project, "lots"), {"Plate": "牌照"})
    fill(catalogue(project, "berth"), {"Plate": "车牌"})
    capsys.readouterr()
    assert perform("check", [], project) == 1
    assert capsys.readouterr().out.startswith("translated differently: 'Plate' → '牌照' (lots), '车牌' (berth)")


def test_unknown_app_is_refused(project: Path) -> None:
    assert perform("check", ["lotz"], project) == 2


def test_compiled_catalogue_is_read_by_gettext(project: Path) -> None:
    perform("update", ["lots"], project)
    path = catalogue(project, "lots")
    fill(path, {"Welcome": "欢迎", "%(n)s spots": "%(n)s 个车位"})
    perform("compile", ["lots"], project)
    with path.with_suffix(".mo").open("rb") as file:
        translations = gettext.GNUTranslations(file)
    assert translations.gettext("Welcome") == "欢迎"
    assert translations.ngettext("%(n)s spot", "%(n)s spots", 3) == "%(n)s 个车位"
    assert translations.gettext("Bare") == "Bare"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain 100%% text", []),
        ("%(b)s and %(a)d", ["%(a)d", "%(b)s"]),
        ("{name} pays {amount}", ["{amount}", "{name}"]),
        ("from %s to %s", ["%s", "%s"]),
        ("100 % sure", []),
    ],
)
def test_placeholders_are_read(text: str, expected: list[str]) -> None:
    assert placeholders(text) == expected
