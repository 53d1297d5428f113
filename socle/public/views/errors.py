"""Error pages of every door."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose anti-forgery token is missing or stale."""
    return render(request, "public/errors/csrf.html", {"reason": reason}, status=403)
