"""What the tables of every app have in common."""

import uuid

from django.db import models


class Entity(models.Model):
    """A row that the outside world names by its UUID, which is its only key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
