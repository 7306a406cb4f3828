"""The database itself refuses to change or delete the audit trail (kit.audit)."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_CHECK_NOW = (
    "SET CONSTRAINTS ALL IMMEDIATE",
    "SET CONSTRAINTS ALL DEFERRED",
)  # triggers cannot change while checks wait
_POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION kit_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$""",
    "CREATE TRIGGER kit_audit_entry BEFORE UPDATE OR DELETE OR TRUNCATE ON kit_auditentry "
    "FOR EACH STATEMENT EXECUTE FUNCTION kit_audit_refuse()",
    "CREATE TRIGGER kit_audit_payload BEFORE UPDATE OR TRUNCATE ON kit_auditpayload "
    "FOR EACH STATEMENT EXECUTE FUNCTION kit_audit_refuse()",
    "ALTER TABLE kit_auditentry ENABLE ALWAYS TRIGGER kit_audit_entry",
    "ALTER TABLE kit_auditpayload ENABLE ALWAYS TRIGGER kit_audit_payload",
)
_POSTGRESQL_UNDO = (
    *_CHECK_NOW,
    "DROP TRIGGER IF EXISTS kit_audit_entry ON kit_auditentry",
    "DROP TRIGGER IF EXISTS kit_audit_payload ON kit_auditpayload",
)
_SQLITE_TRIGGERS = {
    "kit_audit_entry_update": "UPDATE ON kit_auditentry",
    "kit_audit_entry_delete": "DELETE ON kit_auditentry",
    "kit_audit_payload_update": "UPDATE ON kit_auditpayload",
    # REPLACE removes the old row without the delete trigger
    "kit_audit_entry_replace": "INSERT ON kit_auditentry "
    "WHEN EXISTS (SELECT 1 FROM kit_auditentry WHERE seq = NEW.seq)",
    "kit_audit_payload_replace": "INSERT ON kit_auditpayload "
    "WHEN EXISTS (SELECT 1 FROM kit_auditpayload WHERE entry_id = NEW.entry_id)",
}
_SQLITE = tuple(
    f"CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
    for name, event in _SQLITE_TRIGGERS.items()
)
_SQLITE_UNDO = tuple(f"DROP TRIGGER IF EXISTS {name}" for name in _SQLITE_TRIGGERS)


def protect(target: Any) -> None:
    """Make the database refuse UPDATE, DELETE and TRUNCATE on the trail (payloads may be deleted). Idempotent.

    `target` is a connection or a schema editor. SQLite drops triggers with a rebuilt table: a migration that alters
    these tables calls this again.
    """
    unprotect(target)
    _execute(target, _POSTGRESQL, _SQLITE)


def unprotect(target: Any) -> None:
    """Take the protection away (reverse migration, and tests that empty the tables)."""
    _execute(target, _POSTGRESQL_UNDO, _SQLITE_UNDO)


def _execute(target: Any, postgresql: tuple[str, ...], sqlite: tuple[str, ...]) -> None:
    database = target.connection if isinstance(target, BaseDatabaseSchemaEditor) else target
    with database.cursor() as cursor:
        for statement in postgresql if database.vendor == "postgresql" else sqlite:
            cursor.execute(statement)
