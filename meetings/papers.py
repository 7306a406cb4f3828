"""What stands in a meeting's papers of the things its points concern: each app registers how its own are printed."""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.utils.safestring import SafeString

Paper = Callable[[Any], SafeString | str]
_papers: dict[type[models.Model], Paper] = {}


def register_paper(model: type[models.Model], paper: Paper) -> None:
    """`paper(thing)` answers its text as safe HTML with headings from h3 down, as it is today."""
    _papers[model] = paper


def paper_of(thing: Any) -> SafeString | str:
    """Empty when there is nothing to print of it."""
    paper = _papers.get(type(thing))
    return paper(thing) if paper else ""
