"""The parts that pages are built from. `/components/` shows every one of them (DEBUG only).

`{% load ui %}` gives all of it. Block tags keep their content escaped as the template that uses them wrote it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import heroicons
from django import template
from django.core.paginator import Page
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from apps.core import charts
from apps.core.states import TONES, look

register = template.Library()

ALERTS = {
    "info": "information-circle",
    "good": "check-circle",
    "warning": "exclamation-triangle",
    "danger": "exclamation-circle",
}


@lru_cache(maxsize=512)
def _icon(name: str, style: str, size: int) -> SafeString:
    attributes: dict[str, object] = {"class": "icon", "aria-hidden": "true", "focusable": "false"}
    # The markup is the package's own file; names come from our templates.
    return mark_safe(heroicons._render_icon(style, name, size, attributes))  # noqa: S308


@register.simple_tag
def icon(name: str, size: int = 20, style: str = "") -> SafeString:
    """A heroicon, hidden from readers: the word beside it says the same."""
    return _icon(str(name), str(style) or ("micro" if size <= 16 else "mini"), size)


@register.simple_tag
def badge(state: object, word: str = "", tone: str = "", icon: str = "") -> SafeString:
    """A state as a word and an icon. `word`, `tone` and `icon` overrule what `core.states` knows of it."""
    shown = look(state)
    name = icon or (TONES[tone] if tone else shown.icon)
    return format_html(
        '<span class="badge badge--{}">{}{}</span>',
        tone or shown.tone,
        _icon(str(name), "micro", 14),
        word or shown.word,
    )


@register.inclusion_tag("ui/copy.html")
def copy(value: object, label: str = "Value") -> dict[str, Any]:
    """A value in monospace with a "Copy" button. Without scripts the text selects as a whole."""
    return {"value": value, "label": label, "id": f"copy-{uuid4().hex[:12]}"}


@register.inclusion_tag("ui/secret.html")
def secret(value: object, label: str) -> dict[str, Any]:
    """A secret in a block of its own that selects as a whole. For the one answer that shows it."""
    return {"value": value, "label": label, "id": f"secret-{uuid4().hex[:12]}"}


@register.simple_tag
def field(bound: Any) -> SafeString:
    """One form field: label, control, error, help."""
    return bound.as_field_group()


@register.simple_tag
def error_summary(form: Any) -> SafeString:
    """What is wrong with a form as a whole, above its fields."""
    return mark_safe(render_to_string("ui/form/errors.html", {"form": form}))  # noqa: S308


@register.simple_block_tag
def alert(content: str, kind: str = "info", title: str = "") -> SafeString:
    """A box that says something about the page: info, good, warning or danger."""
    heading = format_html('<p class="alert__title">{}</p>', title) if title else ""
    return format_html(
        '<div class="alert alert--{}">{}<div class="alert__body">{}{}</div></div>',
        kind,
        _icon(ALERTS[kind], "mini", 20),
        heading,
        content,
    )


@register.simple_block_tag
def panel(
    content: str,
    title: str = "",
    lead: str = "",
    edit_url: str = "",
    edit_label: str = "Edit",
    anchor: str = "",
    body: bool = True,
) -> SafeString:
    """A section of a page with a heading, a sentence on it, and its own Edit."""
    context = {
        "content": content,
        "title": title,
        "lead": lead,
        "edit_url": edit_url,
        "edit_label": edit_label,
        "anchor": anchor,
        "body": body,
    }
    return mark_safe(render_to_string("ui/panel.html", context))  # noqa: S308


@register.simple_block_tag
def row_menu(content: str, label: str) -> SafeString:
    """The actions of a row. `label` names the row: "Actions for Acme"."""
    return format_html(
        '<details class="menu row-menu"><summary class="button button--quiet button--icon" aria-label="{}">{}'
        '</summary><div class="menu__list">{}</div></details>',
        label,
        _icon("ellipsis-horizontal", "mini", 20),
        content,
    )


@register.simple_block_tag
def empty(content: str, title: str, icon: str = "inbox") -> SafeString:
    """What a list says when there is nothing in it: why, and the next step."""
    return format_html(
        '<div class="empty">{}<p class="empty__title">{}</p><div class="empty__text">{}</div></div>',
        _icon(str(icon), "outline", 32),
        title,
        content,
    )


@register.simple_tag
def dialog_link(
    url: str, label: str, kind: str = "", icon: str = "", small: bool = False, css: str = ""
) -> SafeString:
    """A link to a page that opens as a dialog where scripts run. The page answers its `dialog` partial."""
    classes = css or " ".join(
        ["button", *([f"button--{kind}"] if kind else []), *(["button--small"] if small else [])]
    )
    return format_html(
        '<a class="{}" href="{}" hx-get="{}" hx-target="#dialog" hx-swap="innerHTML" aria-haspopup="dialog">{}{}</a>',
        classes,
        url,
        url,
        _icon(str(icon), "micro", 16) if icon else "",
        label,
    )


@register.inclusion_tag("ui/crumbs.html")
def crumbs(*pairs: str) -> dict[str, Any]:
    """The pages above this one: label, address, label, address. The page itself is its heading."""
    return {"pages": list(zip(pairs[::2], pairs[1::2], strict=True))}


@register.inclusion_tag("ui/tabs.html")
def tabs(items: Sequence[tuple[str, str]], current: str, label: str = "Sections") -> dict[str, Any]:
    """Sections of a page as links: `items` are (label, address), `current` is the label of the open one."""
    return {"items": items, "current": current, "label": label}


@register.inclusion_tag("ui/steps.html")
def steps(names: Sequence[str], current: int) -> dict[str, Any]:
    """The steps of a wizard, counted from 1."""
    return {"names": names, "current": current}


@register.inclusion_tag("ui/stat.html")
def stat(label: str, value: object, note: str = "", url: str = "") -> dict[str, Any]:
    """One figure with what it counts."""
    return {"label": label, "value": value, "note": note, "url": url}


@register.inclusion_tag("ui/meter.html")
def meter(value: int, limit: int, label: str, unit: str = "") -> dict[str, Any]:
    """How much of something is used: text first, a bar under it."""
    share = min(100.0, 100 * value / limit) if limit else (100.0 if value else 0.0)
    tone = "bad" if limit and value >= limit else "warn" if share >= 80 else "normal"
    return {
        "value": min(value, limit),
        "limit": limit,
        "label": label,
        "text": f"{value:,} of {limit:,} {unit}".strip(),
        "share": f"{share:.1f}",
        "tone": tone,
    }


@register.inclusion_tag("ui/pagination.html", takes_context=True)
def pagination(
    context: template.Context, page: Page[Any], target: str = "", param: str = "page"
) -> dict[str, Any]:
    """Links to the pages of a list that keep the filters, and how many entries there are.

    With `target` (such as "#list") the links also swap that part in place.
    """
    paginator = page.paginator
    numbers = paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    query = context["request"].GET.copy()

    def address(number: int | str) -> str:
        query[param] = str(number)
        return f"?{query.urlencode()}"

    links = [(number, address(number) if isinstance(number, int) else "") for number in numbers]
    entries = f"{page.start_index():,} to {page.end_index():,} of {paginator.count:,}"
    return {
        "page": page,
        "entries": entries if paginator.count else "0 entries",
        "target": target,
        "links": links,
        "previous": address(page.number - 1) if page.has_previous() else "",
        "next": address(page.number + 1) if page.has_next() else "",
    }


@register.simple_tag(takes_context=True)
def local_time(
    context: template.Context, value: datetime | None, never: str = "never", style: str = ""
) -> SafeString:
    """A moment in the tenant's zone; the zone is named in the title. `style="date"` leaves the time out."""
    if value is None:
        return format_html('<span class="muted">{}</span>', never)
    tenant = getattr(context.get("access"), "tenant", None) or context.get("tenant")
    zone = ZoneInfo(tenant.zone) if tenant is not None else timezone.get_current_timezone()
    local = value.astimezone(zone)
    # %-d is not portable, so the day is put in by hand.
    day = f"{local.day} {local:%b %Y}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.astimezone(UTC).isoformat(timespec="seconds"),
        f"{local:%A} {day}, {local:%H:%M:%S} {local:%Z} ({zone})",
        day if style == "date" else f"{day}, {local:%H:%M}",
    )


