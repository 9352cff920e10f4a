"""DuckDB over the calls of ledger.py in Parquet: last week of one tenant, and all counters. Prints JSON: times in ms.

python -m benchmarks.peers.duckdb_ledger CALLS.csv ROUNDS
"""

import json
import sys
import time
from datetime import datetime, timedelta, timezone

import duckdb

BRISBANE = timezone(timedelta(hours=10))


def main(calls: str, rounds: int) -> dict[str, list[float]]:
    base = duckdb.connect()
    base.execute("SET TimeZone = 'UTC'")
    parquet = calls.replace(".csv", ".parquet")
    columns = {
        "tenant_id": "UUID",
        "received_at": "TIMESTAMPTZ",
        "client_id": "UUID",
        "endpoint": "VARCHAR",
        "status": "SMALLINT",
        "call_class": "VARCHAR",
    }
    base.execute(
        f"COPY (SELECT * FROM read_csv('{calls}', header = false, columns = {columns})) "
        f"TO '{parquet}' (FORMAT parquet)"
    )
    tenant = base.execute(f"SELECT mode(tenant_id) FROM '{parquet}'").fetchone()[0]
    today = datetime.now(BRISBANE).replace(hour=0, minute=0, second=0, microsecond=0)
    end = today - timedelta(days=today.weekday())
    week = (
        f"SELECT (received_at + INTERVAL 10 HOUR)::DATE, client_id, endpoint, status, call_class, count(*) "
        f"FROM '{parquet}' WHERE tenant_id = ? AND received_at >= ? AND received_at < ? GROUP BY ALL"
    )
    counters = (
        "CREATE OR REPLACE TABLE counters AS SELECT tenant_id, epoch(received_at)::BIGINT // 900, client_id, "
        f"endpoint, status, call_class, count(*) FROM '{parquet}' GROUP BY ALL"
    )
    return {
        "DuckDB: the week": [
            timed(lambda: base.execute(week, [tenant, end - timedelta(days=7), end]).fetchall())
            for _ in range(rounds * 10)
        ],
        "DuckDB: all counters": [timed(lambda: base.execute(counters)) for _ in range(rounds)],
    }


def timed(act) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    json.dump(main(sys.argv[1], int(sys.argv[2])), sys.stdout)
