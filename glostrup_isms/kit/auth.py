"""One permission question for global rights, rights by appointment, and rights to a single object.

Django's own backend answers *no* to `has_perm(perm, obj)` for somebody who holds the permission for everything;
django-guardian's answers only for grants on the single object. Here one call serves all of them:

1. a right that follows an appointment in force today (`User.scopes_for`, asked live, so it ends when that ends);
2. what the object itself gives, as a duty to its holder (`obj.gives`);
3. a grant on the single object (django-guardian).

`is_superuser` gives nothing: rights come from appointments, and the administrator sees no case content.
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db import models
from guardian.core import ObjectPermissionChecker
from guardian.utils import get_user_obj_perms_model


def _is_granted(user: Any, codename: str, obj: models.Model) -> bool:
    """A grant on the single object; one with dates counts only while it is in force, which guardian does not know."""
    grants: Any = get_user_obj_perms_model(obj)
    if hasattr(grants.objects, "in_force"):
        mine = grants.objects.in_force().filter(user=user, permission__codename=codename, content_object=obj)
        return bool(mine.exists())
    return bool(ObjectPermissionChecker(user).has_perm(codename, obj))


class PermissionBackend(ModelBackend):
    """Signs in by user name and password, and answers every permission question."""

    def has_perm(self, user_obj: Any, perm: str, obj: models.Model | None = None) -> bool:
        if not (user_obj.is_active and user_obj.is_authenticated):
            return False
        scopes = user_obj.scopes_for(perm)
        if obj is None:
            return bool(scopes)
        if any(scope.covers(obj) for scope in scopes):
            return True
        if user_obj.pk in getattr(obj, "excluded_ids", ()):
            return False
        app_label, codename = perm.split(".", 1)
        if app_label != obj._meta.app_label:
            return False
        if hasattr(obj, "gives"):
            return bool(obj.gives(user_obj, codename))
        return _is_granted(user_obj, codename, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return False

    def get_all_permissions(self, user_obj: Any, obj: models.Model | None = None) -> set[str]:
        return set()
