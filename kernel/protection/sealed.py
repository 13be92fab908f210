"""The Python value of a protected column: a token that prints as its mask and opens only when told to."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any, NoReturn, Self

from kernel.protection.masks import HIDDEN, MaskKind, mask
from kernel.protection.provider import ProtectionError, open_sealed, seal

# Digests live only inside one process, so their key need not be kept.
_DIGEST_KEY = secrets.token_bytes(32)


class Sealed:
    """One protected value, as ciphertext.

    `str()` and `repr()` give the mask, `reveal()` the plaintext (the caller has asked for the right and logs the
    purpose). Equal when the plaintexts are equal. Refuses to be pickled or written as JSON, so that it reaches no
    cache, session, task argument or response by accident. Templates cannot call `reveal()`.
    """

    __slots__ = ("context", "is_new", "kind", "token")

    token: bytes
    context: str
    kind: MaskKind
    is_new: bool

    def __init__(self, token: bytes, *, context: str, kind: MaskKind = "hidden", is_new: bool = False) -> None:
        self.token = token
        self.context = context
        self.kind = kind
        self.is_new = is_new  # sealed from plaintext in this process, therefore not validated yet

    @classmethod
    def from_plaintext(cls, plaintext: str, *, context: str, kind: MaskKind = "hidden") -> Self:
        """Seal a plaintext for one column."""
        return cls(seal(plaintext, context=context), context=context, kind=kind, is_new=True)

    def reveal(self) -> str:
        """The plaintext; ProtectionError when the token does not open."""
        return open_sealed(self.token, context=self.context)

    # Django templates skip anything marked so: a page shows the mask even if somebody writes `.reveal`.
    reveal.alters_data = True  # type: ignore[attr-defined]

    def matches(self, plaintext: str) -> bool:
        """Whether this is the given plaintext."""
        return hmac.compare_digest(self.reveal().encode("utf-8"), plaintext.encode("utf-8"))

    def sealed_for(self, context: str, kind: MaskKind) -> Sealed:
        """The same value as a token of another column; itself when it belongs there already."""
        if context == self.context:
            return self
        return Sealed.from_plaintext(self.reveal(), context=context, kind=kind)

    def _digest(self) -> bytes:
        return hmac.digest(_DIGEST_KEY, self.reveal().encode("utf-8"), hashlib.sha256)

    def __str__(self) -> str:
        return mask(self.kind, self.reveal())

    def __repr__(self) -> str:
        # A traceback must print even when the keys are gone.
        try:
            return f"<Sealed {self}>"
        except ProtectionError:
            return f"<Sealed {HIDDEN}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sealed):
            return NotImplemented
        if self.token == other.token and self.context == other.context:
            return True
        return hmac.compare_digest(self._digest(), other._digest())

    def __hash__(self) -> int:
        return hash(self._digest())

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a sealed value cannot be pickled: pass the row's id and read it again")
