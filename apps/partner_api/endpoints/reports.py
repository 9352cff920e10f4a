"""Report runs (#23, #24)."""

from uuid import UUID

from apps.clients.roles import Permission
from apps.orders.models import ReportRun, ReportType
from apps.orders.reports import report_json, report_runs, run_report
from apps.partner_api import samples
from apps.partner_api.answers import Answer, ApiError, not_found
from apps.partner_api.calls import ApiCall
from apps.partner_api.declare import PAGE, SIZE, endpoint
from apps.partner_api.paging import page_headers, read_page
from apps.partner_api.schemas import ReportOut

_NEEDED = {
    ReportType.STOCK_ON_HAND: Permission.REPORTS_STOCK,
    ReportType.BULK_CHARGES: Permission.REPORTS_CHARGES,
}


@endpoint(
    "POST",
    "/report-runs",
    name="report-runs.create",
    summary="Start a report",
    needs=Permission.REPORTS,
    body=samples.REPORT_BODY,
    returns={201: ReportOut},
)
def create(call: ApiCall) -> Answer:
    """STOCK_ON_HAND needs WMS Create Jobs, BULK_CHARGES Internal Field Access and is empty: jobs cost nothing here."""
    _require_role_of(call, call.body.get("type") if isinstance(call.body, dict) else None)
    run = run_report(tenant=call.tenant, scope=call.scope, payload=call.body, client_id=call.who.client_id)
    _note_customer(call, run)
    return Answer(report_json(run, started=True), status=201)


@endpoint(
    "GET",
    "/report-runs/{runId}",
    name="report-runs.get",
    summary="A report's state and, once it is done, a page of its rows",
    needs=Permission.REPORTS,
    query=(PAGE, SIZE),
    paged=True,
    returns={200: ReportOut},
)
def get(call: ApiCall, run_id: UUID) -> Answer:
    """The client's own runs, for seven days."""
    run: ReportRun | None = (
        report_runs(call.tenant, call.who.client_id)
        .select_related("tenant", "customer")
        .filter(pk=run_id)
        .first()
    )
    if run is None or (run.customer_id and not call.scope.has_customer(run.customer_id)):
        raise not_found()
    _note_customer(call, run)
    _require_role_of(call, run.type)
    page, asked = read_page(call)
    size = min(asked, run.parameters["pageSize"])
    start = (page - 1) * size
    body = {**report_json(run), "items": run.rows[start : start + size]}
    return Answer(body, headers=page_headers(call, page, size, len(run.rows)))


def _require_role_of(call: ApiCall, kind: object) -> None:
    needed = _NEEDED.get(kind) if isinstance(kind, str) else None  # type: ignore[call-overload]  # a plain text
    if needed is not None and needed not in call.who.permissions:
        raise ApiError(
            403, f"This client may not {needed.value}: the role is missing.", reason="missing_role"
        )


def _note_customer(call: ApiCall, run: ReportRun) -> None:
    if run.customer is not None:
        call.names_customer(run.customer.pk, run.customer.kind)
