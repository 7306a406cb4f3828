"""What the apps above hear of the organisation. Sent inside the transaction of the change; the sweep over the rows
(`duties.find_ownerless`) finds whatever a signal missed."""

from django.dispatch import Signal

appointed = Signal()  # appointment, by
organisation_changed = Signal()  # nothing: look at the rows
leaving = Signal()  # appointment, last_day, by: its holder says that she stops that day
