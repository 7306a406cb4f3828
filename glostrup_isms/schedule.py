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
    "send-notices": {"task": "duties.send_notices", "schedule": 60.0, "options": {"expires": 60}},
    "close-votes": {"task": "meetings.close_votes", "schedule": 60.0, "options": {"expires": 60}},
    "remind-of-duties": {"task": "duties.remind", "schedule": 300.0, "options": {"expires": 300}},
    "make-year": {"task": "duties.make_year", "schedule": 600.0, "options": {"expires": 600}},
    "look-at-owners": {"task": "duties.look_at_owners", "schedule": 600.0, "options": {"expires": 600}},
    "settle-scim-groups": {"task": "roles.settle_scim_groups", "schedule": 600.0, "options": {"expires": 600}},
    "clear-kept-sync-files": {"task": "roles.clear_kept_sync_files", "schedule": crontab(minute="25")},
    "draw-long-pdfs": {"task": "policy.draw_long_pdfs", "schedule": crontab(minute="5,25,45")},
    "ask-for-reviews": {"task": "policy.ask_for_reviews", "schedule": crontab(minute="40")},
    "prepare-meetings": {"task": "meetings.prepare", "schedule": crontab(minute="50")},
    "check-orphans": {"task": "kit.check_orphans", "schedule": crontab(hour="3", minute="15")},
    "clear-old-sync-lines": {"task": "roles.clear_old_sync_lines", "schedule": crontab(hour="3", minute="35")},
    "clear-out": {"task": "kit.clear_out", "schedule": crontab(hour="3", minute="45")},
}

# What operators read of each entry at /drift/job/: its name, and in one sentence what it does.
JOBS = {
    "deliver-outbox": ("Send beskeder", "Sender de mails, der venter."),
    "take-due-steps": ("Frister i sager", "Minder om sager, ingen har kvitteret for, og går videre op ad linjen."),
    "put-due-in-force": ("Dokumenter, der træder i kraft", "Lader det, der er besluttet, gælde fra sin dag."),
    "tell-of-documents": ("Besked om dokumenter", "Lægger besked i indbakken hos dem, som et nyt dokument gælder for."),
    "scan-waiting": ("Virusscanning", "Scanner de filer, der kom, mens virusscanneren var væk."),
    "write-audit-head": ("Revisionssporets ende", "Skriver uden for databasen, hvor langt revisionssporet er nået."),
    "send-notices": ("Mails om opgaver", "Skriver de mails om opgaver, som nogen har valgt at få nu."),
    "close-votes": ("Skriftlige afstemninger", "Lukker dem, hvis tid er gået."),
    "remind-of-duties": ("Påmindelser", "Finder de opgaver, der skal mindes om, og går videre op ad linjen."),
    "make-year": ("Årets faste opgaver", "Laver de opgaver, hvis dag nærmer sig, én til hver, der har rollen."),
    "look-at-owners": ("Uden ansvarlig", "Gør ledige roller og efterladte opgaver til en opgave for niveauet over."),
    "settle-scim-groups": ("Grupper fra log ind-systemet", "Lader det, grupperne giver, følge kalenderen."),
    "clear-kept-sync-files": ("Filer med organisationen", "Sletter de filer, ingen har sagt ja til inden for et døgn."),
    "draw-long-pdfs": ("Lange PDF-filer", "Gør PDF-filer af lange dokumenter klar, før nogen beder om dem."),
    "ask-for-reviews": ("Årlig godkendelse", "Beder om den årlige godkendelse af dokumenter, når det er tid."),
    "prepare-meetings": ("Dagsordener", "Fylder dagsordener til møder, der nærmer sig, og beder om dem, der mangler."),
    "check-orphans": ("Kontrol af filer", "Skriver i loggen, hvis en fil mangler i databasen eller på disken."),
    "clear-old-sync-lines": ("Gamle synkroniseringer", "Sletter forskelle fra filer, der ikke blev hentet ind."),
    "clear-out": ("Oprydning", "Sletter filer, der aldrig blev sendt med noget, og gamle tællinger af forsøg."),
}
