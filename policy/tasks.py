"""Scheduled jobs: each calls one action, and may run any number of times."""

from celery import shared_task

from policy.actions import ask_for_reviews, put_due_in_force, tell_due
from policy.pdf import draw_long_pdfs


@shared_task(name="policy.put_due_in_force")
def put_due_in_force_task() -> int:
    return put_due_in_force()


@shared_task(name="policy.tell_due")
def tell_due_task() -> int:
    return tell_due()


@shared_task(name="policy.ask_for_reviews")
def ask_for_reviews_task() -> int:
    return ask_for_reviews()


@shared_task(name="policy.draw_long_pdfs")
def draw_long_pdfs_task() -> int:
    return draw_long_pdfs()
