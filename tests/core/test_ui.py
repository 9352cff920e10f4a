"""The parts of the design system: what they render, how forms show errors, and how fragments are answered."""

import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django import forms
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.paginator import Paginator
from django.db.models import TextChoices
from django.http import HttpResponse
from django.template import Context, Template
from django.test import Client, RequestFactory
from django_htmx.middleware import HtmxDetails
from lxml import html

from apps.core import charts, fragments, states
from apps.core.fields import PlainTextField
from apps.core.forms import Checkboxes, Choice, Switch
from apps.orders.models import ConsignmentStatus, Status


def render(source: str, **context: object) -> html.HtmlElement:
    text = Template("{% load ui %}" + source).render(Context(context))
    return html.fragment_fromstring(text, create_parent="div")


def request_by(*, htmx: bool = False, **headers: str):
    if htmx:
        headers["HTTP_HX_REQUEST"] = "true"
    request = RequestFactory().get("/", **headers)
    request.htmx = HtmxDetails(request)
    request.session = {}
    request._messages = FallbackStorage(request)
    return request


class SampleForm(forms.Form):
    name = PlainTextField(max_length=20, help_text="What it is for.")
    note = forms.CharField(required=False)
    roles = forms.MultipleChoiceField(
        widget=Checkboxes, choices=[("a", Choice("Orders", "Reads orders.", "SANDBOX"))], required=False
    )
    is_active = forms.BooleanField(widget=Switch, required=False)


def field_of(data: dict[str, object], name: str) -> html.HtmlElement:
    return render("{% field bound %}", bound=SampleForm(data)[name])


def test_an_invalid_field_names_its_error_and_its_help() -> None:
    field = field_of({"name": ""}, "name")
    control = field.xpath(".//input")[0]
    assert control.get("aria-invalid") == "true"
    described = [field.xpath(f".//*[@id='{name}']")[0] for name in control.get("aria-describedby").split()]
    assert "What it is for." in described[0].text_content()
    assert "Fill this in." in described[1].text_content()


def test_only_fields_that_may_stay_empty_are_marked_optional() -> None:
    assert "(optional)" in field_of({}, "note").text_content()
    assert "(optional)" not in field_of({}, "name").text_content()


def test_a_group_of_checkboxes_is_a_fieldset_whose_options_explain_themselves() -> None:
    field = field_of({}, "roles")
    assert field.xpath(".//fieldset/legend")[0].text_content().split()[0] == "Roles"
    option = field.xpath(".//input[@type='checkbox']")[0]
    assert "Reads orders." in field.xpath(f".//*[@id='{option.get('aria-describedby')}']")[0].text_content()
    assert "SANDBOX" in field.text_content()


def test_a_switch_is_a_checkbox_with_the_two_words() -> None:
    field = field_of({}, "is_active")
    assert field.xpath(".//input[@type='checkbox'][@role='switch']")
    assert "INACTIVE" in field.text_content()
    assert "ACTIVE" in field.text_content()


def test_a_form_says_that_nothing_was_saved() -> None:
    form = render("{{ form }}", form=SampleForm({"name": ""}))
    assert form.xpath(".//*[@role='alert']")
    assert not render("{{ form }}", form=SampleForm()).xpath(".//*[@role='alert']")


def test_a_value_has_a_copy_button_for_its_own_text() -> None:
    part = render('{% copy value "Tenant UUID" %}', value="<3f0b>")
    button = part.xpath(".//button")[0]
    assert button.text_content().strip() == "Copy"
    assert part.xpath(f".//*[@id='{button.get('data-copy')}']")[0].text_content() == "<3f0b>"
    assert part.xpath(".//*[@role='group'][@aria-label='Tenant UUID']")


def test_a_state_is_a_word_with_an_icon() -> None:
    part = render("{% badge 'revoked' %}{% badge 'SOMETHING_NEW' %}")
    assert part.xpath("count(.//svg)") == 2
    assert [badge.text_content().strip() for badge in part] == ["Revoked", "Something new"]


def test_block_tags_escape_what_the_page_escapes() -> None:
    part = render(
        "{% alert 'danger' title=bad %}{{ bad }}{% endalert %}{% panel title=bad %}{{ bad }}{% endpanel %}"
        "{% empty bad %}{{ bad }}{% endempty %}{% row_menu bad %}{{ bad }}{% endrow_menu %}"
        "{% badge bad %}{% dialog_link bad bad %}{% stat bad bad bad %}{% sparkline trend bad %}{% secret bad bad %}",
        bad='"><script>alert(1)</script>',
        trend=[1, 2],
    )
    assert not part.xpath(".//script")


