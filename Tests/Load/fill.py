"""Ledgers with a past: many commands that are done, each with its record.

Convene makes the file and one command; SQL multiplies both. The chain of the copied records is not right, which costs
nothing to carry along: only `convene audit verify` would say so.
"""

import json
import sqlite3

import request

# Column by column as in the row that Convene wrote, but for what tells commands apart.
COMMANDS = """
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :count)
INSERT INTO commands (command_id, {others})
SELECT printf('%08x-99999-%09d', n * :scatter % 4294967296, n), {others} FROM n, (SELECT * FROM commands LIMIT 1)
"""
RECORDS = """
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :count)
INSERT INTO audit (seq, time, team, caller, command_id, decision, record, hash)
SELECT :last + n, time, team, caller, printf('%08x-99999-%09d', n * :scatter % 4294967296, n), decision, record,
       randomblob(32)
FROM n, (SELECT * FROM audit WHERE decision = 'forwarded' LIMIT 1)
"""


def fill(path, count):
    """Adds `count` commands and records to a ledger that has one at least, and that no process has open."""
    database = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in ("synchronous = off", "cache_size = -1000000"):
            database.execute(f"PRAGMA {pragma}")
        columns = [row[1] for row in database.execute("PRAGMA table_info(commands)")]
        others = ", ".join(name for name in columns if name not in ("id", "command_id"))
        last = database.execute("SELECT max(seq) FROM audit").fetchone()[0]
        database.execute("BEGIN")
        database.execute(COMMANDS.format(others=others), {"count": count, "scatter": request.SCATTER})
        database.execute(RECORDS, {"count": count, "scatter": request.SCATTER, "last": last})
        # What Convene notes of its own end, and what the sinks are known to have.
        seq, digest = database.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        head = json.dumps({"seq": seq, "hash": digest.hex()}, separators=(",", ":")).encode()
        database.execute("UPDATE meta SET value = ? WHERE key = 'audit_head'", (head,))
        database.execute("UPDATE sinks SET seq = ?", (seq,))
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        database.close()
