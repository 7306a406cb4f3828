"""The units of the demo municipality. The centres' names are demo data: they may be out of date."""

from dataclasses import dataclass

from roles.enums import Role, UnitKind


@dataclass(frozen=True)
class UnitPlan:
    """A unit under another (by key). `leader`: "" for nobody, a demo account's name, or `*` for an invented person.
    `weight`: how many of the other employees work here, in proportion."""

    key: str
    name: str
    kind: UnitKind
    parent: str = ""
    leader: str = "*"
    weight: int = 2
    leader_role: Role = Role.LEADER
    is_closed: bool = False


def _centre(key: str, name: str, leader: str = "*") -> UnitPlan:
    return UnitPlan(key, name, UnitKind.CENTRE, "kommune", leader, 1, Role.CENTRE_CHIEF)


def _department(parent: str, key: str, name: str, leader: str = "*", weight: int = 4) -> UnitPlan:
    return UnitPlan(key, name, UnitKind.DEPARTMENT, parent, leader, weight)


def _institution(parent: str, key: str, name: str, leader: str = "*", weight: int = 9) -> UnitPlan:
    return UnitPlan(key, name, UnitKind.INSTITUTION, parent, leader, weight)


UNITS = (
    UnitPlan("kommune", "Glostrup Kommune (demo)", UnitKind.MUNICIPALITY, leader="direktoer", weight=0,
             leader_role=Role.DIRECTOR),
    _department("kommune", "direktion", "Direktionen", "", 0),
    _department("kommune", "raad", "Kommunalbestyrelsen", "", 0),
    _centre("organisation", "Center for Organisation og Styring"),
    _department("organisation", "gdpr", "GDPR-enheden", "", 0),
    _department("organisation", "it", "It", "itchef", 6),
    _department("organisation", "sekretariat", "Politisk Sekretariat", weight=2),
    _department("organisation", "oekonomi", "Økonomi"),
    _department("organisation", "loen", "Løn og Personale"),
    _centre("borger", "Center for Borger og Arbejdsmarked"),
    _department("borger", "borgerservice", "Borgerservice", weight=6),
    _department("borger", "job", "Jobcentret", weight=9),
    _department("borger", "ydelse", "Ydelse"),
    _centre("boern", "Center for Børn, Unge og Familier", "centerchef2"),
    _institution("boern", "skov", "Skovskolen", "leder2", 14),
    _institution("boern", "eng", "Engskolen", weight=14),
    _institution("boern", "kastanje", "Børnehuset Kastanjen", weight=7),
    _institution("boern", "sol", "Børnehuset Solstrålen", weight=7),
    _department("boern", "raadgivning", "Familierådgivningen", weight=6),
    _department("boern", "sundhedspleje", "Sundhedsplejen"),
    _department("boern", "tand", "Tandplejen"),
    _centre("kultur", "Center for Kultur, Idræt og Fritid"),
    _institution("kultur", "bibliotek", "Biblioteket", weight=5),
    _institution("kultur", "musik", "Musikskolen", weight=4),
    _department("kultur", "idraet", "Idrætsanlæggene", weight=3),
    _centre("miljoe", "Center for Miljø og Teknik"),
    _department("miljoe", "byg", "Byggesag"),
    _department("miljoe", "miljoesag", "Miljø"),
    _department("miljoe", "vej", "Vej og Park", weight=6),
    _centre("sundhed", "Center for Sundhed og Velfærd", "centerchef"),
    _department("sundhed", "nord", "Hjemmeplejen Nord", "leder", 14),
    _department("sundhed", "syd", "Hjemmeplejen Syd", weight=14),
    _department("sundhed", "visitation", "Visitationen", "", 4),  # nobody leads it: reports go to the centre chief
    _department("sundhed", "hjaelpemidler", "Hjælpemidler", weight=3),
    _institution("sundhed", "linde", "Plejecenter Lindehaven", weight=12),
    _institution("sundhed", "traening", "Genoptræningen", weight=5),
    _institution("sundhed", "egebo", "Plejehjemmet Egebo (driftsoverenskomst)", "", 0),
    UnitPlan("vest", "Hjemmeplejen Vest", UnitKind.DEPARTMENT, "sundhed", "", 0, is_closed=True),
    _centre("handicap", "Center for Handicap, Psykiatri og Misbrug"),
    _institution("handicap", "aabrink", "Bostedet Åbrinken", weight=9),
    _department("handicap", "rusmiddel", "Rusmiddelrådgivningen"),
    _centre("ejendomme", "Glostrup Ejendomme"),
    _department("ejendomme", "drift", "Ejendomsdrift", weight=5),
)  # fmt: skip
