"""The forms of governed documents. Whatever is wrong, the answer is a sentence, and the text stays."""

from collections.abc import Iterable
from typing import Any

from django import forms

from glostrup_isms.kit.fields import FilesField, Text
from policy.actions import ALWAYS_ASKED
from policy.actions.texts import TEXT_MAX
from policy.enums import Audience, Confidentiality, Evidence, Kind, NeedsChange, RuleCategory
from policy.models import ApprovalRoute, Clause, Document
from roles.enums import EMPLOYMENTS, Role
from roles.forms.organisation import DayField

NOT_ON_LIST = "Vælg noget på listen."
TITLE_MISSING = "Skriv en titel."


class TitleField(Text):
    """What a document is called: one line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label="Titel", longest=200, error_messages={"required": TITLE_MISSING}, **kwargs)

    def to_python(self, value: Any) -> str:
        return " ".join(super().to_python(value).split())


class DocumentForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is said about a document beside its text."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Document
        fields = (
            "kind", "title", "category", "owner_role", "audience", "confidentiality", "review_months", "journal_number",
            "policy_section", "is_breach_plan",
        )  # fmt: skip
        help_texts = {
            "category": "Kun for sikkerhedsregler.",
            "owner_role": "Den rolle, der har ansvaret for indholdet.",
            "audience": "De får besked, når en udgave træder i kraft.",
            "confidentiality": "Offentlige dokumenter kan læses af alle på siden, når de gælder.",
            "review_months": "Højst 12: Udvalget godkender det hele mindst én gang om året.",
            "journal_number": "Sagens nummer i kommunens journalsystem.",
            "policy_section": "Det afsnit eller punkt i politikken, som dokumentet gør til virkelighed.",
            "is_breach_plan": "Planen bliver vist på hver sag om brud. Der er højst én.",
        }
        error_messages = {name: {"required": NOT_ON_LIST, "invalid_choice": NOT_ON_LIST} for name in fields}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:  # the kind gives the number, the title belongs to the versions
            del self.fields["kind"], self.fields["title"]
            if self.instance.has_applied and self.instance.confidentiality != Confidentiality.PUBLIC:
                self.fields["make_public"] = forms.BooleanField(
                    label="Alle uden for kommunen må læse det, der gælder", required=False,
                    help_text="Kun hvis du ændrer fortroligheden til offentlig. Det sker med det samme.",
                )  # fmt: skip
        else:
            self.fields["title"] = TitleField()
        self.fields["category"].choices = [("", "Ikke en sikkerhedsregel"), *RuleCategory.choices]  # type: ignore[attr-defined]
        self.fields["owner_role"].choices = [("", "Vælg"), *Role.choices]  # type: ignore[attr-defined]
        if not self.instance.pk:
            self.fields["kind"].choices = [("", "Vælg"), *_kinds_to_choose()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind = data.get("kind") or self.instance.kind
        if kind == Kind.RULE and not data.get("category"):
            self.add_error("category", "Vælg, om reglen er organisatorisk, fysisk eller teknisk.")
        if kind != Kind.RULE:
            data["category"] = ""
        if data.get("is_breach_plan") and kind != Kind.ACTION_PLAN:
            self.add_error("is_breach_plan", "Kun en handlingsplan kan være handlingsplanen for brud.")
        return data


def _kinds_to_choose() -> list[tuple[str, str]]:
    """There is one policy; once it is there, nobody can make another."""
    has_policy = Document.objects.filter(kind=Kind.POLICY).exists()
    return [(value, label) for value, label in Kind.choices if not (has_policy and value == Kind.POLICY)]


class TextForm(forms.Form):
    """The text of a version, as Markdown."""

    title = TitleField()
    change_note = Text(
        label="Hvad er nyt?", longest=500, required=False,
        help_text="Én eller to sætninger til dem, der skal læse udgaven.",
    )  # fmt: skip
    text = Text(
        label="Tekst", longest=TEXT_MAX, required=False, widget=forms.Textarea(attrs={"rows": 24, "data-editor": True})
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)


class ImportForm(forms.Form):
    """A file to bring in, and what it is."""

    file = forms.FileField(
        label="Fil", help_text="Word (docx), Markdown (md) eller ren tekst (txt), for eksempel kopieret fra en pdf.",
        error_messages={"required": "Vælg en fil.", "empty": "Filen er tom. Vælg en anden."},
    )  # fmt: skip
    into = forms.ChoiceField(
        label="Hvad bliver det til?",
        error_messages={"required": NOT_ON_LIST, "invalid_choice": NOT_ON_LIST},
    )

    def __init__(self, *args: Any, documents: Iterable[Document], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(one.number, f"Ny udgave af {one}") for one in documents]
        new = [(kind, f"Nyt dokument: {label}") for kind, label in _kinds_to_choose()]
        self.fields["into"].choices = [*new, *known]  # type: ignore[attr-defined]


class IntoForm(forms.Form):
    """What was read from a file, on its way into a document that is there."""

    into = forms.CharField(widget=forms.HiddenInput, max_length=12)
    revision = forms.IntegerField(widget=forms.HiddenInput)  # of the draft that it takes the place of; 0: of none
    title = TitleField()
    text = Text(
        label="Tekst",
        longest=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 20, "data-editor": True}),
        error_messages={"required": "Der er ingen tekst at gemme."},
    )


class ImportedForm(forms.Form):
    """What was read from a file, to be put right before it is saved."""

    kind = forms.ChoiceField(label="Slags", error_messages={"required": NOT_ON_LIST, "invalid_choice": NOT_ON_LIST})
    title = TitleField()
    category = forms.ChoiceField(
        label="Slags regel", required=False, choices=[("", "Ikke en sikkerhedsregel"), *RuleCategory.choices]
    )
    owner_role = forms.ChoiceField(
        label="Ejer", choices=Role.choices, help_text="Den rolle, der har ansvaret for indholdet.",
        error_messages={"required": NOT_ON_LIST, "invalid_choice": NOT_ON_LIST},
    )  # fmt: skip
    audience = forms.ChoiceField(label="Gælder for", choices=Audience.choices, initial=Audience.EVERYBODY)
    confidentiality = forms.ChoiceField(
        label="Fortrolighed", choices=Confidentiality.choices, initial=Confidentiality.INTERNAL
    )
    text = Text(
        label="Tekst", longest=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 20, "data-editor": True}),
        error_messages={"required": "Der er ingen tekst at gemme."},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = _kinds_to_choose()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") == Kind.RULE and not data.get("category"):
            self.add_error("category", "Vælg, om reglen er organisatorisk, fysisk eller teknisk.")
        if data.get("kind") and data["kind"] != Kind.RULE:
            data["category"] = ""
        return data


ROLE_BY_LABEL = {str(role.label).casefold(): role for role in Role}


def read_roles(words: str) -> tuple[list[Role], list[str]]:
    """The roles named, with commas between, and the words that name none."""
    names = [name.strip() for name in words.replace(";", ",").split(",") if name.strip()]
    known = [ROLE_BY_LABEL[name.casefold()] for name in names if name.casefold() in ROLE_BY_LABEL]
    return list(dict.fromkeys(known)), [name for name in names if name.casefold() not in ROLE_BY_LABEL]


class Binding:
    """Whom one clause binds and what shows that it is kept, as a row of the page. `name` tells the rows apart."""

    def __init__(self, name: str, number: str, text: str, roles: Any, evidence: Any) -> None:
        self.name, self.number, self.text = name, number, text
        self.roles = ", ".join(str(Role(role).label) for role in roles)
        self.evidence = str(evidence[0]) if evidence else ""
        self.more_evidence = [str(one) for one in evidence[1:]]
        self.error = ""

    @property
    def roles_name(self) -> str:
        return f"roles-{self.name}"

    @property
    def evidence_name(self) -> str:
        return f"evidence-{self.name}"

    def read(self, data: Any) -> tuple[list[Role], list[str]] | None:
        """What was sent for the row; None when nothing was."""
        if self.roles_name not in data:
            return None
        self.roles = str(data[self.roles_name])[:500]
        roles, unknown = read_roles(self.roles)
        if unknown:
            self.error = f"Vi kender ikke rollen »{unknown[0][:60]}«. Vælg en fra listen, og skil flere ad med komma."
        chosen = str(data.get(self.evidence_name, ""))
        self.evidence = chosen if chosen in Evidence.values else ""
        kept = [one for one in self.more_evidence if one != self.evidence]
        return roles, [self.evidence, *kept] if self.evidence else []


class Bindings:
    """The rows of a page of clauses. No form class: a text has hundreds, and each is two plain fields."""

    MOST = 50  # clauses on one page

    def __init__(self, rows: list[Binding], data: Any = None) -> None:
        self.rows, self.sent = rows, {}
        for row in rows if data is not None else ():
            if (read := row.read(data)) is not None:
                self.sent[row.name] = read

    @property
    def errors(self) -> list[Binding]:
        return [row for row in self.rows if row.error]

    @property
    def role_choices(self) -> list[str]:
        return [str(role.label) for role in Role]

    @property
    def evidence_choices(self) -> list[tuple[str, str]]:
        return [("", "Ikke valgt"), *Evidence.choices]

    @classmethod
    def of_clauses(cls, clauses: list[Clause], data: Any = None) -> "Bindings":
        rows = [Binding(str(one.key), one.number, one.text, one.roles, one.evidence) for one in clauses]
        return cls(rows, data)


class HearingForm(forms.Form):
    """Whom to ask about a text, and by when."""

    roles = forms.MultipleChoiceField(
        label="Hvem skal spørges?", choices=[(role.value, role.label) for role in Role if role not in EMPLOYMENTS],
        initial=[role.value for role in (*ALWAYS_ASKED, Role.GDPR_UNIT)], widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Vælg, hvem der skal spørges.", "invalid_choice": NOT_ON_LIST},
    )  # fmt: skip
    left_out_why = Text(
        label="Hvorfor bliver jurister eller DPO ikke spurgt?", longest=500, required=False,
        help_text="Kun hvis du har fravalgt en af dem. Politikken siger, at de inddrages.",
    )  # fmt: skip
    due_on = DayField(label="Svarfrist", missing="Vælg en svarfrist.")
    message = Text(
        label="Besked til dem, du spørger", required=False, widget=forms.Textarea(attrs={"rows": 4}), longest=4000
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=80)


class HearingAnswerForm(forms.Form):
    """What a role says in a hearing."""

    has_remarks = forms.ChoiceField(
        label="Har I bemærkninger?", choices=[("nej", "Nej, ingen bemærkninger"), ("ja", "Ja")],
        widget=forms.RadioSelect,
        error_messages={"required": "Svar ja eller nej.", "invalid_choice": "Svar ja eller nej."},
    )  # fmt: skip
    text = Text(label="Bemærkninger", required=False, widget=forms.Textarea(attrs={"rows": 4}))


class ReviewAnswerForm(forms.Form):
    """What a role says in the yearly review. The owner is asked in words what has changed around the text."""

    changes = Text(
        label="Hvad er ændret: lov, risici, fund", widget=forms.Textarea(attrs={"rows": 4}), longest=4000,
        help_text="Siden dokumentet sidst blev godkendt. Skriv også, hvis intet er ændret.",
        error_messages={"required": "Skriv, hvad der er ændret. Er intet ændret, så skriv det."},
    )  # fmt: skip
    needs_change = forms.ChoiceField(
        label="Skal teksten ændres?", choices=NeedsChange.choices, widget=forms.RadioSelect,
        error_messages={"required": "Vælg et af svarene.", "invalid_choice": "Vælg et af svarene."},
    )  # fmt: skip
    text = Text(
        label="Begrundelse", required=False, widget=forms.Textarea(attrs={"rows": 4}), longest=4000,
        help_text="Skriv, hvad der skal ændres, eller hvad du er i tvivl om.",
    )  # fmt: skip
    seen = forms.CharField(widget=forms.HiddenInput, max_length=80, required=False)

    def __init__(self, *args: Any, is_owner: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_owner:
            del self.fields["changes"]


class CommentForm(forms.Form):
    """Something said of a clause or of the whole text."""

    clause = forms.CharField(
        label="Punkt", required=False, max_length=30, help_text="Lad det stå tomt for hele teksten."
    )
    text = Text(
        label="Kommentar", widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": "Skriv din kommentar."}
    )


class VersionStepForm(forms.Form):
    """A step that needs no more than a reason."""

    step = forms.CharField(max_length=20)
    note = Text(required=False, longest=500)
    seen = forms.CharField(max_length=80)


class DecisionForm(forms.Form):
    """A decision to write in. Which fields it has follows from what is decided, and by whom."""

    decided_on = DayField(label="Besluttet den", missing="Vælg den dag, beslutningen blev truffet.")
    reference = Text(label="Sagsnummer eller dagsordenspunkt", longest=200, required=False)
    effective_on = DayField(label="Gælder fra", required=False, help_text="Lad det stå tomt, hvis det er samme dag.")
    text = Text(
        label="Beslutning", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Ordene i referatet, hvis der er nogen.",
    )  # fmt: skip
    statement = Text(
        label="Hvordan stemmer teksten med informationssikkerhedspolitikken?", required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Direktionen må kun fastsætte retningslinjer, der stemmer med politikken.",
    )  # fmt: skip
    files = FilesField(  # type: ignore[assignment]
        label="Referat eller dagsorden", help_text="Bliver gemt sammen med beslutningen."
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=80)

    def __init__(
        self, *args: Any, leave_out: tuple[str, ...] = (), need: tuple[str, ...] = (), is_for_good: bool = False,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        for name in leave_out:
            del self.fields[name]
        missing = {
            "reference": "Skriv sagsnummeret eller dagsordenspunktet.",
            "statement": "Skriv, hvordan teksten stemmer med politikken.",
            "text": "Skriv hvorfor." if is_for_good else "Skriv, hvad der skal ændres.",
        }
        if is_for_good:  # the reason is shown beside the text
            self.fields["text"].longest = 500  # type: ignore[attr-defined]
            self.fields["text"].help_text = "Begrundelsen står i arkivet. Er dokumentet offentligt, kan alle læse den."
        for name in need:
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = missing[name]


class PostingForm(forms.Form):
    """Where a version stands on the municipality's website."""

    url = forms.URLField(
        label="Adresse på hjemmesiden", max_length=300, assume_scheme="https",
        error_messages={"required": "Skriv adressen.", "invalid": "Skriv hele adressen, for eksempel https://www.glostrup.dk/politik."},
    )  # fmt: skip
    published_on = DayField(label="Offentliggjort den", missing="Vælg dagen.")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if not url.lower().startswith(("https://", "http://")):
            raise forms.ValidationError("Adressen skal begynde med https://.")
        return url


class RouteForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who approves documents of a kind."""

    class Meta:
        model = ApprovalRoute
        fields = ("needs_hearing", "recommended_by", "decided_by", "needs_statement", "reviewed_by")
        help_texts = {
            "recommended_by": "Lad feltet stå tomt, hvis teksten ikke skal anbefales først.",
            "reviewed_by": "Mindst én gang om året, også når intet er ændret.",
        }
