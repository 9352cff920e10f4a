"""The addresses of Gatepass, and beside them what it must not do: look first, then write, with nothing in between.

Each stands for one promise and is asked by the same test as the real thing. What they write goes to a table of their
own: rows of a kind, with a word that says which one it is.
"""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from config import urls

MADE, TAKEN, REFUSED = 200, 409, 422
LIMIT = 11


def create_table() -> None:
    """Make the table, or empty it."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS naive_rows (kind varchar(20), word varchar(100))")
        cursor.execute("DELETE FROM naive_rows")


def count(kind: str, word: str = "%") -> int:
    """How many rows of a kind there are, with this word or with any."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM naive_rows WHERE kind = %s AND word LIKE %s", [kind, word])
        return int(cursor.fetchone()[0])


def insert(kind: str, word: str) -> None:
    """Add a row."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO naive_rows VALUES (%s, %s)", [kind, word])


def delete(kind: str) -> None:
    """Remove all rows of a kind."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM naive_rows WHERE kind = %s", [kind])


@csrf_exempt
def token(request: HttpRequest) -> HttpResponse:
    """One more, if there are fewer than the limit."""
    if count("token") >= LIMIT:
        return HttpResponse(status=TAKEN)
    insert("token", request.POST["name"])
    return HttpResponse(status=MADE)


@csrf_exempt
def once(request: HttpRequest) -> HttpResponse:
    """One of this key, if there is none: a double click, and two tabs with forms for the same version."""
    key = request.POST["key"]
    if count("once", key):
        return HttpResponse(status=TAKEN)
    insert("once", key)
    return HttpResponse(status=MADE)


@csrf_exempt
def order(request: HttpRequest) -> HttpResponse:
    """An order for the sandbox, as long as that is open."""
    if count("closed"):
        return HttpResponse(status=REFUSED)
    insert("order", request.POST["reference"])
    return HttpResponse(status=MADE)


@csrf_exempt
def go_live(request: HttpRequest) -> HttpResponse:
    """Close the sandbox and delete its orders."""
    if count("closed"):
        return HttpResponse(status=TAKEN)
    removed = count("order")
    delete("order")
    insert("closed", "")
    return HttpResponse(str(removed), status=MADE)


urlpatterns = [
    path("naive/token/", token),
    path("naive/once/", once),
    path("naive/order/", order),
    path("naive/go-live/", go_live),
    *urls.urlpatterns,
]
handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404
handler429, handler500 = urls.handler429, urls.handler500
