"""The demo municipality: invented units, people and cases, the same every time. Loaded by `manage.py demo`."""

from glostrup_isms.home.demo.loader import AlreadyLoaded, OtherData, load
from glostrup_isms.home.demo.people import ACCOUNTS, PASSWORD, PEOPLE

__all__ = ["ACCOUNTS", "PASSWORD", "PEOPLE", "AlreadyLoaded", "OtherData", "load"]
