"""The first page of the operators' door."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socle.console.access import Access, console_view


@console_view
def show(request: HttpRequest, access: Access) -> HttpResponse:
    """Show where one may go."""
    return render(request, "console/home.html")
