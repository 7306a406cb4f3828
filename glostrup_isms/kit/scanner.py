"""The virus scanner: one file at a time over clamd's INSTREAM protocol (clamd(8)).

A scanner that is away, hangs or answers something else than yes or no is no answer: the file stays in quarantine.
"""

import socket
import struct
from typing import BinaryIO

from django.conf import settings

CONNECT_SECONDS = 3
ANSWER_SECONDS = 60  # for each step of the talk; clamd's own limit for one file is longer
CHUNK = 64 * 1024


class NoAnswer(Exception):
    """The scanner is away or hangs: later files would meet the same."""


class UnclearAnswer(Exception):
    """The scanner answered, and it was neither yes nor no: this file stays where it is."""


def is_infected(file: BinaryIO) -> bool:
    """Ask the scanner at CLAMD_ADDRESS ("host:port"). Raises NoAnswer or UnclearAnswer."""
    host, _, port = settings.CLAMD_ADDRESS.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS) as line:
            line.settimeout(ANSWER_SECONDS)
            line.sendall(b"zINSTREAM\0")
            while chunk := file.read(CHUNK):
                line.sendall(struct.pack(">I", len(chunk)) + chunk)
            line.sendall(struct.pack(">I", 0))
            answer = b""
            while not answer.endswith(b"\0") and len(answer) < 4096 and (piece := line.recv(4096)):
                answer += piece
    except (OSError, ValueError) as error:
        raise NoAnswer(type(error).__name__) from error
    text = answer.rstrip(b"\0\r\n ")
    if text == b"stream: OK":
        return False
    if text.startswith(b"stream: ") and text.endswith(b" FOUND"):
        return True
    raise UnclearAnswer(f"{len(answer)} bytes")
