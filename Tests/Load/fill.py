"""Ledgers with a past: many commands that are done, each with its record.

Convene makes the file and one command; SQL multiplies both, spread over the last hours. The chain of the copied records
is not right, which costs nothing to carry along: only `convene audit verify` would say so.
"""

import json
import sqlite3

import request

# Less than the day for which commands are kept.
HOURS = 20

NUMBERS = """
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :count),
  numbered AS (SELECT n, printf('%08x-99999-%09d', n * :scatter % 4294967296, n) AS name,
    (:count - n + 1) * (:hours * 3600000000 / :count) AS ago FROM n)
"""
# Column by column as in the row that Convene wrote, but for what tells commands apart. Start 0 of the machine is none:
# its clock then says nothing of these commands, and the calendar alone does.
COMMANDS = NUMBERS + """
INSERT INTO commands (command_id, first_sent, boot, {others})
SELECT numbered.name, first_sent - ago, 0, {values}
FROM numbered, (SELECT * FROM commands LIMIT 1) AS one
"""
OUTCOMES = NUMBERS + """
INSERT INTO outcomes (id, settled, conference_id, status, fields, reply)
SELECT :before + n, settled - ago, conference_id, status, fields, reply
FROM numbered, (SELECT * FROM outcomes LIMIT 1) AS one
"""
RECORDS = NUMBERS + """
INSERT INTO audit (seq, time, team, caller, command_id, decision, record, hash)
SELECT :last + n, time - ago, team, caller, name, decision, record, randomblob(32)
FROM numbered, (SELECT * FROM audit WHERE decision = 'forwarded' LIMIT 1)
"""
OWN = ("id", "command_id", "first_sent", "boot")


def fill(path, count):
    """Adds `count` commands and records to a ledger that has one at least, and that no process has open."""
    database = sqlite3.connect(path, isolation_level=None)
    try:
        # Nobody needs this file if it is not finished.
        for pragma in ("synchronous = off", "cache_size = -1000000", "journal_mode = delete", "journal_mode = off"):
            database.execute(f"PRAGMA {pragma}")
        columns = [row[1] for row in database.execute("PRAGMA table_info(commands)") if row[1] not in OWN]
        last = database.execute("SELECT max(seq) FROM audit").fetchone()[0]
        # Their rows follow this one, in the order of the numbers.
        before = database.execute("SELECT max(id) FROM commands").fetchone()[0]
        numbers = {"count": count, "scatter": request.SCATTER, "hours": HOURS}
        database.execute("BEGIN")
        values = ", ".join(f"one.{name}" for name in columns)
        database.execute(COMMANDS.format(others=", ".join(columns), values=values), numbers)
        database.execute(OUTCOMES, {**numbers, "before": before})
        database.execute(RECORDS, {**numbers, "last": last})
        # What Convene notes of its own end, and what the sinks are known to have.
        seq, digest = database.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        head = json.dumps({"seq": seq, "hash": digest.hex()}, separators=(",", ":")).encode()
        database.execute("UPDATE meta SET value = ? WHERE key = 'audit_head'", (head,))
        # Nothing is being sent, up to the last row.
        database.execute("UPDATE meta SET value = CAST((SELECT max(id) FROM commands) || ':' AS BLOB)"
                         " WHERE key = 'in_flight'")
        database.execute("UPDATE sinks SET seq = ?", (seq,))
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode = wal")
    finally:
        database.close()
