"""What each connection to PostgreSQL is told: to notice a machine that vanishes (docs/decisions/0095), among others.

A machine that loses its power or its network says goodbye to nobody. Linux asks after two hours whether the other side
of a silent connection is still there, and until then an open transaction keeps its locks.
"""

# Silent for 4 s, then three questions 2 s apart; what was sent may wait 10 s until the other side has it.
_IDLE, _INTERVAL, _COUNT, _UNREAD_MS = 4, 2, 3, 10_000
_CONNECT_SECONDS = 10
# A machine that stands still answers for its connections all the same; only its transaction does not go on. A command
# may have much to reckon between two statements, a request waits for nothing but the mail server.
_COMMAND_STANDSTILL_MS, _WEB_STANDSTILL_MS = 600_000, 60_000

# For our end of the connection, by the names of libpq.
CONNECTION = {
    "connect_timeout": _CONNECT_SECONDS,
    "keepalives_idle": _IDLE,
    "keepalives_interval": _INTERVAL,
    "keepalives_count": _COUNT,
    "tcp_user_timeout": _UNREAD_MS,
}

# For the server's end, whose transaction it is; in the form that PGOPTIONS has. Statements are not compiled: that takes
# seconds, and nothing here runs long enough to win them back (docs/decisions/0096).
_SESSION = (
    f"-c tcp_keepalives_idle={_IDLE} -c tcp_keepalives_interval={_INTERVAL} -c tcp_keepalives_count={_COUNT} "
    f"-c tcp_user_timeout={_UNREAD_MS} -c jit=off -c idle_in_transaction_session_timeout="
)
COMMAND_SESSION = f"{_SESSION}{_COMMAND_STANDSTILL_MS}"
# A page's count is over before PostgreSQL has started workers for it (docs/decisions/0024). Commands keep them.
WEB_SESSION = f"{_SESSION}{_WEB_STANDSTILL_MS} -c max_parallel_workers_per_gather=0"
