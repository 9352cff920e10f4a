"""The append-only record of who did what. Ids and names, no foreign keys: it outlives what it describes."""

from django.db import models


class ChainHead(models.Model):
    """The last link of one tenant's chain; locking its row puts the tenant's entries in one order."""

    tenant_id = models.UUIDField(primary_key=True)
    sequence = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.tenant_id} at {self.sequence}"


class Entry(models.Model):
    """One act: who, in which tenant, what, on what, before and after, when, from where."""

    tenant_id = models.UUIDField(null=True)
    sequence = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=200)
    action = models.CharField(max_length=64)
    target_type = models.CharField(max_length=64, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    target_name = models.CharField(max_length=255, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    previous_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "entries"
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("tenant_id", "-id"), name="audit_entry_tenant"),
            models.Index(fields=("tenant_id", "target_id", "-id"), name="audit_entry_target"),
        )
        constraints = (
            models.UniqueConstraint(fields=("tenant_id", "sequence"), name="audit_entry_sequence"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name}: {self.action} {self.target_name}"
