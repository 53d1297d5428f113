"""Whose an e-mail address is: that of an office is kept, that of a person is not."""

from __future__ import annotations

import difflib
import re
import unicodedata


def _words(text: str) -> list[str]:
    return text.split()


# Words of an address that name an office, never a person. `maire` is the office of the mayor.
OFFICES = sorted(
    _words(
        "hoteldeville etatcivil secretariat secretaires secretaire communication administration administratifs "
        "administratif administres collectivite municipalite municipale municipal direction conseil urbanisme "
        "courrier courriel services service contacts contact communes commune com villages village ville mairies "
        "mairie mair maire cabinet cab adjoints elus accueil acceuil infos information info guichet standard generale "
        "general bureau public population dgs dg hdv etat civil hotel gestion email mail cdx webmaster nousecrire"
    ),
    key=lambda word: (-len(word), word),
)
# Surnames that look like an office.
SURNAMES = {"lemaire"}
LINKS = _words("de du des d la le les l en au aux a sur sous lez pres et")
# How the end of a name of two lines is often written here: Cambrésis.
ABBREVIATIONS = {"cis": "cambresis", "st": "saint", "ste": "sainte"}


def folded(text: str) -> str:
    """Return the text in ASCII lower case, ligatures opened."""
    text = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae")
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()


def looks_personal(email: str, commune_name: str) -> bool:
    """Say whether an address may be that of a named person; when in doubt, yes.

    An address is kept only when everything in its local part is explained: words of an office (« mairie »,
    « accueil »), the commune's name or an abbreviation of it, link words, digits. One word that is none of these
    (« carole », « dupont ») is enough to withhold it. Without an office, the name must be there from its beginning:
    « catherine@ » is not enough for Sainte-Catherine.
    """
    local = re.sub(r"\d+", "", folded(email.partition("@")[0]))
    words = [word for word in re.split(r"[^a-z]+", local) if word]
    name = _Name(commune_name)
    office = any(_strip_offices(word, name)[1] for word in words)
    rests = [_strip_offices(word, name)[0] for word in words]
    pieces = [rest for rest in rests if rest and rest not in LINKS]
    if not pieces:
        return not office
    explained = all(name.has(piece, loosely=office) for piece in pieces) or name.has("".join(pieces), loosely=office)
    begins = any(name.begins_with(piece) for piece in ("".join(pieces), *pieces))
    return not (explained and (office or begins))


def _strip_offices(word: str, name: _Name) -> tuple[str, bool]:
    """Take the words of an office off both ends of a word, stopping at the commune's name (« neuville », not « neu »);
    return what remains, and whether an office was found."""
    found = False
    while word and word not in SURNAMES and not name.has(word):
        for office in OFFICES:
            if word == office:
                return "", True
            # Short ones (« com », « dg ») would be found inside names: alone, or not at all.
            if len(office) >= 4 and (word.startswith(office) or word.endswith(office)):
                # « mairiestmichel » is « mairie » and « stmichel », not « mairies » and « tmichel ».
                if office.endswith("s") and word.startswith(office[:-1]) and name.has(word[len(office) - 1 :]):
                    return word[len(office) - 1 :], True
                word = word[len(office) :] if word.startswith(office) else word[: -len(office)]
                found = True
                break
        else:
            break
    return word, found


class _Name:
    """The ways a commune's name is written in an address."""

    def __init__(self, name: str) -> None:
        self.words = [word for word in re.split(r"[^a-z]+", folded(name)) if word]
        self.significant = [word for word in self.words if word not in LINKS] or self.words
        self.initials = {"".join(word[0] for word in words) for words in (self.words, self.significant)}
        plain = {"".join(self.words), "".join(self.significant)}
        self.whole = plain | {text.replace("sainte", "ste").replace("saint", "st") for text in plain}
        self.whole |= {text.replace("lez", "les") for text in self.whole}

    def has(self, piece: str, *, loosely: bool = False) -> bool:
        """Say whether a piece of the address is the name, a part or a usual abbreviation of it.

        `loosely`, once an office was recognised: misspellings and initials count too.
        """
        return any(self._has(candidate, loosely) for candidate in self._without_link(piece))

    def begins_with(self, piece: str) -> bool:
        """Say whether the piece is the name from its first word on."""
        return any(
            whole.startswith(candidate) or (len(whole) >= 4 and candidate.startswith(whole))
            for candidate in self._without_link(piece)
            if len(candidate) >= min(4, *(len(text) for text in self.whole))
            for whole in self.whole
        )

    @staticmethod
    def _without_link(piece: str) -> list[str]:
        links = ("dela", "des", "du", "de", "d", "la", "les", "le", "l")
        return [piece, *(piece[len(link) :] for link in links if piece.startswith(link) and piece != link)]

    def _has(self, piece: str, loosely: bool) -> bool:
        if piece in self.whole or piece in self.significant or ABBREVIATIONS.get(piece) in self.significant:
            return True
        if len(piece) >= 4 and any(text.startswith(piece) for text in (*self.whole, *self.significant)):
            return True
        # « moncheauxenpevele » for Moncheaux: the name, then where it is.
        where = "(en|sur|sous|au|aux|les|lez|de|la|le|cis|nord)"
        if any(len(text) >= 6 and re.fullmatch(f"{text}{where}[a-z]*", piece) for text in self.whole):
            return True
        # A name of short words only has none that counts.
        if not loosely or not self.significant:
            return False
        if piece in self.initials or (len(piece) == 1 and piece in {word[0] for word in self.significant}):
            return True
        first = self.significant[0]
        if len(first) >= 4 and piece == first + "".join(word[0] for word in self.significant[1:]):
            return True
        return len(piece) >= 5 and any(difflib.SequenceMatcher(None, piece, text).ratio() >= 0.8 for text in self.whole)
