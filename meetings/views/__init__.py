"""The pages of bodies and their meetings."""
