"""How much sums of days tell apart."""

from django.db.models import IntegerChoices


class Level(IntegerChoices):
    """What a sum tells apart. A thousand clients have tens of thousands of details in a week, and few of the rest."""

    DETAIL = 0, "Client, endpoint, status and class"
    WHOLE = 1, "Endpoint, status and class, of all clients"
    CLIENT = 2, "Client and class"
