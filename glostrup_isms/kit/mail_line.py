"""The line to the mail server, over which the outbox sends one message after another."""

import smtplib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection


class ServerAway(Exception):
    """No connection to the mail server: the fault of no message. The cause is in `__cause__`."""


class Line:
    """A connection to the mail server, kept between messages and made anew after a fault."""

    def __init__(self) -> None:
        self.connection: Any = None

    def send(self, mail: EmailMessage) -> None:
        if self.connection is None:
            opened = get_connection(timeout=settings.EMAIL_TIMEOUT)
            try:
                opened.open()
            except Exception as error:
                raise ServerAway from error
            self.connection = opened
        with _at_most(settings.EMAIL_SEND_LIMIT, self.connection):
            try:
                mail.connection = self.connection
                mail.send()
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        if self.connection is not None:
            try:
                self.connection.close()
            except (OSError, smtplib.SMTPException):
                pass
            self.connection = None


@contextmanager
def _at_most(seconds: float, opened: Any) -> Iterator[None]:
    """Cut the line when all of the message takes longer: each answer has a limit, but a slow server gives many."""
    line = getattr(getattr(opened, "connection", None), "sock", None)
    if line is None:  # mails written to files
        yield
        return
    timer = threading.Timer(seconds, _cut, [line])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(line: socket.socket) -> None:
    """Whoever waits for an answer on it is told at once that the server has gone."""
    with suppress(OSError):  # already closed
        socket.socket.shutdown(line, socket.SHUT_RDWR)
