"""The users file: a line a person, `name:role:argon2 hash`."""

from __future__ import annotations

import re
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Struct

from streams.config.console import Role

NAME = re.compile(r"[A-Za-z0-9._@-]{1,64}")
SHORTEST_PASSWORD = 12

_hasher = PasswordHasher()
# Who is not in the file costs as much time as who is.
_NOBODY = _hasher.hash("nobody has this password")


class UsersError(Exception):
    """The users file cannot be used; the message has the line and the reason, and no hash."""


class User(Struct, frozen=True):
    """One line of the file."""

    name: str
    role: Role
    hash: str


class Users:
    """The file, read again whenever it changes. Raises UsersError where it cannot be used."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stamp: tuple[int, int] | None = None
        self._users: dict[str, User] = {}
        self._read()

    def role(self, name: str) -> Role | None:
        """None for who is not in the file, or no more."""
        self._read()
        user = self._users.get(name)
        return user.role if user else None

    def check(self, name: str, password: str) -> bool:
        """Some 50 ms of a processor and 64 MiB, also for an unknown name."""
        self._read()
        user = self._users.get(name)
        try:
            _hasher.verify(user.hash if user else _NOBODY, password)
        except VerificationError:
            return False
        return user is not None

    def _read(self) -> None:
        try:
            stat = self._file.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            if stamp != self._stamp:
                self._users = _parse(self._file.read_text(encoding="utf-8"))
                self._stamp = stamp
        except OSError as error:
            raise UsersError(f"users_file names {self._file}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise UsersError(f"users_file names {self._file}: is no text") from error


def line(name: str, role: Role, password: str) -> str:
    """A line for the file. Raises ValueError for a name or password that it does not take."""
    if not NAME.fullmatch(name):
        raise ValueError("name people with letters, digits and . _ @ -, at most 64 of them")
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"a password has at least {SHORTEST_PASSWORD} characters")
    return f"{name}:{role}:{_hasher.hash(password)}"


def _parse(text: str) -> dict[str, User]:
    users: dict[str, User] = {}
    for number, entry in enumerate(text.splitlines(), 1):
        if not entry.strip() or entry.startswith("#"):
            continue
        name, _, rest = entry.strip().partition(":")
        role, _, hash_ = rest.partition(":")
        if not NAME.fullmatch(name) or role not in list(Role) or name in users:
            raise UsersError(f"line {number} of the users file is no name:role:hash of a new name")
        try:
            _hasher.check_needs_rehash(hash_)
        except InvalidHashError as error:
            raise UsersError(f"line {number} of the users file has no argon2 hash") from error
        users[name] = User(name, Role(role), hash_)
    return users
