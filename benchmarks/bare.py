"""The floor: a Django view that does nothing, without middleware or database, on the same server."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["127.0.0.1"], MIDDLEWARE=[], ROOT_URLCONF=__name__, SECRET_KEY="bare")


def nothing(request: HttpRequest) -> JsonResponse:
    return JsonResponse([], safe=False)


urlpatterns = [path("", nothing)]
application = get_wsgi_application()
