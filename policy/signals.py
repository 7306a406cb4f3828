"""What the apps above hear of documents. Sent inside the transaction of the change."""

from django.dispatch import Signal

published = Signal()  # version: it applies from now on
