"""The lists of the organisation, by noun."""
