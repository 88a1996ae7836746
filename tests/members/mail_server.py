"""A mail server of a few lines (RFC 5321), to receive what the SMTP transport sends."""

from __future__ import annotations

import socketserver
import threading
from types import TracebackType
from typing import Self


class MailServer:
    """Accepts one message at a time on a free port of 127.0.0.1; ``rcpt_reply`` answers each RCPT."""

    def __init__(self, rcpt_reply: str = "250 ok") -> None:
        self.rcpt_reply = rcpt_reply
        self.recipients: list[str] = []
        self.data = ""
        server = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                server.talk(self)

        self._tcp = socketserver.TCPServer(("127.0.0.1", 0), Session)
        self.port = self._tcp.server_address[1]
        self._thread = threading.Thread(target=self._tcp.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tcp.shutdown()
        self._tcp.server_close()
        self._thread.join()

    def talk(self, session: socketserver.StreamRequestHandler) -> None:
        def say(line: str) -> None:
            session.wfile.write(f"{line}\r\n".encode())

        say("220 test")
        while line := session.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "RCPT":
                self.recipients.append(line.partition("<")[2].partition(">")[0])
                say(self.rcpt_reply)
            elif verb == "DATA":
                say("354 go on")
                self.data = "".join(iter(lambda: session.rfile.readline().decode(), ".\r\n"))
                say("250 taken")
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")
