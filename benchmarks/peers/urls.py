"""The same question to each peer: two warehouses for whoever proves who they are, and the call written down."""

from typing import Any

from authlib.integrations.django_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.oauth2_backends import get_oauthlib_core
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_api_key.permissions import HasAPIKey
from rest_framework_tracking.mixins import LoggingMixin

from benchmarks.peers.models import Call, Client, Token, Warehouse


class ApiKeyWarehouses(LoggingMixin, APIView):
    """djangorestframework-api-key verifies, drf-api-tracking writes the call down."""

    authentication_classes: list[Any] = []
    permission_classes = [HasAPIKey]

    def get(self, request: Request) -> Response:
        return Response(list(Warehouse.objects.values("id", "name")))


def dot_warehouses(request: HttpRequest) -> HttpResponse:
    """django-oauth-toolkit verifies, as its decorator does, and one INSERT by the ORM writes the call down."""
    valid, asked = get_oauthlib_core().verify_request(request, scopes=["read"])
    if not valid:
        return HttpResponse(status=403)
    answer = JsonResponse(list(Warehouse.objects.values("id", "name")), safe=False)
    Call.objects.create(
        client_id=asked.client.client_id,
        path=request.path,
        status=answer.status_code,
    )
    return answer


class ClientCredentials(grants.ClientCredentialsGrant):
    """The grant with the one way of authentication that ours has."""

    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]


server = AuthorizationServer(Client, Token)
server.register_grant(ClientCredentials)


@csrf_exempt
def authlib_token(request: HttpRequest) -> HttpResponse:
    """Authlib's token endpoint."""
    return server.create_token_response(request)


urlpatterns = [
    path("healthz", lambda request: HttpResponse()),
    path("apikey/warehouses", ApiKeyWarehouses.as_view()),
    path("dot/warehouses", dot_warehouses),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("authlib/token", authlib_token),
]
