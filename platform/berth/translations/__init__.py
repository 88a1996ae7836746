"""Catalogues without gettext's programs: extract, check and compile with Django's template scanner and Babel.

Each app keeps the strings of its code and of its templates; what belongs to no app is berth's own (see sources.py).
"""