@register.simple_tag
def sparkline(values: Sequence[int], label: str) -> SafeString:
    """A small line chart; `label` says it in words."""
    return charts.sparkline(values, label=label)


@register.simple_tag
def week_chart(
    bars: Sequence[charts.Bar],
    title: str,
    series: Sequence[str] = (),
    limit: int | None = None,
    limit_label: str = "Limit",
) -> SafeString:
    """Columns, one a day. The page shows the same figures as a table or as text too."""
    return charts.week_chart(bars, title=title, series=series, limit=limit, limit_label=limit_label)


@register.inclusion_tag("ui/legend.html")
def legend(names: Sequence[str]) -> dict[str, Any]:
    """The series of a chart with their colours."""
    return {"names": list(enumerate(names, start=1))}


@register.simple_tag
def sandbox_mark(customer: Any) -> SafeString:
    """SANDBOX in capitals beside the name of a sandbox customer, nothing beside a live one."""
    # Not a template of its own: lists ask this of every customer of every row.
    is_sandbox = getattr(customer, "kind", customer) == "sandbox"
    return format_html(" {}", badge("sandbox")) if is_sandbox else SafeString("")


@register.filter
def initials(name: object) -> str:
    """Up to two letters for a person's round mark."""
    words = str(name).replace("@", " ").replace(".", " ").split()
    return "".join(word[0] for word in words[:2]).upper()


@register.filter
def get(mapping: Mapping[Any, Any], key: Any) -> Any:
    """A value of a mapping by a variable key."""
    return mapping.get(key)
