"""Every scheduled job, most frequent first. A run missed by downtime is caught up by the next one:
each job looks at rows that are due, never at the time since its last run."""

from celery.schedules import crontab

BEAT_SCHEDULE = {
    "deliver-outbox": {"task": "kit.deliver_outbox", "schedule": 15.0, "options": {"expires": 15}},
    "take-due-steps": {"task": "breaches.take_due_steps", "schedule": 30.0, "options": {"expires": 30}},
    "put-due-in-force": {"task": "policy.put_due_in_force", "schedule": 60.0, "options": {"expires": 60}},
    "tell-of-documents": {"task": "policy.tell_due", "schedule": 60.0, "options": {"expires": 60}},
    "scan-waiting": {"task": "kit.scan_waiting", "schedule": 60.0, "options": {"expires": 60}},
    "write-audit-head": {"task": "kit.write_audit_head", "schedule": 60.0, "options": {"expires": 60}},
    "look-at-owners": {"task": "duties.look_at_owners", "schedule": 600.0, "options": {"expires": 600}},
    "settle-scim-groups": {"task": "roles.settle_scim_groups", "schedule": 600.0, "options": {"expires": 600}},
    "clear-kept-sync-files": {"task": "roles.clear_kept_sync_files", "schedule": crontab(minute="25")},
    "draw-long-pdfs": {"task": "policy.draw_long_pdfs", "schedule": crontab(minute="5,25,45")},
    "ask-for-reviews": {"task": "policy.ask_for_reviews", "schedule": crontab(minute="40")},
    "check-orphans": {"task": "kit.check_orphans", "schedule": crontab(hour="3", minute="15")},
    "clear-old-sync-lines": {"task": "roles.clear_old_sync_lines", "schedule": crontab(hour="3", minute="35")},
    "clear-out": {"task": "kit.clear_out", "schedule": crontab(hour="3", minute="45")},
}
