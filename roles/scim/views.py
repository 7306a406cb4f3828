"""The addresses of the SCIM endpoint."""

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from scim2_models import Context, Error, ForbiddenException, ListResponse, NotFoundException, Resource, SearchRequest

from roles.models import ScimGroup
from roles.scim import filters, groups, people, resources
from roles.scim.http import answered, body_of, endpoint, failed, search_of

QUERY = Context.RESOURCE_QUERY_RESPONSE
CREATED = Context.RESOURCE_CREATION_RESPONSE
REPLACED = Context.RESOURCE_REPLACEMENT_RESPONSE
PATCHED = Context.RESOURCE_PATCH_RESPONSE


def _page(search: SearchRequest[Any], total: int) -> slice:
    """Which rows to show; none past the end, so that no number is too large for the database."""
    start = min(search.start_index_0 or 0, total)
    return slice(
        start, start + min(resources.MOST_RESULTS if search.count is None else search.count, resources.MOST_RESULTS)
    )


def _list(kind: type[Resource[Any]], rows: list[Any], total: int, search: SearchRequest[Any] | None) -> HttpResponse:
    many: Any = ListResponse.__class_getitem__(kind)
    start = search.start_index if search else None
    page = many(total_results=total, start_index=start or 1, items_per_page=len(rows), resources=rows)
    return answered(page, QUERY, chosen=search)


def _one(found: Resource[Any], search: SearchRequest[Any], context: Context) -> HttpResponse:
    answer = answered(found, context, 201 if context == CREATED else 200, search)
    if context == CREATED and found.meta:
        answer["Location"] = str(found.meta.location)
    return answer


def _search_people(request: HttpRequest) -> SearchRequest[Any]:
    return search_of(request, resources.User)


def _search_groups(request: HttpRequest) -> SearchRequest[Any]:
    return search_of(request, resources.Group)


# ── People ───────────────────────────────────────────────────────────────────────────────────────
def list_people(request: HttpRequest) -> HttpResponse:
    search = _search_people(request)
    found = people.known().filter(filters.query(search.filter, filters.USER_FIELDS)).order_by("pk").distinct()
    total = found.count()
    return _list(resources.User, [people.shown(person) for person in found[_page(search, total)]], total, search)


def show_person(request: HttpRequest, key: str) -> HttpResponse:
    search = _search_people(request)
    return _one(people.shown(people.find(key)), search, QUERY)


def create_person(request: HttpRequest) -> HttpResponse:
    search = _search_people(request)
    return _one(people.shown(people.create(body_of(request))), search, CREATED)


def replace_person(request: HttpRequest, key: str) -> HttpResponse:
    search = _search_people(request)
    return _one(people.shown(people.replace(key, body_of(request))), search, REPLACED)


def patch_person(request: HttpRequest, key: str) -> HttpResponse:
    search = _search_people(request)
    return _one(people.shown(people.patch(key, body_of(request))), search, PATCHED)


def delete_person(request: HttpRequest, key: str) -> HttpResponse:
    people.delete(key)
    return HttpResponse(status=204)


# ── Groups ───────────────────────────────────────────────────────────────────────────────────────
def _wants_members(search: SearchRequest[Any]) -> bool:
    """Whether the caller asks for them: Entra does not, as there may be thousands."""
    if search.attributes:
        return any(str(path).lower().rpartition("group:")[2].startswith("members") for path in search.attributes)
    return not any(str(path).lower().endswith("members") for path in search.excluded_attributes or ())


def _group(group: ScimGroup, search: SearchRequest[Any], context: Context) -> HttpResponse:
    return _one(groups.shown([group], with_members=_wants_members(search))[0], search, context)


def list_groups(request: HttpRequest) -> HttpResponse:
    search = _search_groups(request)
    found = ScimGroup.objects.filter(filters.query(search.filter, filters.GROUP_FIELDS)).order_by("pk").distinct()
    total = found.count()
    rows = groups.shown(list(found[_page(search, total)]), with_members=_wants_members(search))
    return _list(resources.Group, rows, total, search)


def show_group(request: HttpRequest, key: str) -> HttpResponse:
    search = _search_groups(request)
    return _group(groups.find(key), search, QUERY)


def create_group(request: HttpRequest) -> HttpResponse:
    search = _search_groups(request)
    return _group(groups.create(body_of(request)), search, CREATED)


def replace_group(request: HttpRequest, key: str) -> HttpResponse:
    search = _search_groups(request)
    return _group(groups.replace(key, body_of(request)), search, REPLACED)


def patch_group(request: HttpRequest, key: str) -> HttpResponse:
    """No body unless it is asked for: nobody wants thousands of members back for one (RFC 7644 §3.5.2)."""
    search = _search_groups(request)
    group = groups.patch(key, body_of(request))
    return _group(group, search, PATCHED) if search.attributes else HttpResponse(status=204)


def delete_group(request: HttpRequest, key: str) -> HttpResponse:
    groups.delete(key)
    return HttpResponse(status=204)


# ── What the endpoint can do ─────────────────────────────────────────────────────────────────────
def show_config(request: HttpRequest) -> HttpResponse:
    return answered(resources.config(), QUERY)


def _described(kind: Literal["Schemas", "ResourceTypes"]) -> list[Any]:
    found = resources.SCHEMAS if kind == "Schemas" else resources.TYPES
    return [
        one.model_copy(update={"meta": resources.meta(kind[:-1], resources.location(kind, one.id))}) for one in found
    ]


def list_schemas(request: HttpRequest) -> HttpResponse:
    return _list_described(request, "Schemas")


def list_types(request: HttpRequest) -> HttpResponse:
    return _list_described(request, "ResourceTypes")


def _list_described(request: HttpRequest, kind: Literal["Schemas", "ResourceTypes"]) -> HttpResponse:
    if "filter" in request.GET:
        raise ForbiddenException(detail="Her kan der ikke filtreres.")  # RFC 7644 §4
    rows = _described(kind)
    return _list(type(rows[0]), rows, len(rows), None)


def show_schema(request: HttpRequest, key: str) -> HttpResponse:
    return _show_described("Schemas", key)


def show_type(request: HttpRequest, key: str) -> HttpResponse:
    return _show_described("ResourceTypes", key)


def _show_described(kind: Literal["Schemas", "ResourceTypes"], key: str) -> HttpResponse:
    for one in _described(kind):
        if one.id == key:
            return answered(one, QUERY)
    raise NotFoundException(detail="Det findes ikke her.")


def nothing(request: HttpRequest, what: str = "") -> HttpResponse:
    return failed(Error(status=404, detail="Adressen findes ikke."))


def not_here(request: HttpRequest, what: str) -> HttpResponse:
    """What the protocol leaves to each service: `.search`, `Bulk`, `Me` (RFC 7644 §3.4.3, §3.7, §3.11)."""
    return failed(Error(status=501, detail=f"»{what}« bruges ikke her."))


users = endpoint(get=list_people, post=create_person)
user = endpoint(get=show_person, put=replace_person, patch=patch_person, delete=delete_person)
group_list = endpoint(get=list_groups, post=create_group)
group = endpoint(get=show_group, put=replace_group, patch=patch_group, delete=delete_group)
provider_config = endpoint(get=show_config)
schemas = endpoint(get=list_schemas)
schema = endpoint(get=show_schema)
resource_types = endpoint(get=list_types)
resource_type = endpoint(get=show_type)
optional = endpoint(get=not_here, post=not_here, put=not_here, patch=not_here, delete=not_here)
unknown = endpoint(get=nothing, post=nothing, put=nothing, patch=nothing, delete=nothing)
