"""Automatic configuration of mail programs: Mozilla autoconfig, Microsoft autodiscover, Apple profile, MTA-STS."""

from socle.mail.configuring.documents import apple_profile, autoconfig, autodiscover, mta_sts
from socle.mail.configuring.servers import Servers, settings_of

__all__ = ["Servers", "apple_profile", "autoconfig", "autodiscover", "mta_sts", "settings_of"]
