"""The simulated line as a program; see :mod:`.line`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import TextIO

from .line import SimulatedLine


def main(arguments: list[str] | None = None, commands: TextIO = sys.stdin, answers: TextIO = sys.stdout) -> None:
    """Run a line until ``commands`` ends; each command is answered by one line of JSON."""
    options = _parser().parse_args(arguments)
    links = dict(item.split("=", 1) for item in options.link)
    with SimulatedLine(options.node, options.baud, links=links, seed=options.seed) as line:
        _answer(answers, {node: line.path(node) for node in options.node})
        for command in commands:
            _answer(answers, _obey(line, command.split()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hardware.simulator.line")
    parser.add_argument("--node", action="append", required=True, help="name of a node; repeat for each")
    parser.add_argument("--baud", type=int, default=38400)
    parser.add_argument("--link", action="append", default=[], metavar="NODE=PATH", help="symbolic link to a node")
    parser.add_argument("--seed", type=int, default=None, help="make the faults repeatable")
    return parser


def _answer(answers: TextIO, answer: object) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _obey(line: SimulatedLine, words: list[str]) -> object:
    try:
        match words:
            case ["mute", node]:
                line.mute(node)
            case ["cut", node]:
                line.cut(node)
            case ["reconnect", node]:
                line.reconnect(node)
            case ["flip", rate, *nodes]:
                line.flip_bits(float(rate), nodes=nodes)
            case ["drop", rate, *nodes]:
                line.drop_bytes(float(rate), nodes=nodes)
            case ["stats"]:
                return asdict(line.statistics)
            case _:
                return {"error": f"not understood: {' '.join(words)}"}
    except KeyError as error:
        return {"error": f"no such node: {error.args[0]}"}
    except ValueError as error:
        return {"error": str(error)}
    return {"ok": True}
