"""Who may do what on every page: the committed table behind the tests. A page that is not here fails the build.

How to read it. One row is one address, or one address with one kind of object in it (`{case}`, `{unit}` …; OBJECTS
says which they are). An answer is what a role gets on an object of its own line, of another line, and on one that does
not exist, as `"200/403/404"`; the last part is left out where it is 404, and `"200"` stands for own and other line
alike. On a page without an object there is one number. `REST` are the roles not named. `*` is an answer given before
anything is looked up, the same whatever there is (a method that is not taken, the way back after signing in).

200 a page · 302 sent on, or an act done · 401 no key · 403 sees it, may not do it · 404 there is nothing here, the same
words for what is another's and what does not exist · 405 not that method · 422 the form comes back. POST is sent
without fields. Strangers and people whose account is closed are sent to sign in (302) unless the page is open to all.

Open to all who work for the municipality, by design: the units, and who holds the roles that the policy names. An
external partner sees those of her own unit alone. Whoever has no appointment sees no unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

REST = "*"
Answers = Mapping[tuple[str, ...] | str, str]

# The roles of `roles.enums.Role`, each held by one person, and people in special places.
STRANGERS = ("anonymous", "deactivated")
BY_ROLE = (
    "employee",  # reported the own case; own person and own employment are hers
    "leader", "centre_chief", "executive", "director", "councillor", "mayor", "committee", "dpr", "it_coordinator",
    "it_chief", "it_operations", "gdpr_unit", "lawyer", "dpo", "system_owner", "secretariat", "contract_owner",
    "external", "administrator",
)  # fmt: skip
BY_PLACE = (
    "colleague",  # of the employee, in the same unit
    "deputy",  # of the leader, who is at work
    "acting_deputy",  # of the leader, who is away
    "follows_cases",  # an employee to whom the leader has let that much
    "maintains_appointments",  # likewise
    "other_leader",  # of the other line: everything of the leader, the other way round
    "without_role",  # an account without any appointment
)
ROLES = (*STRANGERS, *BY_ROLE, *BY_PLACE)

OBJECTS = {
    "case": "reported by an employee of the unit",
    "file": "of the case",
    "unit": "the unit of the line",
    "person": "an employee of the unit, who holds no role that the policy names",
    "officer": "the leader of the unit",
    "place": "the employment of the person",
    "office": "the appointment of the officer",
    "grant": "what the officer has let a colleague do",
    "duty": "of whoever leads the unit, about something that others may not know of",
    "task": "of the leader of the unit, one of the year's fixed duties",
    "proof": "a file of the task",
    "fixed": "a fixed duty of every leader; of no line",
    "run": "a file from the organisation system; of no line",
    "group": "of the identity provider; of no line",
    "role": "a role that the policy names; of no line",
    # Of documents; none of a line. Written by the it_coordinator, so the other two writers are her colleagues.
    "public": "the policy, public; version 1 is superseded, version 2 in force",
    "edition": "the number of its first version, as the public knows it",
    "document": "a guideline in force, internal, under review; version 1 applies, version 2 is a draft",
    "draft": "a guideline that has never applied",
    "hearing": "a guideline that has never applied, about which lawyer, DPO and leaders are being asked",
    "body": "the committee",
    "route": "how guidelines are approved",
    "decision": "of the guideline in force",
    "minutes": "a file of the decision",
    # Of the committee's meetings; none of a line.
    "meeting": "planned",
    "point": "open, of the planned meeting",
    "secret": "confidential, of the planned meeting",
    "paper": "a file of the confidential point",
    "held": "its minutes are approved",
    "ballot": "a written procedure",
    "question": "voted on in it",
    "asked": "what was asked on the confidential point",
}
OF_NO_LINE = (
    "fixed", "run", "group", "role", "public", "edition", "document", "draft", "hearing", "body", "route", "decision",
    "minutes",
    "meeting", "point", "secret", "paper", "held", "ballot", "question", "asked",
)  # fmt: skip

LEADS = ("leader", "acting_deputy", "centre_chief")  # of the unit or above it
SEES_CASE = (*LEADS, "follows_cases", "employee")
SEES_EVERY_PERSON = ("gdpr_unit", "dpo", "it_coordinator", "administrator")
APPOINTS_ANYBODY = ("gdpr_unit", "administrator")
HANDS_OVER_ALL = ("director", "gdpr_unit")
ONLY_LOOKS = ("dpo", "it_coordinator", "administrator")  # know the person, hand nothing over
FILLS_EVERY_PLACE = ("director", "gdpr_unit", "administrator")  # the director leads every unit
HAS_NO_ROLE = ("employee", "colleague", "deputy", "follows_cases", "maintains_appointments", "external", "without_role")
KEEPERS = ("gdpr_unit", "it_coordinator")  # of the year's fixed duties
FOLLOW_THE_YEAR = (*KEEPERS, "director", "dpo", "committee")
SEES_SYNC = ("administrator", "it_coordinator", "gdpr_unit")
OPERATES = ("administrator", "it_operations", "it_coordinator")
OF_OWN_UNIT_ONLY = "external"
WRITERS = ("it_coordinator", "it_chief", "gdpr_unit")  # of documents
RECORDERS = ("secretariat", "director", "executive", "committee")  # write what was decided
ADVISERS = ("lawyer", "dpo")  # read drafts and say what they think
FOLLOWERS = (*WRITERS, *RECORDERS, *ADVISERS)  # see every draft
IN_HEARING = ("leader", "acting_deputy", "other_leader")  # besides the advisers
OUTSIDE = ("external", "without_role")  # see of documents what everybody sees
PREPARERS = ("it_coordinator", "gdpr_unit", "secretariat")  # of the committee's meetings
ON_COMMITTEE = ("director", "committee")
NOBODY: Answers = {REST: "405*"}


@dataclass(frozen=True)
class Page:
    """One row."""

    name: str
    path: str
    get: Answers = field(default_factory=lambda: {REST: "200"})
    post: Answers = field(default_factory=lambda: NOBODY)
    is_open: bool = False  # to strangers too
    other: int = 405  # PUT, PATCH, DELETE

    def answer(self, role: str, method: str, kind: str) -> int:
        """The status that the role gets with the method on an object that is `own`, `foreign` or `missing`."""
        if role in STRANGERS and not self.is_open:
            return 302
        if method in ("PUT", "PATCH", "DELETE"):
            return self.other
        if role == "other_leader" and self.objects:
            role, kind = "leader", {"own": "foreign", "foreign": "own"}.get(kind, kind)
        said = self._said(self.post if method == "POST" else self.get, role)
        if said.endswith("*"):
            return int(said[:-1])
        parts = said.split("/")
        if kind == "missing":
            return int(parts[2]) if len(parts) == 3 else 404
        return int(parts[1] if kind == "foreign" and len(parts) > 1 else parts[0])

    @staticmethod
    def _said(answers: Answers, role: str) -> str:
        named = [said for roles, said in answers.items() if role in ((roles,) if isinstance(roles, str) else roles)]
        assert len(named) < 2, f"{role} is named twice"
        return named[0] if named else answers[REST]

    @property
    def objects(self) -> list[str]:
        return [name for name in OBJECTS if f"{{{name}}}" in self.path]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which objects the page is asked for."""
        if not self.objects:
            return ("own",)
        return ("own", "missing") if set(self.objects) <= set(OF_NO_LINE) else ("own", "foreign", "missing")


