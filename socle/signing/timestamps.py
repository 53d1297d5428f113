"""Asking for a proof of time (RFC 3161), and believing only what answers what was asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from asn1crypto import cms, tsp
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import dummy_digest
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext

from socle.signing.contract import SigningError, Trust

# Between the clock of the authority and ours: beyond, one of the two is wrong.
TOLERANCE = timedelta(minutes=5)
# A token of the last quarter of an hour says how large the next one is, and which certificates will validate it: each
# costs a request, and many authorities bill it. One is kept for each certificate: an authority may have several.
KEPT_FOR = timedelta(minutes=15)
_kept: dict[tuple[str, str], dict[bytes, tuple[datetime, cms.ContentInfo]]] = {}


class OtherCertificate(SigningError):
    """The token is good, under a certificate that the file being signed does not know."""


def forget() -> None:
    """Forget what was known of the tokens of every authority: the next signature asks again."""
    _kept.clear()


class Tokens(TimeStamper):
    """The time-stamping authority, as pyHanko asks it. Each token is checked as it comes: no lie is signed on."""

    def __init__(self, trust: Trust, context: ValidationContext, *, at: datetime) -> None:
        super().__init__(include_nonce=True)  # type: ignore[no-untyped-call]
        self.trust, self.context, self.at = trust, context, at

    async def async_dummy_response(self, md_algorithm: str) -> cms.ContentInfo:
        """Return a token of this authority as an example, the largest of those that are no older than `KEPT_FOR`."""
        known = _kept.setdefault((self.trust.authority(), md_algorithm), {})
        for certificate, (asked_at, _) in list(known.items()):
            if abs(self.at - asked_at) > KEPT_FOR:
                known.pop(certificate, None)
        if not known:
            await self.async_timestamp(dummy_digest(md_algorithm), md_algorithm)
        tokens = sorted((token for _, token in list(known.values())), key=lambda token: len(token.dump()))
        for token in tokens:
            self._register_dummy(md_algorithm, token)  # type: ignore[no-untyped-call]
        return tokens[-1]

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a token for this digest. Raises `SigningError` (French) on any answer but a good one."""
        nonce, query = self.request_cms(message_digest, md_algorithm)  # type: ignore[no-untyped-call]
        try:
            answer = tsp.TimeStampResp.load(self.trust.token(query.dump(), at=self.at), strict=True)
            status = answer["status"]["status"].native
            if status not in ("granted", "granted_with_mods"):
                raise SigningError(
                    f"L’autorité d’horodatage a refusé («\u00a0{status}\u00a0»)\u00a0: rien n’est signé."
                )
            token: cms.ContentInfo = answer["time_stamp_token"]
            info = token["content"]["encap_content_info"]["content"].parsed
            imprint, stamped = info["message_imprint"], info["gen_time"].native
            if info["nonce"].native != nonce:
                raise SigningError("L’autorité d’horodatage a répondu à une autre demande\u00a0: rien n’est signé.")
            if imprint["hashed_message"].native != message_digest or (
                imprint["hash_algorithm"]["algorithm"].native != md_algorithm
            ):
                raise SigningError("L’autorité d’horodatage a horodaté un autre contenu\u00a0: rien n’est signé.")
            if abs(stamped - self.at) > TOLERANCE:
                raise SigningError(
                    "L’heure de l’autorité d’horodatage et celle de la plateforme diffèrent de plus de cinq minutes"
                    "\u00a0: rien n’est signé. Vérifiez l’horloge de la machine."
                )
            found = await validate_tst_signed_data(token["content"], self.context, lambda _: message_digest)
        except SigningError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise SigningError(
                "La réponse de l’autorité d’horodatage est illisible\u00a0: rien n’est signé."
            ) from error
        if not (found["intact"] and found["valid"]):
            raise SigningError("Le jeton de l’autorité d’horodatage n’est pas valable\u00a0: rien n’est signé.")
        if found["trust_problem_indic"] is not None:
            raise SigningError(
                "Le certificat de l’autorité d’horodatage n’est pas reconnu (expiré, révoqué, ou d’une autorité "
                "inconnue)\u00a0: rien n’est signé."
            )
        certificate = found["signing_cert"].issuer_serial
        _kept.setdefault((self.trust.authority(), md_algorithm), {})[certificate] = (self.at, token)
        if self._certs and certificate not in self._certs:
            # The file already holds what validates another: the next one will hold both.
            raise OtherCertificate(
                "L’autorité d’horodatage a répondu sous un autre certificat que d’habitude\u00a0: rien n’est signé. "
                "Recommencez."
            )
        return token
