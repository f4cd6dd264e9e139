"""People are asked in, get roles, leave; each logs in, and keeps what they log in with."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import F, Q
from django.utils.text import slugify

from onorder.errors import BadInput, NotFound, OnOrderError
from onorder.ledger.journal import Journal
from onorder.models import Guesses, Person, RecoveryCode, Session, Shop
from onorder.queue.setup import NotSetUp, known_zone
from onorder.rules.entering import CodeAskedOf, Role

_LONGEST_SESSION_DAYS = 90
_UNUSABLE = "!"  # What the password of somebody begins with who has not set one yet.


class LastOwner(OnOrderError):
    code = "last_owner"
    sentence = "{name} is the last owner who can log in."
    remedy = "Make somebody else an owner first."


class AddressTaken(OnOrderError):
    code = "address_taken"
    sentence = "Somebody with the e-mail address {email} works here already."
    remedy = "Look for them among the people, or give another address."


class CodeUsed(OnOrderError):
    code = "code_used"
    sentence = "This code was used already."
    remedy = "Wait for the next one."


@dataclass(frozen=True, slots=True)
class Ways:
    """How somebody likes the desk. What is empty follows the browser, the shop, the system."""

    language: str = ""
    time_zone: str = ""
    theme: str = ""
    has_keys: bool = True

    def __post_init__(self) -> None:
        if self.time_zone:
            known_zone(self.time_zone)


@transaction.atomic(durable=True)
def invite(name: str, email: str, roles: Collection[str], *, by: str, now: datetime) -> str:
    """Let somebody work here as soon as they have chosen a password.

    Returns:
        The name that they log in with, made of their own.

    Raises:
        AddressTaken: somebody has this e-mail address.
        BadInput: no name, no address, or no role that there is.
    """
    name, email = name.strip(), email.strip()
    _check(name, email)
    known = _known(roles)
    _one_at_a_time()
    _check_address_is_free(email)
    person = User(username=_free_username(name), first_name=name, email=email)
    person.set_unusable_password()
    person.save()
    person.groups.set(_groups(known))
    _record("person_invited", person, {"roles": known}, by=by, now=now)
    return person.username


@transaction.atomic(durable=True)
def hand_out_link(person: str, *, by: str, now: datetime) -> None:
    """Note that somebody was given a link to set a password with.

    Raises:
        NotFound: nobody who may work here has this name.
    """
    found = _person(person)
    if not found.is_active:
        raise NotFound(what="person", name=person)
    _record("password_link", found, {}, by=by, now=now)


@transaction.atomic(durable=True)
def set_roles(person: str, roles: Collection[str], *, by: str, now: datetime) -> None:
    """Let somebody do what these roles may, and nothing else.

    Raises:
        NotFound: nobody has this name.
        LastOwner: nobody who can log in would be an owner any more.
        BadInput: no role that there is.
    """
    known = _known(roles)
    _one_at_a_time()
    found = _person(person)
    before = _roles(found)
    if set(known) == set(before):
        return
    if Role.OWNER not in known:
        _check_another_owner(found)
        User.objects.filter(pk=found.pk).update(is_superuser=False, is_staff=False)
    found.groups.set(_groups(known))
    _record("roles_changed", found, {"before": before, "after": known}, by=by, now=now)


@transaction.atomic(durable=True)
def deactivate(person: str, *, by: str, now: datetime) -> None:
    """Let somebody in no more; wherever they are logged in, it ends. What they did stays theirs.

    Raises:
        NotFound: nobody has this name.
        LastOwner: nobody who can log in would be an owner any more.
    """
    _one_at_a_time()
    found = _person(person)
    if not found.is_active:
        return
    _check_another_owner(found)
    User.objects.filter(pk=found.pk).update(is_active=False)
    ended, _ = Session.objects.filter(user=found).delete()
    _record("person_deactivated", found, {"sessions": ended}, by=by, now=now)


@transaction.atomic(durable=True)
def reactivate(person: str, *, by: str, now: datetime) -> None:
    """Let somebody in again, with the roles they had.

    Raises:
        NotFound: nobody has this name.
    """
    found = _person(person)
    if not found.is_active:
        User.objects.filter(pk=found.pk).update(is_active=True)
        _record("person_reactivated", found, {}, by=by, now=now)


@transaction.atomic(durable=True)
def set_account(person: str, name: str, email: str, ways: Ways, *, by: str, now: datetime) -> None:
    """Change what somebody is called, where mail reaches them, and how they like the desk.

    Raises:
        NotFound: nobody has this name.
        AddressTaken: somebody else has this e-mail address.
        BadInput: no name, or an unknown time zone.
    """
    name, email = name.strip(), email.strip()
    if not name:
        raise BadInput(what="Account", problem="has no name", remedy="Give one.")
    _one_at_a_time()
    found = _person(person)
    if email.casefold() != found.email.casefold():
        _check_address_is_free(email)
    changed = [field for field, value in (("name", name), ("email", email)) if value != _told(found, field)]
    User.objects.filter(pk=found.pk).update(first_name=name, last_name="", email=email)
    row, _ = Person.objects.get_or_create(user=found)
    for field, value in asdict(ways).items():
        if getattr(row, field) != value:
            setattr(row, field, value)
            changed.append(field)
    if changed:
        row.save()
        _record("account_changed", found, {"changed": changed}, by=by, now=now)


@transaction.atomic(durable=True)
def set_password(person: str, hashed: str, *, keep: str = "", by: str, now: datetime) -> None:
    """Give somebody another password. Wherever they are logged in, it ends; guesses at the old one are forgotten.

    Args:
        hashed: as Django's hashers make it. Not made here: that takes long, and nobody can write meanwhile.
        keep: the key of the session that stays.

    Raises:
        NotFound: nobody who may work here has this name.
    """
    found = _person(person)
    if not User.objects.filter(pk=found.pk, is_active=True).update(password=hashed):
        raise NotFound(what="person", name=person)
    ended, _ = Session.objects.filter(user=found).exclude(session_key=keep).delete()
    Guesses.objects.filter(user=found).delete()
    _record("password_set", found, {"sessions": ended}, by=by, now=now)


@transaction.atomic(durable=True)
def enter(person: str, *, step: int | None = None, recovery: str = "", by: str, now: datetime) -> None:
    """Log in, with what the second factor gave, which is thereby used up.

    Args:
        step: the time step of a code from the authenticator.
        recovery: the digest of a recovery code.

    Raises:
        NotFound: nobody who may work here has this name.
        CodeUsed: somebody else was faster with the same code, or it is too old by now.
    """
    found = _person(person)
    if not found.is_active:
        raise NotFound(what="person", name=person)
    how = "password"
    if step is not None:
        how = "code"
        if not Person.objects.filter(user=found, code_step__lt=step).update(code_step=step):
            raise CodeUsed
    elif recovery:
        how = "recovery code"
        codes = RecoveryCode.objects.filter(person__user=found, digest=recovery, used_at__isnull=True)
        if not codes.update(used_at=now):
            raise CodeUsed
    _record("logged_in", found, {"with": how}, by=by, now=now)


@transaction.atomic(durable=True)
def turn_on_codes(
    person: str, salt: str, step: int, recovery: Collection[str], *, keep: str = "", by: str, now: datetime
) -> None:
    """Ask somebody for a code from now on, made with this salt. Wherever else they are logged in, it ends.

    Args:
        step: the time step of the code that proved it works.
        recovery: digests of the recovery codes that they were given; older ones count no more.
        keep: the key of the session that stays.

    Raises:
        NotFound: nobody has this name.
    """
    found = _person(person)
    values = {"code_salt": salt, "code_since": now, "code_step": step}
    row, _ = Person.objects.update_or_create(user=found, defaults=values)
    _replace_recovery(row, recovery)
    ended, _ = Session.objects.filter(user=found).exclude(session_key=keep).delete()
    _record("codes_turned_on", found, {"sessions": ended}, by=by, now=now)


@transaction.atomic(durable=True)
def turn_off_codes(person: str, *, by: str, now: datetime) -> None:
    """Ask somebody for the password alone, because they lost what made the codes or want another.

    Raises:
        NotFound: nobody has this name.
    """
    found = _person(person)
    on = Person.objects.filter(user=found).exclude(code_salt="")
    if on.update(code_salt="", code_since=None):
        RecoveryCode.objects.filter(person__user=found).delete()
        _record("codes_turned_off", found, {}, by=by, now=now)


@transaction.atomic(durable=True)
def renew_recovery_codes(person: str, recovery: Collection[str], *, by: str, now: datetime) -> None:
    """Give somebody new recovery codes (their digests); the old ones count no more.

    Raises:
        NotFound: nobody has this name, or they need no codes.
    """
    found = _person(person)
    row = Person.objects.filter(user=found).exclude(code_salt="").first()
    if row is None:
        raise NotFound(what="second factor of", name=person)
    _replace_recovery(row, recovery)
    _record("recovery_codes_renewed", found, {}, by=by, now=now)


@transaction.atomic(durable=True)
def end_sessions(person: str, *, only: Collection[str] | None = None, keep: str = "", by: str, now: datetime) -> int:
    """Log somebody out where they are logged in: everywhere, in these sessions only, or everywhere but in one.

    Raises:
        NotFound: nobody has this name.
    """
    found = _person(person)
    sessions = Session.objects.filter(user=found).exclude(session_key=keep)
    if only is not None:
        sessions = sessions.filter(session_key__in=list(only))
    ended, _ = sessions.delete()
    if ended:
        _record("sessions_ended", found, {"sessions": ended}, by=by, now=now)
    return ended


@transaction.atomic(durable=True)
def lift_lockout(guesses: int, *, by: str, now: datetime) -> None:
    """Let somebody try to log in again at once.

    Raises:
        NotFound: nobody waits under this key.
    """
    found = Guesses.objects.filter(pk=guesses, until_at__isnull=False).first()
    if found is None:
        raise NotFound(what="lockout", name=guesses)
    found.delete()
    journal = Journal(by=by, at=now)
    subject = f"person:{found.user_id}" if found.user_id else "shop:1"
    journal.record("lockout_lifted", subject, {"lane": found.lane, "failures": found.failures})
    journal.write()


@transaction.atomic(durable=True)
def set_entry(code_asked_of: CodeAskedOf, session_days: int, *, by: str, now: datetime) -> None:
    """Set of whom a code is asked, and after how many idle days a session ends, those that are open included.

    Raises:
        BadInput: sessions that end at once, or hardly ever.
        NotSetUp: there is no shop.
    """
    if not 1 <= session_days <= _LONGEST_SESSION_DAYS:
        raise BadInput(
            what="Idle sessions",
            problem="{days} is not a number of days",
            remedy="Give 1 to {most} days.",
            days=session_days,
            most=_LONGEST_SESSION_DAYS,
        )
    values = {"code_asked_of": str(code_asked_of), "session_days": session_days}
    if not Shop.objects.filter(pk=1).update(**values):
        raise NotSetUp
    Session.objects.filter(user__isnull=False).update(expire_date=F("seen_at") + timedelta(days=session_days))
    journal = Journal(by=by, at=now)
    journal.record("entry_changed", "shop:1", values)
    journal.write()


def _person(username: str) -> User:
    found = User.objects.filter(username=username).first()
    if found is None:
        raise NotFound(what="person", name=username)
    return found


def _record(kind: str, person: User, data: dict[str, object], *, by: str, now: datetime) -> None:
    journal = Journal(by=by, at=now)
    journal.record(kind, f"person:{person.pk}", data)
    journal.write()


def _roles(person: User) -> list[str]:
    """The roles of somebody, the mightiest first. A superuser is an owner."""
    names = set(person.groups.values_list("name", flat=True)) | ({"owner"} if person.is_superuser else set())
    return [str(role) for role in Role if role in names]


def _known(roles: Iterable[str]) -> list[str]:
    wanted = set(roles)
    if not wanted or wanted - set(Role):
        raise BadInput(what="Roles", problem="none that there is was chosen", remedy="Choose at least one.")
    return [str(role) for role in Role if role in wanted]


def _groups(roles: Iterable[str]) -> list[Group]:
    return [Group.objects.get_or_create(name=role)[0] for role in roles]


def _one_at_a_time() -> None:
    """Make whoever else changes who works here wait: of two owners who demote each other, one stays."""
    Group.objects.get_or_create(name=Role.OWNER)
    list(Group.objects.select_for_update().filter(name=Role.OWNER))


def _check_another_owner(person: User) -> None:
    owners = User.objects.filter(Q(is_superuser=True) | Q(groups__name=Role.OWNER), is_active=True)
    able = set(owners.exclude(password__startswith=_UNUSABLE).values_list("pk", flat=True))
    if able == {person.pk}:
        raise LastOwner(name=person.get_full_name() or person.username)


def _check(name: str, email: str) -> None:
    if not name or not email:
        raise BadInput(what="Person", problem="has no name or no e-mail address", remedy="Give both.")


def _check_address_is_free(email: str) -> None:
    if email and User.objects.filter(email__iexact=email).exists():
        raise AddressTaken(email=email)


def _free_username(name: str) -> str:
    wished = slugify(name).replace("-", ".")[:30] or "person"
    taken = set(User.objects.filter(username__istartswith=wished).values_list("username", flat=True))
    folded = {username.casefold() for username in taken}
    tries = (wished, *(f"{wished}{number}" for number in range(2, len(folded) + 3)))
    return next(username for username in tries if username not in folded)


def _told(person: User, field: str) -> str:
    return person.get_full_name() if field == "name" else person.email


def _replace_recovery(row: Person, digests: Iterable[str]) -> None:
    RecoveryCode.objects.filter(person=row).delete()
    RecoveryCode.objects.bulk_create([RecoveryCode(person=row, digest=one) for one in digests])
