"""Keys: one for each person and purpose, in a file of their own, so that one can be destroyed."""

import os
import re
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from random import Random
from typing import Annotated, Any, Final, NoReturn, Self

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from esdemo.errors import EsdemoError, NotAStore, NotFound
from esdemo.stores.sqlite.troubles import explained

OWNER: Final = r"[A-Za-z0-9_.-]{1,60}/[A-Za-z0-9_.-]{1,60}"
PATTERN: Final = rf"^private:{OWNER}:[A-Za-z0-9_-]{{80,}}$"
Token = Annotated[str, msgspec.Meta(pattern=PATTERN)]
"""What a fact holds in place of somebody's name: it names the key, and is noise without it.

As the type of a field it also keeps plain text out: a store refuses what is not a token.
"""
FORGOTTEN: Final = "[forgotten]"
"""What is shown where a key was destroyed."""
APPLICATION_ID: Final = 0x6573646B  # "esdk": a file of keys, and of nothing else
KEY, NONCE, BLOCK = 32, 12, 32  # bytes: AES-256, what GCM takes, and what lengths are rounded to
SCHEMA: Final = f"""BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS keys (owner TEXT PRIMARY KEY, key BLOB) STRICT;
PRAGMA application_id = {APPLICATION_ID}; COMMIT"""
_TOKEN: Final = re.compile(PATTERN)


class Forgotten(EsdemoError):
    """Something new about an owner whose key was destroyed: there is no key to hide it with."""


class NotAToken(EsdemoError, ValueError):
    """A string that `hide` did not make, or that was changed since."""


def seeded(seed: int) -> Callable[[int], bytes]:
    """Bytes that are the same on every run: for a course, whose outputs are compared.

    Never for real data. Whoever knows the seed has every key; and a program that starts again
    with the same seed uses a nonce twice with one key, after which AES-GCM hides nothing.
    """
    return Random(seed).randbytes


class Keys:
    """A key for each owner, `"person/purpose"`, made when it is first needed.

    path: a file apart from the log, and apart from its backups; in memory by default. random:
    where keys and nonces come from, a function from a number to so many bytes; the system's own
    source unless a course needs the same bytes again (`seeded`). Nothing is remembered outside of
    the file, so a key that another process destroys is gone here too.

    An owner's name stands in every token, and stays: it must not name anybody. Use a number.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = ":memory:",
        *,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.path = os.path.expanduser(os.fspath(path))
        self._random = random
        try:
            self._db = sqlite3.connect(self.path, isolation_level=None)
        except sqlite3.Error as error:
            raise explained(self.path, error) from error
        try:
            self._identify()
        except BaseException:
            self._db.close()
            raise

    def _identify(self) -> None:
        try:
            (made_by,) = self._db.execute("PRAGMA application_id").fetchone()
            (tables,) = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if made_by != APPLICATION_ID and (made_by or tables):
                raise NotAStore(f"{self.path} was made by another program: name another file")
            self._db.execute("PRAGMA secure_delete = ON")  # a page keeps nothing of what it held
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(SCHEMA)
        except sqlite3.Error as error:
            raise explained(self.path, error) from error

    def hide(self, owner: str, text: str) -> str:
        """A token for a text about somebody, to stand in events and commands in its place.

        Hidden twice, a text gives two tokens; so hide it once, and repeat the command that holds
        the token, not the text. Lengths are rounded up to 32 bytes. Raises Forgotten when the
        owner's key was destroyed.
        """
        self._check_owner(owner)
        plain = _padded(text)
        key = self._key(owner) or self._make(owner)
        nonce = self._random(NONCE)
        sealed = nonce + AESGCM(key).encrypt(nonce, plain, owner.encode())
        return f"private:{owner}:{urlsafe_b64encode(sealed).rstrip(b'=').decode()}"

    def reveal(self, token: str) -> str | None:
        """The text behind a token; None where its key was destroyed.

        Raises NotAToken for what is none, or was changed; and NotFound for one of other keys,
        since that is a mistake, and not somebody who was forgotten.
        """
        owner = owner_of(token)
        key = self._key(owner)
        if key is None:
            return None if owner in self.destroyed() else self._unknown(owner)
        code = token.rpartition(":")[2]
        sealed = urlsafe_b64decode(code + "=" * (-len(code) % 4))
        try:
            plain = AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], owner.encode())
        except InvalidTag:
            raise NotAToken(f"{token:.60}... was changed, or hidden with another key") from None
        return plain.rstrip(b"\0")[:-1].decode()

    def shown(self, token: str) -> str:
        """The text behind a token, or FORGOTTEN."""
        text = self.reveal(token)
        return FORGOTTEN if text is None else text

    def destroy(self, owner: str) -> bool:
        """Destroy a key. What it hid cannot be read any more, here or in any copy.

        Returns whether there was one; a second time changes nothing. The owner stays on the list
        of the destroyed, so no new key can be made under that name.
        """
        self._check_owner(owner)
        there = self._key(owner) is not None
        self._rows("INSERT OR IGNORE INTO keys VALUES (?, NULL)", owner)
        self._rows("UPDATE keys SET key = NULL WHERE owner = ?", owner)
        return there

    def owners(self, person: str | None = None) -> list[str]:
        """All owners, or those of one person, also those whose keys were destroyed."""
        found = [owner for (owner,) in self._rows("SELECT owner FROM keys ORDER BY owner")]
        return [owner for owner in found if person in (None, owner.partition("/")[0])]

    def destroyed(self) -> set[str]:
        """The owners whose keys were destroyed."""
        return {owner for (owner,) in self._rows("SELECT owner FROM keys WHERE key IS NULL")}

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        owners, gone = self.owners(), self.destroyed()
        return f"Keys({len(owners) - len(gone)} of {len(owners)} still there)"

    def _make(self, owner: str) -> bytes:
        """The owner's first key, or the one that another process was faster to make."""
        self._rows("INSERT OR IGNORE INTO keys VALUES (?, ?)", owner, self._random(KEY))
        key = self._key(owner)
        if key is None:
            raise Forgotten(f"the key of {owner!r} was destroyed: a person who comes back is new")
        return key

    def _key(self, owner: str) -> bytes | None:
        found = self._rows("SELECT key FROM keys WHERE owner = ?", owner)
        key: bytes | None = found[0][0] if found else None
        return key

    def _rows(self, sql: str, *values: str | bytes) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise explained(self.path, error) from error

    def _unknown(self, owner: str) -> NoReturn:
        raise NotFound(f"{self.path} never had a key of {owner!r}: is it the right file?")

    @staticmethod
    def _check_owner(owner: str) -> None:
        if type(owner) is not str or not re.fullmatch(OWNER, owner):
            raise NotAToken(
                f"{owner!r:.80} is not an owner: give 'person/purpose', such as 'p-17/contact', "
                "in letters, digits, '.', '_' and '-', and no name"
            )


def _padded(text: str) -> bytes:
    """The text as bytes, so many that its length says little (ISO/IEC 7816-4's padding)."""
    try:
        plain = text.encode() + b"\x80"
    except (AttributeError, UnicodeEncodeError) as error:
        raise NotAToken(f"only strings of Unicode can be hidden: {error}") from error
    return plain + bytes(-len(plain) % BLOCK)


def owner_of(token: str) -> str:
    """Whose key a token was made with. NotAToken for what is none."""
    if type(token) is not str or not _TOKEN.fullmatch(token):
        raise NotAToken(f"{token!r:.80} is not a token: make one with keys.hide(owner, text)")
    return token.split(":")[1]


def is_token(value: object) -> bool:
    """Whether a value is a token, of whoever."""
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None
