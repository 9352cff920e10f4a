"""Pages of a list, whatever number is asked for."""

import pytest
from django.core.exceptions import BadRequest
from django.test import RequestFactory

from apps.accounts.models import User
from apps.core.paging import page_of


def asked(query=""):
    return RequestFactory().get(f"/?{query}")


@pytest.mark.parametrize(
    ("query", "number", "first"),
    [
        ("", 1, 0),
        ("page=", 1, 0),
        ("page=1", 1, 0),
        ("page=2", 2, 10),
        ("page=3", 3, 20),
        ("page=4", 3, 20),
        ("page=999999", 3, 20),
        ("page=02", 2, 10),
    ],
)
def test_a_page_is_the_one_asked_for_or_the_last(query, number, first):
    page = page_of(range(25), asked(query), size=10)
    assert page.number == number
    assert page[0] == first
    assert page.paginator.num_pages == 3 and page.paginator.count == 25


@pytest.mark.parametrize(
    "text",
    ["0", "-1", "abc", "1.0", "1e3", "+1", "%20", "%EF%BC%91", "1000000", "9" * 5000, "%00", "1_0", "last"],
)
def test_a_page_number_that_is_none_is_a_400(text):
    with pytest.raises(BadRequest):
        page_of(range(25), asked(f"page={text}"), size=10)


def test_an_empty_list_has_one_empty_page():
    page = page_of([], asked("page=7"))
    assert list(page) == [] and page.number == 1


@pytest.mark.django_db
def test_a_query_is_asked_twice_whatever_its_length(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert list(page_of(User.objects.order_by("pk"), asked("page=999999"))) == []


def test_two_lists_on_one_page_have_parameters_of_their_own():
    assert page_of(range(100), asked("page=2&calls=3"), size=10, parameter="calls").number == 3