def test_pages_of_a_list_keep_the_filters() -> None:
    page = Paginator(range(500), 10).get_page(7)
    part = render(
        '{% pagination page "#list" %}', page=page, request=RequestFactory().get("/?q=a%26b&page=7")
    )
    following = part.xpath(".//a[@rel='next']")[0]
    assert following.get("href") == "?q=a%26b&page=8"
    assert following.get("hx-get") == following.get("href")
    assert part.xpath(".//a[@aria-current='page']")[0].text_content() == "7"
    assert "61 to 70 of 500" in part.text_content()


def test_a_moment_is_shown_in_the_zone_of_the_tenant() -> None:
    access = SimpleNamespace(tenant=SimpleNamespace(zone="Australia/Brisbane"))
    moment = datetime(2026, 11, 20, 20, 14, tzinfo=UTC)
    time = render("{% local_time moment %}", access=access, moment=moment).xpath(".//time")[0]
    assert time.text_content() == "21 Nov 2026, 06:14"
    assert time.get("datetime") == "2026-11-20T20:14:00+00:00"
    assert "Australia/Brisbane" in time.get("title")
    assert render("{% local_time none %}", none=None).text_content() == "never"


def test_a_chart_says_its_figures_in_words_and_uses_no_inline_style() -> None:
    chart = charts.week_chart(
        [charts.Bar("Mon 16", (1200, 40)), charts.Bar("Tue <17>", (0, 0))],
        title="Calls by day",
        series=("Live", "Sandbox"),
        limit=5000,
    )
    assert "Mon 16 1,240 (Live 1,200, Sandbox 40)" in chart
    assert "Limit 5,000" in chart
    assert "style=" not in chart
    assert "<17>" not in chart


@pytest.mark.parametrize(
    ("value", "ceiling"), [(0, 4), (5, 8), (9, 12), (1660, 2000), (2100, 2400), (99_999, 100_000)]
)
def test_the_axis_of_a_chart_ends_at_a_round_number(value: int, ceiling: int) -> None:
    assert charts.nice_ceiling(value) == ceiling


def test_a_meter_says_what_is_used_as_text() -> None:
    part = render('{% meter 6200 5000 "Included calls" %}')
    assert "6,200 of 5,000" in part.text_content()
    assert part.xpath(".//*[@role='meter']")[0].get("aria-valuenow") == "5000"


def test_a_boosted_link_and_a_history_restore_get_the_whole_page() -> None:
    assert fragments.is_fragment(request_by(htmx=True))
    assert not fragments.is_fragment(request_by())
    assert not fragments.is_fragment(request_by(htmx=True, HTTP_HX_BOOSTED="true"))
    assert not fragments.is_fragment(request_by(htmx=True, HTTP_HX_HISTORY_RESTORE_REQUEST="true"))


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_redirects_lead_to_our_own_paths_only(url: str) -> None:
    for request in (request_by(), request_by(htmx=True)):
        with pytest.raises(ValueError, match="this site"):
            fragments.redirect_to(request, url)


def test_a_redirect_speaks_htmx_only_to_a_fragment_request() -> None:
    assert fragments.redirect_to(request_by(htmx=True), "/t/coastal/")["HX-Redirect"] == "/t/coastal/"
    plain = fragments.redirect_to(request_by(), "/t/coastal/")
    assert (plain.status_code, plain["Location"]) == (303, "/t/coastal/")


def test_an_answer_with_a_secret_is_stored_nowhere() -> None:
    response = fragments.no_store(HttpResponse())
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"


@pytest.mark.django_db
def test_every_page_configures_htmx_for_the_content_security_policy(client: Client) -> None:
    page = html.fromstring(client.get("/there-is-no-such-page/").content)
    config = json.loads(page.xpath("//meta[@name='htmx-config']")[0].get("content"))
    assert config["allowEval"] is config["includeIndicatorStyles"] is config["allowScriptTags"] is False
    assert config["selfRequestsOnly"] is True
    assert config["historyCacheSize"] == 0
    rule = next(rule for rule in config["responseHandling"] if re.fullmatch(rule["code"], "422"))
    assert rule["swap"] is True


@pytest.mark.django_db
def test_pages_have_no_inline_script_or_style(client: Client) -> None:
    page = html.fromstring(client.get("/there-is-no-such-page/").content)
    assert not page.xpath(
        "//script[not(@src)] | //style | //*[@style] | //*[@*[starts-with(name(), 'hx-on')]]"
    )


def test_the_icon_of_every_state_exists() -> None:
    for state in states.LOOKS:
        assert render("{% badge state %}", state=state).xpath(".//svg")
    for tone in states.TONES:
        assert render("{% badge 'x' tone=tone %}", tone=tone).xpath(".//svg")


@pytest.mark.parametrize("choices", [Status, ConsignmentStatus])
def test_every_status_of_an_order_or_consignment_shows_its_own_word(choices: type[TextChoices]) -> None:
    assert {status: states.look(status).word for status in choices} == {
        status: status.label for status in choices
    }
