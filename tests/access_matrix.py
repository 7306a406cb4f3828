"""Who may do what on every page: the committed table behind the tests.

A page that is not here fails the build. `GET` and `POST` are what each role gets on a case of its own line; a case of
another line and a case that does not exist answer 404 with the same body for everyone who may not see it, whatever the
method. Roles left out get `rest`. POST is sent without fields: 422 is a form that comes back, 302 an act done.
"""

from dataclasses import dataclass, field

ROLES = (
    "anonymous",
    "deactivated",
    "employee",
    "colleague",
    "leader",
    "deputy",
    "centre_chief",
    "other_leader",
    "director",
    "gdpr",
    "dpo",
    "mayor",
    "administrator",
)
STRANGERS = ("anonymous", "deactivated")
SEES_CASE = ("employee", "leader", "centre_chief", "director", "gdpr", "dpo")  # the employee reported it
SEES_OTHER_LINE = ("director", "gdpr", "dpo")


@dataclass(frozen=True)
class Page:
    """One address; numbers are HTTP statuses."""

    path: str
    get: dict[str, int] = field(default_factory=dict)
    post: dict[str, int] = field(default_factory=dict)
    rest_get: int = 200
    rest_post: int = 405
    is_open: bool = False  # strangers are not sent to sign in
    of_case: bool = False
    other: int = 405  # PUT, PATCH, DELETE


def case_page(path: str, **kwargs: object) -> Page:
    return Page(path, of_case=True, rest_get=404, rest_post=404, **kwargs)  # type: ignore[arg-type]


SEEN = dict.fromkeys(SEES_CASE, 200)
NOT_BY_POST = dict.fromkeys(SEES_CASE, 405)
TO_THE_CASE = dict.fromkeys(SEES_CASE, 302)  # as after signing in again
DECIDING = {"gdpr": 200, **dict.fromkeys(("employee", "leader", "centre_chief", "director", "dpo"), 403)}
HANDLING = {"gdpr": 422, **dict.fromkeys(("employee", "leader", "centre_chief", "director", "dpo"), 403)}

MATRIX: dict[str, Page] = {
    "home:front": Page("/", is_open=True),
    "home:inbox": Page("/indbakke/", rest_post=302),
    "home:profile": Page("/min-profil/", rest_post=422),
    "home:operations": Page(
        "/drift/", get={"administrator": 200}, post={"administrator": 404}, rest_get=404, rest_post=404
    ),
    "home:duty_done": Page("/opgaver/999999/udfoert/", rest_get=302, rest_post=404),
    "home:healthz": Page("/healthz", is_open=True),
    "home:readyz": Page("/readyz", is_open=True),
    "home:metrics": Page("/metrics", is_open=True),
    "home:demo_sign_in": Page("/demo/log-ind-som/", rest_get=405, rest_post=404, is_open=True),
    "account_login": Page(
        "/log-ind/",
        get=dict.fromkeys(STRANGERS, 200),
        post=dict.fromkeys(STRANGERS, 200),
        rest_get=302,
        rest_post=302,
        is_open=True,
    ),
    "account_logout": Page("/log-ud/", get=dict.fromkeys(STRANGERS, 302), rest_post=302, is_open=True),
    "account_change_password": Page("/min-profil/adgangskode/", rest_post=200),
    "account_set_password": Page("/min-profil/adgangskode/ny/", rest_get=302, rest_post=302),
    "account_reauthenticate": Page("/min-profil/bekraeft/", rest_post=200),
    "breaches:list": Page("/brud/", rest_post=302),
    "breaches:report": Page("/brud/meld/", rest_post=422, is_open=True),
    "breaches:told_preview": Page("/brud/meld/hvem/", is_open=True),
    "breaches:unit_search": Page("/brud/meld/enheder/", is_open=True),
    "breaches:follow_up": Page("/brud/opfoelgning/", rest_post=422, is_open=True),
    "breaches:detail": case_page("/brud/{number}/", get=SEEN, post=NOT_BY_POST),
    "breaches:acknowledge": case_page(
        "/brud/{number}/modtaget/",
        get=TO_THE_CASE,
        post={"leader": 302, "centre_chief": 302, "director": 302, "gdpr": 302, "dpo": 403, "employee": 403},
    ),
    "breaches:step": case_page("/brud/{number}/trin/", get=TO_THE_CASE, post=HANDLING),
    "breaches:awareness": case_page("/brud/{number}/bekendt/", get=DECIDING, post=HANDLING),
    "breaches:verdict": case_page("/brud/{number}/vurdering/", get=DECIDING, post=HANDLING),
    "breaches:unit": case_page("/brud/{number}/enhed/", get=DECIDING, post=HANDLING),
    "breaches:write": case_page(
        "/brud/{number}/skriv/",
        get=TO_THE_CASE,
        post={"leader": 422, "centre_chief": 422, "director": 422, "gdpr": 422, "dpo": 403, "employee": 422},
    ),
    "breaches:file": case_page("/brud/{number}/filer/{file}/", get=SEEN, post=NOT_BY_POST),
}
