"""The behaviour of people: honest ones with their oddities, and planted fraud.

A story returns attempts. What a rule should find is a *unit*: the planted fraud for rules that
suspect (`score.SUSPICIONS`), the fact itself for rules that state one (`score.FACTS`), about any
person.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulate.figures import FURTHER_MEMBER, LARGE_FARM, Shares
from tests.simulate.payloads import Attempt
from tests.simulate.world import Device, Line, Person, World

DAY = 86_400_000
HOUR = 3_600_000
MINUTE = 60_000
START = 1_767_225_600_000  # 2026-01-01
SPAN_DAYS = 120
SHARES = Shares()

KIOSKS = tuple(f"kiosk-{n}-0123456789abcdef" for n in range(4))
"""Devices that the company has put on its list."""


class Teller:
    """Generates stories about one person or ring after the other."""

    def __init__(self, world: World) -> None:
        self.world, self.rng = world, world.rng

    def count(self, expected: float) -> int:
        """A whole number that is so much on average."""
        whole = int(expected)
        return whole + (self.rng.random() < expected - whole)

    def vendor(self) -> str:
        return self.rng.choices(("didit", "aiprise", "alice", "idwise"), (50, 30, 10, 10))[0]

    def placing(self) -> str:
        """A vendor that places addresses and documents."""
        return self.rng.choices(("didit", "aiprise"), (6, 4))[0]

    def moment(self) -> int:
        return START + self.rng.randrange(SPAN_DAYS * DAY)

    def subject(self) -> str:
        return f"customer-{self.world.number()}"

    def attempt(
        self,
        person: Person,
        subject: str,
        at: int,
        *,
        vendor: str | None = None,
        device: Device | None = None,
        line: Line | None = None,
        decision: str = "approved",
        units: dict[str, str] | None = None,
        honest: bool = True,
        session: str | None = None,
        face_of: tuple[str, str] | None = None,
    ) -> Attempt:
        session = session or f"session-{self.world.number()}"
        device = device or self.world.device()
        line = line or self.world.honest_line(person.home, device)
        units = dict(units or {})
        vendor = vendor or self.vendor()
        if line.hidden and vendor in ("didit", "aiprise"):  # the others say nothing of networks
            units["anonymous_ip"] = session
        return Attempt(
            at, vendor, session, subject, person, self.world.seen(device), line, decision,
            units, honest, face_of,
        )  # fmt: skip

    # -- honest people -------------------------------------------------------------------------

    def ordinary(self) -> Iterator[Attempt]:
        """Verifies; one in five tries again within minutes, often on another network."""
        person, subject, device = self.world.person(), self.subject(), self.world.device()
        vendor, at = self.vendor(), self.moment()
        first = self.attempt(person, subject, at, vendor=vendor, device=device)
        tries_again = self.rng.random() < 0.2
        yield first._replace(decision="declined" if tries_again else "approved")
        if tries_again and self.rng.random() < 0.3:
            units = {**first.units, "decision_reversed": first.session}
            yield first._replace(at=at + 20 * MINUTE, decision="approved", units=units)
        if tries_again:
            line = first.line if self.rng.random() < 0.6 else None
            again = at + self.rng.randrange(2 * MINUTE, 3 * HOUR)
            yield self.attempt(person, subject, again, vendor=vendor, device=device, line=line)

    def households(self) -> Iterator[Attempt]:
        """One home, one device, one vendor, two adults or more; all in one evening or on days of
        their own.
        """
        home, device, vendor = self.world.city(), self.world.device(), self.vendor()
        people = 2
        while self.rng.random() < FURTHER_MEMBER:
            people += 1
        line = self.world.honest_line(home, device)
        evening = self.moment() if self.rng.random() < 0.3 else None
        for n in range(people):
            person = self.world.person(home)
            at = evening + n * 20 * MINUTE if evening else self.moment()
            yield self.attempt(person, self.subject(), at, vendor=vendor, device=device, line=line)

    def roaming(self) -> Iterator[Attempt]:
        """Abroad with the SIM of home, so the address is of home; one in twenty uses Wi-Fi then."""
        person, subject, device = self.world.person(), self.subject(), self.world.device()
        at, vendor = self.moment(), self.placing()
        line = self.world.line(person.home, "mobile")
        yield self.attempt(person, subject, at, vendor=vendor, device=device, line=line)
        if self.rng.random() < 0.05:
            wifi = self.world.line(self.world.far_city(person.home), "fixed")
            later = at + self.rng.randrange(HOUR, 20 * HOUR)
            yield self.attempt(person, subject, later, vendor=vendor, device=device, line=wifi)

    def new_name(self) -> Iterator[Attempt]:
        """Married: the surname changes, the subject does not."""
        person, subject, device = self.world.person(), self.subject(), self.world.device()
        at = self.moment()
        yield self.attempt(person, subject, at, device=device)
        married = person._replace(last=f"{person.last}-Berg", document=f"Y{person.document[1:]}")
        yield self.attempt(married, subject, at + 30 * DAY, device=device)

    def registered_again(self) -> Iterator[Attempt]:
        """Forgot the first account."""
        person, device, at = self.world.person(), self.world.device(), self.moment()
        yield self.attempt(person, self.subject(), at, device=device)
        yield self.attempt(person, self.subject(), at + 20 * DAY, device=device)

    def abroad(self) -> Iterator[Attempt]:
        person = self.world.person()
        line = self.world.line(self.world.far_city(person.home))
        yield self.attempt(person, self.subject(), self.moment(), vendor=self.placing(), line=line)

    def reversed_by_hand(self) -> Iterator[Attempt]:
        first = self.attempt(self.world.person(), self.subject(), self.moment(), vendor="didit")
        yield first
        units = {**first.units, "decision_reversed": first.session}
        yield first._replace(at=first.at + DAY, decision="declined", units=units)

    def lapsed(self) -> Iterator[Attempt]:
        first = self.attempt(self.world.person(), self.subject(), self.moment(), vendor="didit")
        yield first
        units = {**first.units, "verification_lapsed": first.session}
        yield first._replace(at=first.at + 60 * DAY, decision="expired", units=units)

    def second_vendor(self) -> Iterator[Attempt]:
        """Checked twice, with one result."""
        person, subject, device = self.world.person(), self.subject(), self.world.device()
        at, line = self.moment(), self.world.honest_line(person.home, device)
        for n, vendor in enumerate(("didit", "idwise")):
            told = {"vendor": vendor, "device": device, "line": line}
            yield self.attempt(person, subject, at + n * HOUR, **told)  # type: ignore[arg-type]

    def at_a_kiosk(self) -> Iterator[Attempt]:
        kiosk = self.rng.choice(KIOSKS)
        device = Device(kiosk, "Acme", "Kiosk")
        line = self.world.line(self.world.person().home, "fixed")
        yield self.attempt(
            self.world.person(line.city), self.subject(), self.moment(), vendor="didit",
            device=device, line=line,
        )  # fmt: skip

    # -- planted -------------------------------------------------------------------------------

    def farm(self) -> Iterator[Attempt]:
        """One device, five invented people or many, one after the other; half hide it."""
        name, device = f"farm-{self.world.number()}", self.world.device()
        at, vendor, place = self.moment(), self.placing(), self.world.city()
        units = {"duplicate_device": name}
        people = self.rng.randint(5, 15)
        if self.rng.random() < LARGE_FARM:
            people = self.rng.randint(25, 40)
            units["shared_device"] = name
        for _ in range(people):
            at += self.rng.randrange(5 * MINUTE, 5 * HOUR)
            line = self.world.line(place, "fixed")
            if self.rng.random() < 0.5:
                line = line._replace(anonymous=True, hidden=True)
            decision = "declined" if self.rng.random() < 0.4 else "approved"
            yield self.attempt(
                self.world.person(place), self.subject(), at, vendor=vendor, device=device,
                line=line, units=units, honest=False, decision=decision,
            )  # fmt: skip

    def far_document(self) -> Iterator[Attempt]:
        """Another person's document, used from another part of the world."""
        person = self.world.person()
        line = self.world.line(self.world.far_city(person.home))
        session = f"session-{self.world.number()}"
        rule = "ip_country_mismatch" if line.country_only else "ip_distance"
        yield self.attempt(
            person, self.subject(), self.moment(), vendor=self.placing(), line=line,
            session=session, units={rule: session}, honest=False,
        )  # fmt: skip

    def reused_identity(self) -> Iterator[Attempt]:
        """One document under two to five subjects, each from a device of its own."""
        person, at = self.world.person(), self.moment()
        units = {"same_person": f"identity-{self.world.number()}"}
        for _ in range(self.rng.randint(2, 5)):
            at += self.rng.randrange(HOUR, 10 * DAY)
            yield self.attempt(
                person, self.subject(), at, vendor=self.placing(), units=units, honest=False,
                line=self.world.line(person.home),
            )  # fmt: skip

    def shopper(self) -> Iterator[Attempt]:
        """Declined by one vendor, approved by another within days."""
        person, subject, device = self.world.person(), self.subject(), self.world.device()
        units = {"vendors_disagree": f"shopper-{self.world.number()}"}
        at, line = self.moment(), self.world.line(person.home)
        first, second = self.rng.sample(("didit", "aiprise", "idwise"), 2)
        for vendor, decision in ((first, "declined"), (second, "approved")):
            yield self.attempt(
                person, subject, at, vendor=vendor, device=device, line=line,
                decision=decision, units=units, honest=False,
            )  # fmt: skip
            at += self.rng.randrange(HOUR, 5 * DAY)

    def passed_on(self) -> Iterator[Attempt]:
        """An account is used at home, and within the hour from another part of the world."""
        person, subject, at = self.world.person(), self.subject(), self.moment()
        unit = {"impossible_travel": f"passed-on-{self.world.number()}"}
        here = self.world.line(person.home, "fixed")._replace(country_only=False)
        there = self.world.line(self.world.far_city(person.home), "fixed")
        there = there._replace(country_only=False)
        vendor = self.placing()
        yield self.attempt(person, subject, at, vendor=vendor, line=here, units=unit, honest=False)
        session = f"session-{self.world.number()}"
        yield self.attempt(
            person, subject, at + self.rng.randrange(10 * MINUTE, 60 * MINUTE), vendor=vendor,
            line=there, session=session, units={**unit, "ip_distance": session}, honest=False,
        )  # fmt: skip

    def known_face(self) -> Iterator[Attempt]:
        """The vendor has seen the face under another customer's id."""
        session = f"session-{self.world.number()}"
        person = self.world.person()
        yield self.attempt(
            person, self.subject(), self.moment(), vendor="didit", session=session,
            line=self.world.line(person.home), face_of=(f"other-{session}", self.subject()),
            units={"duplicate_identity": session}, honest=False,
        )  # fmt: skip

    def unknown_kiosk(self) -> Iterator[Attempt]:
        """A branch's tablet that is on no list; its customers are honest."""
        device, city = self.world.device(), self.world.city()
        line, at = self.world.line(city, "fixed"), self.moment()
        units = {"shared_device": f"kiosk-{self.world.number()}"}
        for _ in range(self.rng.randint(30, 60)):
            at += self.rng.randrange(10 * MINUTE, 4 * HOUR)
            yield self.attempt(
                self.world.person(city), self.subject(), at, vendor="didit", device=device,
                line=line, units=units,
            )  # fmt: skip


def population(seed: int, honest: int, shares: Shares = SHARES) -> list[Attempt]:
    """All attempts about `honest` honest people and the fraud among them, by time."""
    teller = Teller(World(seed))
    told = [
        attempt._replace(story=story)
        for story in shares.__struct_fields__
        for _ in range(teller.count(getattr(shares, story) * honest / 1000))
        for attempt in getattr(teller, story)()
    ]
    alone = len({a.subject for a in told if a.honest})
    told += [a for _ in range(honest - alone) for a in teller.ordinary()]
    return sorted(told, key=lambda attempt: attempt.at)
