"""How statements are found."""

from datetime import datetime
from typing import Self

from apps.tenants.querysets import TenantQuerySet


class StatementQuerySet(TenantQuerySet):
    """Closed weeks. A customer user sees none: what a week costs is the tenant's business."""

    def of_week(self, start: datetime) -> Self:
        """The statement of the week that starts at an instant."""
        return self.filter(week_start=start)

    def newest_first(self) -> Self:
        """The latest week first."""
        return self.order_by("-week_start")
