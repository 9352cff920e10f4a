"""Path patterns of the gateway: what they match, which one decides, and what can't be one."""

from uuid import uuid4

import pytest

from apps.clients.gateway import Rule, clean_pattern, deciding, key_of


def rule(pattern: str, method: str = "ANY", *roles: str) -> Rule:
    return Rule(uuid4(), method, pattern, key_of(clean_pattern(pattern)), roles or ("WMS_CREATE_JOBS",))


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("/stock", ["/stock", "/stock/", "/Stock"], ["/stock/1", "/", "/stocks"]),
        ("/stock/*", ["/stock/1", "/stock/1/"], ["/stock", "/stock/", "/stock/1/2"]),
        ("/stock/{id}/labels", ["/stock/7/labels"], ["/stock/labels", "/stock/7/8/labels"]),
        ("/stock/**", ["/stock", "/stock/1", "/stock/1/2/3"], ["/stocks", "/"]),
        ("/**", ["/", "/anything/at/all"], []),
        ("/", ["/"], ["/x"]),
    ],
)
def test_a_pattern_matches_these_paths_and_no_others(
    pattern: str, matching: list[str], others: list[str]
) -> None:
    rules = [rule(pattern)]
    assert [path for path in (*matching, *others) if deciding(rules, "GET", path)] == matching


def test_the_most_specific_rule_decides_in_whatever_order_they_stand() -> None:
    rules = [rule("/**"), rule("/stock/**"), rule("/stock/*"), rule("/stock/*", "DELETE"), rule("/*/labels")]
    rules.append(rule("/stock/labels"))
    for order in (rules, rules[::-1]):
        found = {
            f"{method} {path}": str(deciding(order, method, path).pattern)
            + " "
            + deciding(order, method, path).method
            for method, path in [
                ("GET", "/other"),
                ("GET", "/stock/1/2"),
                ("GET", "/stock/1"),
                ("DELETE", "/stock/1"),
                ("DELETE", "/stock/labels"),
                ("GET", "/x/labels"),
            ]
        }
        assert found == {
            "GET /other": "/** ANY",
            "GET /stock/1/2": "/stock/** ANY",
            "GET /stock/1": "/stock/* ANY",
            "DELETE /stock/1": "/stock/* DELETE",
            "DELETE /stock/labels": "/stock/labels ANY",
            "GET /x/labels": "/*/labels ANY",
        }


def test_a_rule_for_get_is_for_head_too_and_for_nothing_else() -> None:
    rules = [rule("/stock", "GET")]
    assert deciding(rules, "HEAD", "/stock")
    assert not deciding(rules, "POST", "/stock")


def test_one_of_the_roles_opens_a_rule_an_implied_one_and_full_access_too() -> None:
    found = rule("/jobs", "GET", "TMS_VIEW_JOBS", "ADD_CUSTOMER")
    assert found.opens_to(["ADD_CUSTOMER"])
    assert found.opens_to(["TMS_CREATE_JOBS"])
    assert found.opens_to(["API_FULL_ACCESS"])
    assert not found.opens_to(["WMS_CREATE_JOBS"])
    assert not found.opens_to([])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "stock",
        "/a//b",
        "/a/../b",
        "/./a",
        "/**/a",
        "/a/***",
        "/a/b*",
        "/a%2Fb",
        "/a b",
        "/a?b",
        "/a;b",
        "/ä",
    ],
)
def test_what_is_no_pattern_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        clean_pattern(text)


def test_names_in_braces_letter_case_and_a_slash_at_the_end_make_no_other_rule() -> None:
    assert key_of(clean_pattern("/Stock/{itemId}/")) == key_of(clean_pattern("/stock/*"))
