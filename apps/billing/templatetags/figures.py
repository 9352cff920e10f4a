"""Numbers of calls that lead to the calls behind them."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.billing.reports import Figure

register = template.Library()


@register.simple_tag
def calls(figure: Figure) -> SafeString | str:
    """A number of calls as a link to where they are listed; nothing is nowhere."""
    if not figure.calls:
        return "0"
    return format_html('<a href="{}">{}</a>', figure.url, f"{figure.calls:,}")
