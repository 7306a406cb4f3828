"""Form inputs drawn in Python, with the classes of Det Fælles Designsystem.

A template for each input would cost more than the page around it. What is not drawn here, Django's templates draw.
"""

from collections.abc import Callable
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.utils.safestring import SafeString, mark_safe

from glostrup_isms.kit.templatetags.pieces import escape

Widget = dict[str, Any]
CLASSES = {"radio": "form-radio", "checkbox": "form-checkbox", "file": "form-file"}


def _attributes(widget: Widget, base: str) -> str:
    """Name, class and the rest. Placeholders are left out: an example belongs in the help, not in the field."""
    attrs = widget["attrs"]
    own = attrs.get("class")
    text = f' name="{escape(widget["name"])}"' + (f' class="{base}{" " + escape(own) if own else ""}"' if base else "")
    for name, value in attrs.items():
        if value is True:
            text += f" {escape(name)}"
        elif value is not False and name not in ("class", "placeholder"):
            text += f' {escape(name)}="{escape(value)}"'
    return text


def draw_input(widget: Widget) -> str:
    """`<input>` of any type; a hidden one has no class."""
    kind = widget["type"]
    base = "" if kind == "hidden" else CLASSES.get(kind, "form-input")
    value = widget["value"]
    shown = "" if value is None else f' value="{escape(value)}"'
    return f'<input type="{escape(kind)}"{_attributes(widget, base)}{shown}>'


def draw_textarea(widget: Widget) -> str:
    """`<textarea>`; the line break after the tag is swallowed by the browser."""
    return f"<textarea{_attributes(widget, 'form-input')}>\n{escape(widget['value'] or '')}</textarea>"


def draw_choices(widget: Widget) -> str:
    """Radio buttons or tick boxes, each with its label."""
    drawn = [
        f'<div class="form-group-{option["type"]}">{draw_input(option)}'
        f'<label for="{escape(option["attrs"].get("id", ""))}">{escape(option["label"])}</label></div>'
        for _, options, _ in widget["optgroups"]
        for option in options
    ]
    return "\n".join(drawn)


def draw_select(widget: Widget) -> str:
    """`<select>` with groups."""
    parts = []
    for group, options, _ in widget["optgroups"]:
        drawn = "".join(_option(option) for option in options)
        parts.append(f'<optgroup label="{escape(group)}">{drawn}</optgroup>' if group else drawn)
    return f"<select{_attributes(widget, 'form-select')}>{''.join(parts)}</select>"


def _option(option: Widget) -> str:
    chosen = " selected" if option["attrs"].get("selected") else ""
    disabled = " disabled" if option["attrs"].get("disabled") else ""
    return f'<option value="{escape(option["value"])}"{chosen}{disabled}>{escape(option["label"])}</option>'


DRAW: dict[str, Callable[[Widget], str]] = {
    **{
        f"django/forms/widgets/{name}.html": draw_input
        for name in (
            "text", "number", "email", "url", "password", "hidden", "date", "time", "datetime", "checkbox", "file",
            "clearable_file_input", "input", "search", "tel", "color",
        )
    },
    "django/forms/widgets/textarea.html": draw_textarea,
    "django/forms/widgets/radio.html": draw_choices,
    "django/forms/widgets/checkbox_select.html": draw_choices,
    "django/forms/widgets/select.html": draw_select,
}  # fmt: skip


class Renderer(TemplatesSetting):
    """settings.FORM_RENDERER."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> SafeString:
        draw = DRAW.get(template_name)
        if draw is None or "widget" not in context:
            drawn = mark_safe(super().render(template_name, context, request))  # nosec: a template escapes
        else:
            drawn = mark_safe(draw(context["widget"]))  # nosec: every value is escaped above
        return drawn
