"""How Chinese names are typed on a Latin keyboard: 珠江新城 as zhujiangxincheng or zjxc."""

from __future__ import annotations

MAX_PINYIN = 240


def pinyin_of(text: str) -> str:
    """The syllables of the whole name in one word, then their initials; "" where there is nothing Chinese."""
    if text.isascii():
        return ""
    # 57 MB and half a second: only a process that names places pays for it.
    from pypinyin import lazy_pinyin

    syllables = [part for part in lazy_pinyin(text, errors=lambda other: other if other.isalnum() else "") if part]
    initials = "".join(part[0] for part in syllables)
    return f"{''.join(syllables)} {initials}".lower()[:MAX_PINYIN]
