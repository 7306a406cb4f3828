"""The forms of the organisation, by noun."""
