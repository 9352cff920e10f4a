"""What the peers keep beside their own tables: rows to ask for, DOT's calls, Authlib's clients and tokens."""

from authlib.oauth2.rfc6749 import ClientMixin
from django.db import models


class Warehouse(models.Model):
    """A row of the answer."""

    name = models.CharField(max_length=120)

    class Meta:
        app_label = "peers"

    def __str__(self) -> str:
        return self.name


class Call(models.Model):
    """A call that was answered, as a team that meters by hand writes it."""

    client_id = models.CharField(max_length=100, db_index=True)
    path = models.CharField(max_length=200)
    status = models.PositiveSmallIntegerField()
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        app_label = "peers"

    def __str__(self) -> str:
        return self.path


class Client(models.Model, ClientMixin):
    """Authlib's client, whose secret is plain, as its guide has it."""

    client_id = models.CharField(max_length=48, unique=True)
    client_secret = models.CharField(max_length=120)
    user_id = models.BigIntegerField(null=True)

    class Meta:
        app_label = "peers"

    def __str__(self) -> str:
        return self.client_id

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str | None) -> str:
        return scope or ""

    def check_client_secret(self, client_secret: str) -> bool:
        return self.client_secret == client_secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"


class Token(models.Model):
    """Authlib's access token."""

    client_id = models.CharField(max_length=48, db_index=True)
    user_id = models.BigIntegerField(null=True)
    token_type = models.CharField(max_length=40)
    access_token = models.CharField(max_length=255, unique=True)
    scope = models.TextField(default="")
    issued_at = models.DateTimeField(auto_now_add=True)
    expires_in = models.IntegerField(default=0)

    class Meta:
        app_label = "peers"

    def __str__(self) -> str:
        return self.client_id
