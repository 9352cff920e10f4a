"""Keys from before the portal: imported by a command, then clients like all others."""

import base64
import hashlib
import io
import json
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from apps.audit.models import Entry
from apps.clients.authenticate import authenticate_client
from apps.clients.models import ApiClient
from config.settings import PASSWORD_HASHERS

HEADER = "tenant,client_id,name,hash,roles,customers"
DIGEST = "sha256$" + hashlib.sha256(b"old secret").hexdigest()


@pytest.fixture
def run(tmp_path):
    """Return `run(*lines)`: imports a file with the header and these lines, and returns the answer."""

    def import_lines(*lines: str, header: str = HEADER) -> dict:
        file = tmp_path / "keys.csv"
        file.write_text("\n".join((header, *lines)))
        out = io.StringIO()
        call_command("import_legacy_keys", str(file), "--json", stdout=out)
        return json.loads(out.getvalue())

    return import_lines


def test_keys_of_several_tenants_are_imported_and_work(run, tenant, customer, warehouse, plan):
    answer = run(
        f'coastal,ERP/1,Old ERP,{DIGEST},"WMS_CREATE_JOBS,TMS_CREATE_JOBS",{customer.pk}',
        f"coastal,ERP/2,Older ERP,{DIGEST},WMS_CREATE_JOBS;TMS_VIEW_JOBS,",
    )
    assert answer == {"imported": 2, "tenants": {"coastal": 2}}
    who = authenticate_client("ERP/1", "old secret", None)
    assert (who.customer_ids, who.warehouse_ids) == ({customer.pk}, None)
    assert who.roles == ("WMS_CREATE_JOBS", "TMS_CREATE_JOBS")
    assert authenticate_client("ERP/2", "old secret", None).customer_ids is None
    assert ApiClient.objects.filter(is_legacy=True).count() == 2
    assert DIGEST not in str(list(Entry.objects.values()))


def test_each_of_django_s_encodings_works_as_production_stores_it(run, settings, tenant, customer, warehouse):
    settings.PASSWORD_HASHERS = PASSWORD_HASHERS
    salt = base64.b64encode(b"salt").decode().strip("=")
    derived = base64.b64encode(hashlib.pbkdf2_hmac("sha256", b"old secret", salt.encode(), 1000)).decode()
    scrypt = hashlib.scrypt(b"old secret", salt=salt.encode(), n=16, r=8, p=1, maxmem=2**25, dklen=64)
    run(
        f"coastal,one,One,pbkdf2_sha256$1000${salt}${derived},WMS_CREATE_JOBS,",
        f"coastal,two,Two,scrypt$16${salt}$8$1${base64.b64encode(scrypt).decode()},WMS_CREATE_JOBS,",
        f'coastal,three,Three,"{make_password("old secret")}",WMS_CREATE_JOBS,',
    )
    for client_id in ("one", "two", "three"):
        assert authenticate_client(client_id, "old secret", None).public_id == client_id


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"nowhere,x,X,{DIGEST},WMS_CREATE_JOBS,", "no tenant nowhere"),
        (f"coastal,erp/1,X,{DIGEST},WMS_CREATE_JOBS,", "exists already"),
        (f"coastal,gpc_{'a' * 20},X,{DIGEST},WMS_CREATE_JOBS,", "can't be imported"),
        (f"coastal,x,Old ERP,{DIGEST},WMS_CREATE_JOBS,", "has this name"),
        (f"coastal,x,,{DIGEST},WMS_CREATE_JOBS,", "The name has to have"),
        ("coastal,x,X,md6$abc,WMS_CREATE_JOBS,", "neither sha256"),
        ("coastal,x,X,pbkdf2_sha256$many$salt$hash,WMS_CREATE_JOBS,", "neither sha256"),
        (f"coastal,x,X,{DIGEST},NO_SUCH_ROLE,", "no API role NO_SUCH_ROLE"),
        (f"coastal,x,X,{DIGEST},,", "at least one API role"),
        (f"coastal,x,X,{DIGEST},WMS_CREATE_JOBS,somebody", "have to be UUIDs"),
        (f"coastal,x,X,{DIGEST},WMS_CREATE_JOBS,{uuid4()}", "coastal does not have"),
        (f"coastal,x,X,{DIGEST}", "4 cells"),
    ],
)
def test_an_error_names_the_line_and_nothing_is_imported(run, tenant, customer, line, words):
    with pytest.raises(CommandError, match=r"^Line 4: .*Nothing was imported\.$") as refused:
        run(f"coastal,ERP/1,Old ERP,{DIGEST},WMS_CREATE_JOBS,", "", line)
    assert words in str(refused.value)
    assert not ApiClient.objects.exists()


def test_a_wrong_header_and_a_missing_file_are_said_in_one_line(run, tenant):
    with pytest.raises(CommandError, match="Line 1: the column roles is missing"):
        run(header="tenant,client_id,name,hash,customers")
    with pytest.raises(CommandError, match="can't be read"):
        call_command("import_legacy_keys", "/nowhere/keys.csv")


def test_an_imported_key_is_a_client_like_all_others(
    run, tenant, customer, warehouse, administrator, sign_in
):
    run(f"coastal,ERP/1,Old ERP,{DIGEST},WMS_CREATE_JOBS,{customer.pk}")
    client = ApiClient.objects.get()
    browser: Client = sign_in(administrator)
    page = browser.get(reverse("clients:list", args=["coastal"])).content.decode()
    assert "Old ERP" in page
    assert "Legacy" in page
    agreed = {"understood": "on", "stored": "on", "overlap": "1h", "version": "1"}
    shown = browser.post(reverse("clients:generate", args=["coastal", client.pk]), agreed)
    assert shown.status_code == 200
    assert "gp_cs_" in shown.content.decode()
    assert authenticate_client("ERP/1", "old secret", None)
    form = {
        "name": "Old ERP",
        "customers": [str(customer.pk)],
        "warehouses": ["all"],
        "roles": ["TMS_VIEW_JOBS"],
        "is_active": "on",
    }
    edit = reverse("clients:edit", args=["coastal", client.pk])
    asked = browser.post(edit, form)
    saved = browser.post(edit, {**form, "confirmed": asked.context["form"]["confirmed"].value()})
    assert saved.status_code == 303
    client.refresh_from_db()
    assert client.roles == ["TMS_VIEW_JOBS"]
    browser.post(reverse("clients:deactivate", args=["coastal", client.pk]), {"version": client.version})
    client.refresh_from_db()
    assert client.is_active is False
