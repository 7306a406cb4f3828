"""A SCIM filter as a query. Only the fields named here are looked at: what the filter says never becomes a lookup."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any, Literal
from uuid import UUID

from django.db.models import Q
from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)

NOBODY, EVERYBODY = Q(pk__in=[]), ~Q(pk__in=[])
LONGEST = 4_000  # characters
NIL = UUID(int=0)  # nobody's key
UNHOLDABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Field:
    """What an attribute is here: a column, or for `fixed` the value that all have whose column is not empty."""

    column: str
    kind: Literal["text", "exact", "key", "bool", "fixed"] = "text"
    fixed: object = None


USER_FIELDS = {
    "id": Field("external_id", "key"),
    "externalid": Field("scim_account__external_id", "exact"),
    "username": Field("username"),
    "displayname": Field("name"),
    "active": Field("is_active", "bool"),
    "emails": Field("email"),
    "emails.value": Field("email"),
    "emails.type": Field("email", "fixed", "work"),
    "groups": Field("scim_groups__id", "key"),
    "groups.value": Field("scim_groups__id", "key"),
}
GROUP_FIELDS = {
    "id": Field("id", "key"),
    "externalid": Field("external_id", "exact"),
    "displayname": Field("display_name"),
    "members": Field("members__external_id", "key"),
    "members.value": Field("members__external_id", "key"),
}
LOOKUPS = {
    CompareOperator.eq: "exact",
    CompareOperator.ne: "exact",
    CompareOperator.co: "contains",
    CompareOperator.sw: "startswith",
    CompareOperator.ew: "endswith",
}


def check(text: str) -> str:
    """The filter, or a refusal of what is too long or no database can hold."""
    if len(text) > LONGEST or UNHOLDABLE.search(text):
        raise InvalidFilterException(detail="Filteret er for langt, eller der er tegn i det, som ikke kan bruges.")
    return text


def query(found: ScimFilter[Any] | None, fields: Mapping[str, Field]) -> Q:
    """The rows that the filter finds; all of them without one."""
    return _ToQuery(fields).visit(found.ast) if found is not None else Q()


class _ToQuery(FilterVisitor[Q]):
    def __init__(self, fields: Mapping[str, Field], parent: str = "") -> None:
        self.fields, self.parent = fields, parent

    def visit_logical_expr(self, node: LogicalExpr) -> Q:
        return reduce(and_ if node.op == LogicalOperator.and_ else or_, (self.visit(term) for term in node.terms))

    def visit_not(self, node: Not) -> Q:
        return ~self.visit(node.expr)

    def visit_value_path(self, node: ValuePath) -> Q:
        return _ToQuery(self.fields, f"{self._name(node.attr_path)}.").visit(node.val_filter)

    def visit_present(self, node: Present) -> Q:
        return self._has_value(self._field(node.attr_path))

    def visit_comparison(self, node: Comparison) -> Q:
        field, value = self._field(node.attr_path), node.value
        if isinstance(value, str) and UNHOLDABLE.search(value):
            raise InvalidFilterException(detail="Der er tegn i filteret, som ikke kan bruges.")
        if node.op not in LOOKUPS or (field.kind not in ("text", "exact") and LOOKUPS[node.op] != "exact"):
            raise InvalidFilterException(detail=f"»{node.op.value}« kan ikke bruges på »{node.attr_path}« her.")
        found = ~self._has_value(field) if value is None else self._compare(field, LOOKUPS[node.op], value)
        return ~found if node.op == CompareOperator.ne else found

    def _compare(self, field: Field, lookup: str, value: Any) -> Q:
        if field.kind == "fixed":
            same = value == field.fixed or str(value).lower() == str(field.fixed).lower()
            return self._has_value(field) if same else NOBODY
        if field.kind == "bool":
            return Q((field.column, str(value).lower() == "true"))
        if field.kind == "key":
            key = uuid_or_none(value)
            return Q((field.column, key)) if key else NOBODY
        case = "" if field.kind == "exact" else "i"
        return Q((f"{field.column}__{case}{lookup}", str(value)))

    def _has_value(self, field: Field) -> Q:
        if field.kind == "bool":
            return EVERYBODY
        return Q((f"{field.column}__isnull", False)) if field.kind == "key" else ~Q((field.column, ""))

    def _name(self, path: AttrPath) -> str:
        return self.parent + ".".join(filter(None, (path.attr, path.sub_attr))).lower()

    def _field(self, path: AttrPath) -> Field:
        if found := self.fields.get(self._name(path)):
            return found
        raise InvalidFilterException(detail=f"Der kan ikke søges på »{path}« her.")


def uuid_or_none(value: object) -> UUID | None:
    """The key, or None for what cannot be one."""
    try:
        return UUID(str(value))
    except ValueError:
        return None
