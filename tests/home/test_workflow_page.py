"""docs/workflows.md is what the tables say."""

from pathlib import Path

from glostrup_isms.home.management.commands.print_workflows import document


def test_printed_workflows_match_the_tables() -> None:
    assert (Path(__file__).parents[2] / "docs/workflows.md").read_text() == document()
