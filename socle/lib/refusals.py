"""A refusal is a French sentence with its remedy, said once by a rule and shown by whoever asked."""


class Said(Exception):
    """Base of the errors that say what happened: `sentence` is French, complete, and may be shown as it is."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Refused(Said):
    """Raised by an action when its rule refuses."""


class Failure(Said):
    """Base of what an outside system did not do; `is_lasting` says that retrying is useless."""

    def __init__(self, sentence: str, *, is_lasting: bool = False) -> None:
        super().__init__(sentence)
        self.is_lasting = is_lasting


def refuse(sentence: str | None) -> None:
    """Raise `Refused` when a rule answered a sentence; do nothing when it answered None."""
    if sentence is not None:
        raise Refused(sentence)
