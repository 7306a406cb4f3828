"""Large uploads pass through the temp folder. When it is full, the file is lost but not the form that it came with."""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.core.files.uploadhandler import TemporaryFileUploadHandler

logger = logging.getLogger(__name__)


class TempFolderHandler(TemporaryFileUploadHandler):
    """Django's, but a file that cannot be written is dropped, the rest is read, and `request.file_was_lost` is set."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.is_lost = False
        self.__dict__.pop("file", None)  # the one before is whole: it must not be closed with this one
        self._try(super().new_file, *args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if not self.is_lost:
            self._try(super().receive_data_chunk, raw_data, start)

    def file_complete(self, file_size: int) -> Any:
        if not self.is_lost:
            self._try(super().file_complete, file_size)
        return None if self.is_lost else self.file

    def _try(self, step: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        try:
            step(*args, **kwargs)
        except OSError as error:
            logger.error("A file could not be written to the temp folder: %s", error.strerror)
            self.is_lost = self.request.file_was_lost = True  # type: ignore[union-attr]
            if hasattr(self, "file"):
                with suppress(OSError):  # what is still in its buffer has no room either
                    self.file.close()
