"""`python -m berth.translations update|check|compile [APP…]`: needs no settings, so set-up can use it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from berth.translations.sources import owners
from berth.translations.work import check, compile_all, update

ROOT = Path(__file__).resolve().parents[3]


def perform(action: str, names: list[str], root: Path = ROOT) -> int:
    """Do it for the named apps (all if none) and say what was done; 1 if a check found anything."""
    known = {owner.name: owner for owner in owners(root)}
    if unknown := set(names) - known.keys():
        print(f"No such app: {', '.join(sorted(unknown))}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    chosen = [known[name] for name in names] or list(known.values())
    if action == "check":
        found = check(root, chosen)
        print("\n".join(found) if found else f"translations of {', '.join(o.name for o in chosen)}: complete")
        return int(bool(found))
    done = list(update(root, chosen)) if action == "update" else [f"compiled {n}" for n in compile_all(chosen)]
    print("\n".join(done) if done else "nothing to do")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m berth.translations")
    parser.add_argument("action", choices=["update", "check", "compile"])
    parser.add_argument("apps", nargs="*", metavar="APP")
    options = parser.parse_args()
    return perform(options.action, options.apps)


if __name__ == "__main__":
    sys.exit(main())