SEEN: Answers = {SEES_CASE: "200/404", ("director", "gdpr_unit", "dpo"): "200", REST: "404"}
HANDLED: Answers = {"gdpr_unit": "422", ("director", "dpo"): "403", SEES_CASE: "403/404", REST: "404"}
DECIDED: Answers = {**HANDLED, "gdpr_unit": "200"}
BACK: Answers = {REST: "302*"}  # to the page where the form stands, as after signing in again
PERSON_SEEN: Answers = {
    (*LEADS, "employee"): "200/404", ("director", *SEES_EVERY_PERSON): "200", REST: "404",
}  # fmt: skip
KNOWN_TO_STAFF: Answers = {OF_OWN_UNIT_ONLY: "200/404", "without_role": "404", REST: "200"}
NOT_BY_STAFF = {OF_OWN_UNIT_ONLY: "403/404", "without_role": "404", REST: "403"}
APPLIES: Answers = {OUTSIDE: "404", REST: "200"}  # internal, in force
DRAFTED: Answers = {FOLLOWERS: "200", REST: "404"}
HEARD: Answers = {(*FOLLOWERS, *IN_HEARING): "200", REST: "404"}
CHANGED: Answers = {WRITERS: "200", (*RECORDERS, *ADVISERS): "403", REST: "404"}  # a draft, by its writers
DRAFT, DRAFT_OF, APPLYING, ASKED_ABOUT = (
    f"/dokumenter/{{{name}}}/udgaver/{number}/"
    for name, number in (("draft", 1), ("document", 2), ("document", 1), ("hearing", 1))
)

