"""Bringing existing documents in: a file in, Markdown with proposals out. No models, no queries."""

from policy.importing.pieces import Imported, ImportRefused
from policy.importing.proposals import Proposal, propose
from policy.importing.reading import read

__all__ = ["ImportRefused", "Imported", "Proposal", "propose", "read"]
