"""Erasure of what the editor of the sites keeps of a person, beyond their account."""

from __future__ import annotations

from django.db import models
from wagtail.users.models import UserProfile


def erase_editor_profile(person: models.Model, address: str) -> int:
    """Their preferences and their picture; what they wrote on a site is the commune's, and stays."""
    erased = 0
    for profile in UserProfile.objects.filter(user_id=person.pk):
        if profile.avatar:
            profile.avatar.delete(save=False)
        erased += profile.delete()[0]
    return int(erased)
