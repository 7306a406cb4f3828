"""The pages of breach handling."""
