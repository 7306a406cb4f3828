"""The files that came with a form: checked and on disk before anything else, and kept when the form comes back."""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest

from glostrup_isms.kit import files, limits

logger = logging.getLogger(__name__)

TOO_MANY = "Der er sendt mange filer herfra på kort tid. Send uden filer nu, og tilføj dem senere i sagen."
NOT_STORED = "Vi kunne ikke gemme en af filerne lige nu. Vælg den igen."


class Uploads:
    """`stored` are the good files, `refused` a sentence for each bad one, `kept()` what the form carries on."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.refused: list[str] = []
        self.is_our_fault = False
        self.stored: list[files.StoredFile] = []
        dropped = set(request.POST.getlist("drop_file"))
        for token in request.POST.getlist("kept_files")[: settings.UPLOAD_MAX_FILES]:
            stored = None if token in dropped else files.unsign(token)
            if stored is not None and stored not in self.stored:
                self.stored.append(stored)
        for upload in request.FILES.getlist("files"):
            if len(self.stored) >= settings.UPLOAD_MAX_FILES:
                self.refused.append(
                    f"Der er plads til {settings.UPLOAD_MAX_FILES} filer. Send resten bagefter i sagen."
                )
                break
            self._take(upload)
        if getattr(request, "file_was_lost", False):  # kit.upload_handler
            self._refuse_for_us(str(files.StorageFull()))

    def _take(self, upload: Any) -> None:
        try:
            if self._is_too_many():
                self.refused.append(TOO_MANY)
            else:
                self.stored.append(files.store(upload, keep_for=files.KEEP))
        except files.UploadRefused as error:
            self.refused.append(str(error))
        except files.StorageFull as error:
            self._refuse_for_us(str(error))
        except (DatabaseError, OSError) as error:
            logger.error("A file could not be stored: %s", type(error).__name__)
            self._refuse_for_us(NOT_STORED)

    def _refuse_for_us(self, sentence: str) -> None:
        """The fault is ours; the files already stored stay with the form."""
        self.is_our_fault = True
        self.refused.append(sentence)

    def _is_too_many(self) -> bool:
        """Files are kept before anything is known of who sends them; strangers' are counted by address."""
        if self.request.user.is_authenticated:
            return False
        rule = (settings.ANONYMOUS_FILES_PER_HOUR, timedelta(hours=1))
        return limits.hit("upload", limits.client_address(self.request), rule) is not None

    def kept(self) -> list[dict[str, Any]]:
        """What the form shows and carries in hidden fields."""
        return [
            {"token": files.sign(stored), "name": stored.original_name, "size": stored.size} for stored in self.stored
        ]
