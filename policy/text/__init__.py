"""The text of a governed document: Markdown in, clauses, safe HTML and comparisons out. No models, no queries."""
