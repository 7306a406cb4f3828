"""The mail server behind `tests.services.SmtpSink`, in a process of its own so that it can be killed."""

import asyncio
import os
import sys
import time
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Handler:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    def mode_for(self, address: str) -> str:
        name = address.partition("@")[0]
        return name if name in ("hang", "refuse", "later", "slow") else (self.folder / "mode").read_text()

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list) -> str:
        mode = self.mode_for(address)
        if mode == "hang":
            await asyncio.sleep(3600)
        if mode == "slow":
            await asyncio.sleep(1)
        if mode == "refuse":
            return "550 5.1.1 No such mailbox"
        if mode == "later":
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "slow" in map(self.mode_for, envelope.rcpt_tos):
            await asyncio.sleep(1)
        self.count += 1
        name = f"{time.time_ns():020d}-{os.getpid()}-{self.count}"
        part = self.folder / "mail" / f"{name}.part"
        with open(part, "wb") as file:
            file.write(f"X-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n".encode() + (envelope.content or b""))
            file.flush()
            os.fsync(file.fileno())
        part.rename(part.with_suffix(".eml"))
        return "250 OK"


if __name__ == "__main__":
    controller = Controller(
        Handler(Path(sys.argv[2])), hostname="127.0.0.1", port=int(sys.argv[1]), enable_SMTPUTF8=True
    )
    controller.start()
    while True:
        time.sleep(3600)
