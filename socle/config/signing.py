"""The operator's seal, with which people sign in the platform, and the authorities that it asks and believes."""

from __future__ import annotations

from socle.config.environment import env

# PEM: the certificate of the seal, then those that lead to its root.
SOCLE_SEAL_CERTIFICATE = env.str("SOCLE_SEAL_CERTIFICATE", default="")
SEAL = "socle.engines.seal.engine.Seal" if SOCLE_SEAL_CERTIFICATE else ""
# Its key: a file that its owner alone reads, or a module that never gives it (PKCS#11).
SOCLE_SEAL_KEY = env.str("SOCLE_SEAL_KEY", default="")
SOCLE_SEAL_PKCS11_MODULE = env.str("SOCLE_SEAL_PKCS11_MODULE", default="")
SOCLE_SEAL_PKCS11_TOKEN = env.str("SOCLE_SEAL_PKCS11_TOKEN", default="")
SOCLE_SEAL_PKCS11_LABEL = env.str("SOCLE_SEAL_PKCS11_LABEL", default="")
SOCLE_SEAL_PKCS11_PIN = env.str("SOCLE_SEAL_PKCS11_PIN", default="")
# The time-stamping authority (RFC 3161), and the header by which it knows us, if it wants one.
SOCLE_TIMESTAMP_URL = env.str("SOCLE_TIMESTAMP_URL", default="")
SOCLE_TIMESTAMP_HEADER = env.str("SOCLE_TIMESTAMP_HEADER", default="")
# PEM: the roots believed, those of the seal, of the time stamps and of people's own certificates.
SOCLE_SIGNING_ROOTS = env.str("SOCLE_SIGNING_ROOTS", default="")
# The list of the trusted lists (ETSI TS 119 612), which say who delivers qualified certificates: none when it is empty.
SOCLE_TRUSTED_LISTS_URL = env.str("SOCLE_TRUSTED_LISTS_URL", default="")
# PEM: the certificates that may sign it; those that pyHanko knows of the European one when it is empty.
SOCLE_TRUSTED_LISTS_SIGNERS = env.str("SOCLE_TRUSTED_LISTS_SIGNERS", default="")
# The territories whose own list is read.
SOCLE_TRUSTED_LISTS = env.list("SOCLE_TRUSTED_LISTS", default=["FR"])