MEETING, HELD, BALLOT = (f"/moeder/{{body}}/moede/{{{name}}}/" for name in ("meeting", "held", "ballot"))
POINT, SECRET = (f"{MEETING}punkter/{{{name}}}/" for name in ("point", "secret"))
QUESTION = f"{BALLOT}punkter/{{question}}/"
ONLY_FOLLOW = ("it_chief", "executive", *ADVISERS)  # see the open points, and write nothing
PREPARED: Answers = {PREPARERS: "200", (*ON_COMMITTEE, *ONLY_FOLLOW): "403", REST: "404"}
PREPARED_IN: Answers = {PREPARERS: "422", (*ON_COMMITTEE, *ONLY_FOLLOW): "403", REST: "404"}
MINUTED: Answers = {(*PREPARERS, *ON_COMMITTEE): "200", ONLY_FOLLOW: "403", REST: "404"}
MINUTED_IN: Answers = {(*PREPARERS, *ON_COMMITTEE): "422", ONLY_FOLLOW: "403", REST: "404"}


def instead(answers: Answers, status: str, roles: tuple[str, ...] = WRITERS) -> Answers:
    """The same answers, but another one to the roles."""
    return {roles if roles == named else named: status if roles == named else said for named, said in answers.items()}


PAGES = (
    # ── One's own pages ─────────────────────────────────────────────────────────────────────────
    Page("home:front", "/", is_open=True),
    Page("home:inbox", "/indbakke/", post={REST: "302"}),
    Page("home:profile", "/min-profil/", post={REST: "422"}),
    # ── Duties: one's own, those of the units one leads, the year's fixed ones ──────────────────────
    Page("duties:list", "/opgaver/", post={REST: "302"}),
    Page("duties:of_unit", "/opgaver/enhed/", {(*LEADS, "other_leader"): "200", REST: "404"},
         post={(*LEADS, "other_leader"): "302", REST: "404"}),
    Page("duties:all", "/opgaver/alle/", {(*LEADS, "other_leader", *FOLLOW_THE_YEAR): "200", REST: "404"},
         post={(*LEADS, "other_leader", *FOLLOW_THE_YEAR): "302", REST: "404"}),
    Page("duties:reminders", "/opgaver/paamindelser/", post={REST: "422"}),
    Page("duties:templates", "/opgaver/faste/", post={REST: "302"}),
    Page("duties:template_new", "/opgaver/faste/ny/", {KEEPERS: "200", REST: "403"},
         post={KEEPERS: "422", REST: "403"}),
    Page("duties:template", "/opgaver/faste/{fixed}/", {HAS_NO_ROLE: "404", REST: "200"}),
    Page("duties:template_change", "/opgaver/faste/{fixed}/ret/",
         {HAS_NO_ROLE: "404", KEEPERS: "200", REST: "403"}, post={HAS_NO_ROLE: "404", KEEPERS: "422", REST: "403"}),
    Page("duties:template_stop", "/opgaver/faste/{fixed}/stop/", BACK,
         post={HAS_NO_ROLE: "404", KEEPERS: "302", REST: "403"}),
    Page("duties:detail", "/opgaver/{duty}/",
         {("leader", "acting_deputy"): "200/404", "gdpr_unit": "200", REST: "404"}),
    Page("duties:detail", "/opgaver/{task}/", {LEADS: "200/404", FOLLOW_THE_YEAR: "200", REST: "404"}),
    Page("duties:file", "/opgaver/{task}/filer/{proof}/", {LEADS: "200/404", FOLLOW_THE_YEAR: "200", REST: "404"}),
    Page("duties:step", "/opgaver/{duty}/udfoert/", BACK,
         post={("leader", "acting_deputy"): "302/404", "gdpr_unit": "403", REST: "404"}),
    Page("duties:step", "/opgaver/{task}/giv-videre/", BACK,
         post={LEADS: "422/404", ("director", *KEEPERS): "422", ("dpo", "committee"): "403", REST: "404"}),
    Page("duties:step", "/opgaver/{task}/skriv/", BACK,
         post={LEADS: "422/404", ("director", *KEEPERS): "422", ("dpo", "committee"): "403", REST: "404"}),
    Page("duties:step", "/opgaver/{task}/bortfald/", BACK,
         post={KEEPERS: "422", LEADS: "403/404", ("director", "dpo", "committee"): "403", REST: "404"}),
    Page("home:operations", "/drift/", {OPERATES: "200", REST: "404"}, post={REST: "404"}),
    Page("home:jobs", "/drift/job/", {OPERATES: "200", REST: "404"}),
    Page("home:mail_log", "/drift/post/", {OPERATES: "200", REST: "404"}, post={OPERATES: "302", REST: "404"}),
    Page("home:wheel", "/aarshjul/"),
    Page("home:wheel_pdf", "/aarshjul/aarshjul.pdf"),
    Page("home:calendar", "/aarshjul/kalender/", post={REST: "422"}),
    Page("home:calendar_feed", "/aarshjul/kalender/findes-ikke.ics", {REST: "404"}, is_open=True),
    Page("home:healthz", "/healthz", is_open=True),
    Page("home:readyz", "/readyz", is_open=True),
    Page("home:metrics", "/metrics", is_open=True),
    # ── Signing in ──────────────────────────────────────────────────────────────────────────────
    Page("home:demo_sign_in", "/demo/log-ind-som/", {REST: "405"}, post={REST: "404"}, is_open=True),
    Page("account_login", "/log-ind/", {STRANGERS: "200", REST: "302"}, post={STRANGERS: "200", REST: "302"},
         is_open=True),
    Page("account_logout", "/log-ud/", {STRANGERS: "302", REST: "200"}, post={REST: "302"}, is_open=True),
    Page("account_change_password", "/min-profil/adgangskode/", post={REST: "200"}),
    Page("account_set_password", "/min-profil/adgangskode/ny/", {REST: "302"}, post={REST: "302"}),
    Page("account_reauthenticate", "/min-profil/bekraeft/", post={REST: "200"}),
    # ── Breaches ────────────────────────────────────────────────────────────────────────────────
    Page("breaches:list", "/brud/", post={REST: "302"}),
    Page("breaches:report", "/brud/meld/", post={REST: "422"}, is_open=True),
    Page("breaches:told_preview", "/brud/meld/hvem/", is_open=True),
    Page("breaches:unit_search", "/brud/meld/enheder/", is_open=True),
    Page("breaches:follow_up", "/brud/opfoelgning/", post={REST: "422"}, is_open=True),
    Page("breaches:detail", "/brud/{case}/", SEEN),
    Page("breaches:file", "/brud/{case}/filer/{file}/", SEEN),
    Page("breaches:acknowledge", "/brud/{case}/modtaget/", BACK,
         post={(*LEADS, "follows_cases"): "302/404", ("director", "gdpr_unit"): "302", "dpo": "403",
               "employee": "403/404", REST: "404"}),
    Page("breaches:write", "/brud/{case}/skriv/", BACK,
         post={SEES_CASE: "422/404", ("director", "gdpr_unit"): "422", "dpo": "403", REST: "404"}),
    Page("breaches:step", "/brud/{case}/trin/", BACK, post=HANDLED),
    Page("breaches:awareness", "/brud/{case}/bekendt/", DECIDED, post=HANDLED),
    Page("breaches:verdict", "/brud/{case}/vurdering/", DECIDED, post=HANDLED),
    Page("breaches:unit", "/brud/{case}/enhed/", DECIDED, post=HANDLED),
    # ── Units and roles ─────────────────────────────────────────────────────────────────────────
    Page("roles:tree", "/organisation/"),
    Page("roles:roles", "/organisation/roller/"),
    Page("roles:role", "/organisation/roller/{role}/"),
    Page("roles:unit", "/organisation/enheder/{unit}/", KNOWN_TO_STAFF),
    Page("roles:unit_appoint", "/organisation/enheder/{unit}/udpeg/",
         {**NOT_BY_STAFF, (*LEADS, "maintains_appointments"): "200/403", FILLS_EVERY_PLACE: "200"},
         post={**NOT_BY_STAFF, (*LEADS, "maintains_appointments"): "422/403", FILLS_EVERY_PLACE: "422"}),
    Page("roles:unit_delegate", "/organisation/enheder/{unit}/overlad/",  # a deputy hands nothing on
         {**NOT_BY_STAFF, ("leader", "centre_chief"): "200/403", "director": "200"},
         post={**NOT_BY_STAFF, ("leader", "centre_chief"): "422/403", "director": "422"}),
    Page("roles:grant_stop", "/organisation/overladt/{grant}/stop/", BACK,
         post={("leader", "follows_cases"): "302/404", REST: "404"}),
    # ── Appointments: an ordinary employment, and a role that the policy names ──────────────────
    Page("roles:place", "/organisation/udpegninger/{place}/", PERSON_SEEN,
         post={LEADS: "302/404", FILLS_EVERY_PLACE: "302", ("dpo", "it_coordinator"): "403", "employee": "403/404",
               REST: "404"}),
    Page("roles:place", "/organisation/udpegninger/{office}/", KNOWN_TO_STAFF,
         post={**NOT_BY_STAFF, "centre_chief": "302/403", FILLS_EVERY_PLACE: "302"}),
    # ── People: an employee, and one who holds a role that the policy names ─────────────────────
    Page("roles:people", "/organisation/personer/",
         {(*LEADS, "other_leader", "director", *SEES_EVERY_PERSON): "200", REST: "404"},
         post={(*LEADS, "other_leader", "director", *SEES_EVERY_PERSON): "302", REST: "404"}),
    Page("roles:person_search", "/organisation/find-person/", {REST: "200"}),
    Page("roles:person", "/organisation/personer/{person}/", PERSON_SEEN),
    Page("roles:person", "/organisation/personer/{officer}/", KNOWN_TO_STAFF),
    Page("roles:person_close", "/organisation/personer/{person}/konto/", BACK,
         post={"administrator": "302", ("director", "gdpr_unit", "dpo", "it_coordinator"): "403",
               (*LEADS, "employee"): "403/404", REST: "404"}),
    Page("roles:person_close", "/organisation/personer/{officer}/konto/", BACK,
         post={**NOT_BY_STAFF, "administrator": "302"}),
    Page("roles:person_hand_over", "/organisation/personer/{person}/overdrag/",
         {(*LEADS, "employee"): "200/404", HANDS_OVER_ALL: "200", ONLY_LOOKS: "403", REST: "404"},
         post={(*LEADS, "employee"): "422/404", HANDS_OVER_ALL: "422", ONLY_LOOKS: "403", REST: "404"}),
    Page("roles:person_hand_over", "/organisation/personer/{officer}/overdrag/",
         {**NOT_BY_STAFF, LEADS: "200/403", HANDS_OVER_ALL: "200"},
         post={**NOT_BY_STAFF, LEADS: "422/403", HANDS_OVER_ALL: "422"}),
    # ── Keeping the organisation in order ───────────────────────────────────────────────────────
    Page("roles:explain", "/organisation/hvorfor/", {APPOINTS_ANYBODY: "200", REST: "403"}),
    Page("roles:scim_groups", "/organisation/grupper/", {APPOINTS_ANYBODY: "200", REST: "404"},
         post={APPOINTS_ANYBODY: "302", REST: "404"}),
    Page("roles:scim_group", "/organisation/grupper/{group}/", {APPOINTS_ANYBODY: "200", REST: "404"},
         post={APPOINTS_ANYBODY: "422", REST: "404"}),
    Page("roles:sync_list", "/organisation/synkronisering/", {SEES_SYNC: "200", REST: "404"},
         post={SEES_SYNC: "302", REST: "404"}),
    Page("roles:sync_new", "/organisation/synkronisering/ny/",
         {"administrator": "200", ("it_coordinator", "gdpr_unit"): "403", REST: "404"},
         post={"administrator": "422", ("it_coordinator", "gdpr_unit"): "403", REST: "404"}),
    Page("roles:sync_detail", "/organisation/synkronisering/{run}/", {SEES_SYNC: "200", REST: "404"},
         post={SEES_SYNC: "302", REST: "404"}),
    Page("roles:sync_apply", "/organisation/synkronisering/{run}/hent-ind/",  # a run that nothing is left of: sent on
         {"administrator": "302", ("it_coordinator", "gdpr_unit"): "403", REST: "404"},
         post={"administrator": "302", ("it_coordinator", "gdpr_unit"): "403", REST: "404"}),
    # ── The policy, for everybody: signed in or not, the same ───────────────────────────────────
    Page("public:policy", "/politik/", is_open=True),
    Page("public:archive", "/politik/versioner/", is_open=True),
    Page("public:version", "/politik/versioner/{edition}/", is_open=True),
    Page("public:version_pdf", "/politik/versioner/{edition}/politik.pdf", is_open=True),
    Page("public:compare", "/politik/sammenlign/{edition}/2/", is_open=True),
    Page("public:ask_pair", "/politik/sammenlign/", is_open=True),
    Page("public:ask_day", "/politik/paa-dato/", is_open=True),
    Page("public:on_day", "/politik/paa-dato/2026-01-05/", is_open=True),
    Page("public:pdf", "/politik/politik.pdf", is_open=True),
    Page("public:json", "/politik/politik.json", is_open=True),
    Page("public:feed", "/politik/feed.atom", is_open=True),
    Page("public:embedded", "/politik/indlejret/", is_open=True),
    Page("policy:public_pdf", "/dokumenter/{public}/dokument.pdf", is_open=True),
    Page("policy:public_pdf", "/dokumenter/{document}/dokument.pdf", {REST: "404"}, is_open=True),
    # ── Documents: public, internal in force, a draft of it, one that never applied, one in hearing ──
    Page("policy:list", "/dokumenter/", post={STRANGERS: "405", REST: "302"}, is_open=True),
    Page("policy:new", "/dokumenter/nyt/", {WRITERS: "200", REST: "403"}, post={WRITERS: "422", REST: "403"}),
    Page("policy:import", "/dokumenter/hent/", {WRITERS: "200", REST: "403"}, post={WRITERS: "422", REST: "403"}),
    Page("policy:routes", "/dokumenter/godkendelsesveje/", DRAFTED),
    Page("policy:route", "/dokumenter/godkendelsesveje/{route}/",
         {"director": "200", tuple(one for one in FOLLOWERS if one != "director"): "403", REST: "404"},
         post={"director": "422", tuple(one for one in FOLLOWERS if one != "director"): "403", REST: "404"}),
    Page("policy:document", "/dokumenter/{public}/", is_open=True),
    Page("policy:document", "/dokumenter/{document}/", {(*STRANGERS, *OUTSIDE): "404", REST: "200"}, is_open=True),
    Page("policy:document", "/dokumenter/{draft}/", DRAFTED, is_open=True),
    Page("policy:document", "/dokumenter/{hearing}/", HEARD, is_open=True),
    Page("policy:edit", "/dokumenter/{document}/oplysninger/", {**APPLIES, WRITERS: "200", REST: "403"},
         post={**APPLIES, WRITERS: "422", REST: "403"}),
    Page("policy:edit", "/dokumenter/{draft}/oplysninger/", CHANGED, post=instead(CHANGED, "422")),
    Page("policy:start", "/dokumenter/{document}/udgaver/ny/", BACK, post={**APPLIES, WRITERS: "302", REST: "403"}),
    Page("policy:start", "/dokumenter/{draft}/udgaver/ny/", BACK, post=instead(CHANGED, "302")),
    Page("policy:start", "/dokumenter/{public}/udgaver/ny/", BACK, post={WRITERS: "302", REST: "403"}),
    Page("policy:compare", "/dokumenter/{document}/sammenlign/1/2/", DRAFTED),
    Page("policy:compare", "/dokumenter/{document}/sammenlign/1/1/", APPLIES),
    Page("policy:version", "/dokumenter/{public}/udgaver/1/"),
    Page("policy:version", APPLYING, APPLIES),
    Page("policy:version", DRAFT_OF, DRAFTED),
    Page("policy:version", DRAFT, DRAFTED),
    Page("policy:version", ASKED_ABOUT, HEARD),
    Page("policy:pdf", f"{APPLYING}udgave.pdf", APPLIES),
    Page("policy:pdf", f"{DRAFT}udgave.pdf", DRAFTED),
    Page("policy:edits", f"{APPLYING}rettelser/", {OUTSIDE: "404", FOLLOWERS: "200", REST: "403"}),
    Page("policy:edits", f"{DRAFT}rettelser/", DRAFTED),
    Page("policy:record", f"{APPLYING}forloeb/", {OUTSIDE: "404", FOLLOWERS: "200", REST: "403"}),
    Page("policy:record", f"{DRAFT}forloeb/", DRAFTED),
    Page("policy:record_pdf", f"{APPLYING}forloeb.pdf", {OUTSIDE: "404", FOLLOWERS: "200", REST: "403"}),
    Page("policy:review", "/dokumenter/{document}/gennemgang/", {OUTSIDE: "404", FOLLOWERS: "200", REST: "403"}),
    Page("policy:review", "/dokumenter/{public}/gennemgang/", {FOLLOWERS: "200", REST: "403"}),
    Page("policy:review", "/dokumenter/{draft}/gennemgang/", DRAFTED),
    Page("policy:assess", "/dokumenter/{document}/gennemgang/svar/", BACK, post={REST: "404"}),  # as whom is not said
    # ── Writing in a version, and what becomes of it ────────────────────────────────────────────
    Page("policy:text", f"{DRAFT}tekst/", CHANGED, post=instead(CHANGED, "422")),
    Page("policy:text", f"{APPLYING}tekst/", {OUTSIDE: "404", WRITERS: "302", REST: "403"},  # not written in any more
         post={OUTSIDE: "404", WRITERS: "422", REST: "403"}),
    Page("policy:keep", f"{DRAFT}tekst/kladde/", NOBODY, post=instead(CHANGED, "422")),
    Page("policy:preview", f"{DRAFT}tekst/vis/", NOBODY, post=CHANGED),
    Page("policy:clauses", f"{DRAFT}punkter/", CHANGED, post=instead(CHANGED, "409")),  # of which text is not said
    Page("policy:comment", f"{DRAFT}kommentar/", BACK, post=instead(DRAFTED, "422", FOLLOWERS)),
    Page("policy:comment", f"{ASKED_ABOUT}kommentar/", BACK, post=instead(HEARD, "422", (*FOLLOWERS, *IN_HEARING))),
    Page("policy:comment", f"{APPLYING}kommentar/", BACK, post={OUTSIDE: "404", FOLLOWERS: "422", REST: "403"}),
    Page("policy:comment_close", f"{ASKED_ABOUT}kommentar/luk/", BACK, post={REST: "404"}),  # which one is not said
    Page("policy:comment_close", f"{APPLYING}kommentar/luk/", BACK, post={(*OUTSIDE, *FOLLOWERS): "404", REST: "403"}),
    Page("policy:step", f"{DRAFT}trin/", BACK, post=instead(DRAFTED, "422", FOLLOWERS)),
    Page("policy:step", f"{ASKED_ABOUT}trin/", BACK, post={FOLLOWERS: "422", IN_HEARING: "403", REST: "404"}),
    Page("policy:step", f"{APPLYING}trin/", BACK, post={OUTSIDE: "404", FOLLOWERS: "422", REST: "403"}),
    Page("policy:hear", f"{DRAFT}hoering/", CHANGED, post=instead(CHANGED, "422")),
    Page("policy:answer", f"{ASKED_ABOUT}hoering/svar/", BACK, post={REST: "404"}),  # as whom is not said
    Page("policy:decide", f"{DRAFT}beslutning/allerede/",
         {RECORDERS: "200", (*WRITERS, *ADVISERS): "403", REST: "404"},
         post={RECORDERS: "422", (*WRITERS, *ADVISERS): "403", REST: "404"}),
    Page("policy:decide", f"{APPLYING}beslutning/godkend-igen/", {OUTSIDE: "404", RECORDERS: "200", REST: "403"},
         post={OUTSIDE: "404", ("director", "committee"): "422", REST: "403"}),  # who write the committee's in
    Page("policy:post", f"{APPLYING}offentliggjort/", BACK,
         post={OUTSIDE: "404", (*WRITERS, "secretariat"): "422", REST: "403"}),
    Page("policy:post", f"{DRAFT}offentliggjort/", BACK,
         post={(*WRITERS, "secretariat"): "422", ("director", "executive", "committee", *ADVISERS): "403",
               REST: "404"}),
    # ── Bodies that decide ──────────────────────────────────────────────────────────────────────
    Page("meetings:bodies", "/moeder/"),
    Page("meetings:body", "/moeder/{body}/", APPLIES, post={OUTSIDE: "404", FOLLOWERS: "302", REST: "403"}),
    Page("meetings:file", "/moeder/beslutninger/{decision}/filer/{minutes}/", DRAFTED),
    Page("meetings:body_edit", "/moeder/{body}/indstillinger/",
         {OUTSIDE: "404", ("director", "secretariat"): "200", REST: "403"},
         post={OUTSIDE: "404", ("director", "secretariat"): "422", REST: "403"}),
    Page("meetings:list", "/moeder/{body}/moeder/", DRAFTED, post=instead(DRAFTED, "302", FOLLOWERS)),
    Page("meetings:new", "/moeder/{body}/nyt/", PREPARED, post=PREPARED_IN),
    # ── Meetings: seen by those who follow the work, confidential points by the body's own ───────
    Page("meetings:meeting", MEETING, DRAFTED),
    Page("meetings:meeting", HELD, DRAFTED),
    Page("meetings:meeting", BALLOT, DRAFTED),
    Page("meetings:step", f"{MEETING}trin/", BACK, post=instead(DRAFTED, "422", FOLLOWERS)),
    Page("meetings:move", f"{MEETING}flyt/", PREPARED, post=PREPARED_IN),
    Page("meetings:fill", f"{MEETING}fyld/", BACK, post=instead(PREPARED, "302", PREPARERS)),
    Page("meetings:attendance", f"{MEETING}fremmoede/", PREPARED, post=PREPARED_IN),
    Page("meetings:hold", f"{MEETING}hold/", MINUTED),
    Page("meetings:pack", f"{MEETING}dagsorden.pdf", DRAFTED),
    Page("meetings:minutes", f"{MEETING}referat/", {REST: "404"}),  # not held yet
    Page("meetings:minutes", f"{HELD}referat/", DRAFTED),
    Page("meetings:minutes_pdf", f"{HELD}referat.pdf", DRAFTED),
    Page("meetings:remark", f"{HELD}referat/bemaerkning/", BACK, post=MINUTED_IN),
    Page("meetings:item_new", f"{MEETING}punkter/nyt/", PREPARED, post=PREPARED_IN),
    Page("meetings:item", POINT, PREPARED, post=PREPARED_IN),
    Page("meetings:item", SECRET, {PREPARERS: "200", ON_COMMITTEE: "403", REST: "404"},
         post={PREPARERS: "422", ON_COMMITTEE: "403", REST: "404"}),
    Page("meetings:item_step", f"{POINT}trin/", BACK, post=MINUTED_IN),
    Page("meetings:item_file", f"{SECRET}filer/{{paper}}/", {(*PREPARERS, *ON_COMMITTEE): "200", REST: "404"}),
    Page("meetings:words", f"{POINT}referat/", BACK, post=MINUTED_IN),
    Page("meetings:decide", f"{POINT}beslut/", MINUTED, post=MINUTED_IN),
    Page("meetings:recuse", f"{POINT}inhabil/", MINUTED, post=MINUTED_IN),
    Page("meetings:ask", f"{POINT}opfoelgning/", MINUTED, post=MINUTED_IN),
    Page("meetings:follow_up", f"{SECRET}opfoelgning/{{asked}}/", {(*PREPARERS, *ON_COMMITTEE): "200", REST: "404"}),
    Page("meetings:vote", f"{QUESTION}stem/", BACK,
         post={ON_COMMITTEE: "422", (*PREPARERS, *ONLY_FOLLOW): "403", REST: "404"}),
    # ── The identity provider's door: a key of its own; being signed in opens nothing ───────────
    *(
        Page(f"scim:{name}", f"/scim/v2/{path}", {REST: "401*"}, post={REST: "401*"}, is_open=True, other=401)
        for name, path in {
            "users": "Users", "user": "Users/{person}", "groups": "Groups", "group": "Groups/{group}",
            "config": "ServiceProviderConfig", "schemas": "Schemas", "schema": "Schemas/User",
            "resource_types": "ResourceTypes", "resource_type": "ResourceTypes/User", "optional": "Me",
            "unknown": "findes-ikke",
        }.items()
    ),
)  # fmt: skip
