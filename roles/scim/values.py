"""What may be written. Refused rather than mended: the provider would take a mended value for a change of ours."""

import unicodedata

from scim2_models import InvalidValueException

from glostrup_isms.kit import cpr


def text(value: str, attribute: str, longest: int) -> str:
    """One line without invisible characters and without anything that looks like a CPR number."""
    value = value.strip()
    if len(value) > longest:
        raise InvalidValueException(detail=f"»{attribute}« må højst have {longest} tegn.")
    if any(unicodedata.category(char).startswith("C") or char in "\u2028\u2029" for char in value):
        raise InvalidValueException(detail=f"Der er usynlige tegn i »{attribute}«. Fjern dem.")
    if cpr.contains(value):
        raise InvalidValueException(
            detail=f"Der står et CPR-nummer i »{attribute}«. Fjern det: portalen må ikke få det."
        )
    return value


def required(value: str | None, attribute: str, longest: int) -> str:
    if not (found := text(value or "", attribute, longest)):
        raise InvalidValueException(detail=f"»{attribute}« mangler.")
    return found


def user_name(value: str | None) -> str:
    """As User.normalize_username makes it, which may be longer than what was sent."""
    return required(unicodedata.normalize("NFKC", value or ""), "userName", 150)
