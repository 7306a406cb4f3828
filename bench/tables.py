"""Printed tables: what was measured, the goal, and whether it is met."""

from dataclasses import dataclass, field


@dataclass
class Report:
    """Everything printed, kept to be printed once more at the end."""

    missed: list[str] = field(default_factory=list)

    def title(self, text: str) -> None:
        print(f"\n{text}\n{'─' * len(text)}", flush=True)

    def say(self, text: str) -> None:
        print(text, flush=True)

    def row(self, name: str, value: str, goal: str = "", ok: bool | None = None) -> None:
        verdict = {True: "PASS", False: "MISS", None: ""}[ok]
        print(f"{name:<58} {value:>18}  {goal:<12} {verdict}".rstrip(), flush=True)
        if ok is False:
            self.missed.append(f"{name}: {value} (goal {goal})")

    def at_most(self, name: str, value: float, goal: float, unit: str = "", digits: int = 0) -> None:
        self.row(name, f"{value:.{digits}f} {unit}".strip(), f"≤ {goal:g}", round(value, digits) <= goal)
