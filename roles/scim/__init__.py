"""SCIM 2.0 (RFC 7643, 7644): the municipality's identity provider keeps people and groups up to date here.

The protocol's messages, PATCH and filters are scim2-models'; here is what they mean for our rows (decision 0006).
"""
