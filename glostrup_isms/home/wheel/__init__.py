"""The annual wheel, and each person's own calendar feed."""
