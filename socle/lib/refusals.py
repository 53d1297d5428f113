"""A refusal is a French sentence with its remedy, said once by a rule and shown by whoever asked."""


class Refused(Exception):
    """Raised by an action when its rule refuses. `sentence` is French, complete, and may be shown as it is."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def refuse(sentence: str | None) -> None:
    """Raise `Refused` when a rule answered a sentence; do nothing when it answered None."""
    if sentence is not None:
        raise Refused(sentence)
