"""Answering mail programs, at the hosts of the mail (`autoconfig.prisches.fr`) and at the platform's own.

Nothing is said of a box, nor whether an address exists: only where the servers are.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, HttpResponseNotFound
from django.views.decorators.csrf import csrf_exempt
from django_scopes import scopes_disabled

from socle.lib import limits
from socle.lib.refusals import Refused
from socle.mail import addresses
from socle.mail.configuring import documents
from socle.mail.models import Domain
from socle.mail.queries import domain_of_host

XML = "application/xml; charset=utf-8"
# What one visitor may ask in ten minutes: a program asks two or three times.
ASKED = (60, 600)
KEPT = "public, max-age=3600"


def _domain_of(address: str) -> Domain | None:
    """The domain of ours at which this address is, whether or not a box bears it."""
    try:
        name = addresses.read_address(address).rpartition("@")[2]
    except Refused:
        return None
    with scopes_disabled():  # Asked by anybody: only where the servers are is said.
        found: Domain | None = Domain.objects.open().filter(name=name).select_related("beneficiary").first()
    return found


def _too_many(request: HttpRequest) -> HttpResponse | None:
    limit, per = ASKED
    seconds = limits.seconds_to_wait(f"mail-setting:{limits.visitor(request)}", limit=limit, per=per)
    if not seconds:
        return None
    return HttpResponse(status=429, headers={"Retry-After": str(seconds)})


def _answered(content: bytes, kind: str = XML) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Cache-Control"] = KEPT
    return response


def give_autoconfig(request: HttpRequest) -> HttpResponseBase:
    """Thunderbird: `?emailaddress=` says whose, else the host does."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if refused := _too_many(request):
        return refused
    domain: Domain | None = getattr(request, "mail_domain", None)
    if domain is None:
        domain = _domain_of(request.GET.get("emailaddress", "")[:320])
    return _answered(documents.autoconfig(domain)) if domain else HttpResponseNotFound()


@csrf_exempt
def give_autodiscover(request: HttpRequest) -> HttpResponseBase:
    """Outlook: by POST with its XML; by GET, only a person comes, who is told what is there."""
    if refused := _too_many(request):
        return refused
    if request.method == "POST":
        try:
            size = int(request.headers.get("Content-Length", 0))
        except ValueError:
            return HttpResponse(status=400)
        if size > documents.LARGEST_REQUEST:
            return HttpResponse(status=413)
        asked = documents.address_asked(request.body)
    elif request.method in ("GET", "HEAD"):
        asked = request.GET.get("Email", request.GET.get("email", ""))[:320]
    else:
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    domain, here = _domain_of(asked), getattr(request, "mail_domain", None)
    if domain is None or (here is not None and here.beneficiary_id != domain.beneficiary_id):
        return HttpResponse(status=400 if request.method == "POST" else 404)
    response = _answered(documents.autodiscover(addresses.read_address(asked), domain))
    response["Cache-Control"] = "no-store"
    return response


def give_mta_sts(request: HttpRequest) -> HttpResponseBase:
    """The policy of our servers, the same for every domain of ours; asked for at `mta-sts.` only."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if getattr(request, "mail_domain", None) is None:
        return HttpResponseNotFound()
    return _answered(documents.mta_sts(), "text/plain; charset=us-ascii")


# What answers at the hosts of the mail: everything else there is a 404.
ANSWERS: dict[str, dict[str, Callable[[HttpRequest], HttpResponseBase]]] = {
    "autoconfig": {
        "/mail/config-v1.1.xml": give_autoconfig,
        "/.well-known/autoconfig/mail/config-v1.1.xml": give_autoconfig,
    },
    "autodiscover": {"/autodiscover/autodiscover.xml": give_autodiscover},
    "mta-sts": {"/.well-known/mta-sts.txt": give_mta_sts},
}


class MailHosts:
    """The hosts of the mail, as the sorting of requests asks about them (`SOCLE_OTHER_HOSTS`)."""

    def knows(self, host: str) -> bool:
        """Whether this host is one of ours: it may then have a certificate."""
        return domain_of_host(host) is not None

    def answer(self, host: str, request: HttpRequest) -> HttpResponseBase | None:
        """Answer a request made to a host of the mail, or None when the host is not one of ours."""
        domain = domain_of_host(host)
        if domain is None:
            return None
        request.mail_domain = domain  # type: ignore[attr-defined]
        # Outlook writes « /Autodiscover/Autodiscover.xml ».
        path = request.path_info.lower() if len(request.path_info) <= 200 else ""
        view = ANSWERS[host.partition(".")[0]].get(path)
        return view(request) if view is not None else HttpResponseNotFound()
