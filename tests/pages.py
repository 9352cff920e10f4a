"""Pages as a browser reads them: their forms with what they would send, and the parameters that their links name."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.http import HttpResponse
from lxml import html

# lxml has no types of its own.
Element = Any


def read(answer: HttpResponse) -> Element:
    """The parsed page of an answer."""
    return html.fromstring(answer.content)


def main_form(page: Element) -> Element | None:
    """The form of the page that acts: the POST form in its main part with the most fields."""
    forms = page.xpath("//main//form[translate(@method, 'POST', 'post')='post']")
    return max(forms, key=lambda form: len(form.xpath(".//input | .//textarea | .//select")), default=None)


def controls(form: Element) -> list[Element]:
    """The form's controls with a name, the token aside."""
    found = form.xpath(".//input[@name] | .//textarea[@name] | .//select[@name]")
    return [control for control in found if control.get("name") != "csrfmiddlewaretoken"]


def texts(form: Element) -> list[Element]:
    """The controls that people type into."""
    typed = ("text", "email", "url", "search", "password", "date", "number", "tel")
    return [
        control
        for control in controls(form)
        if control.tag == "textarea" or (control.tag == "input" and control.get("type", "text") in typed)
    ]


def values(form: Element) -> dict[str, Any]:
    """What the form sends as it stands."""
    sent: dict[str, Any] = {}
    for control in controls(form):
        name, kind = control.get("name"), control.get("type", "text")
        if control.tag == "textarea":
            sent[name] = control.text or ""
        elif control.tag == "select":
            chosen = control.xpath(".//option[@selected]/@value") or control.xpath(".//option/@value")[:1]
            sent[name] = chosen[0] if chosen else ""
        elif kind not in ("checkbox", "radio"):
            sent[name] = control.get("value", "")
        elif control.get("checked") is not None:
            sent.setdefault(name, []).append(control.get("value", "on"))
    return sent


def parameters(page: Element) -> set[str]:
    """What the page's own filter forms and links put behind the question mark."""
    names = set(page.xpath("//main//form[not(@method) or translate(@method, 'GET', 'get')='get']//*/@name"))
    for link in page.xpath("//main//@href | //main//@hx-get"):
        names |= {name for name, _ in parse_qsl(urlsplit(link).query, keep_blank_values=True)}
    return names
