"""`alcove-gateway`: sets up, serves and looks after a practice's gateway.

Exit codes: 0 done; 1 our fault; 2 wrong usage; 3 the configuration cannot be used; 4 a key's or secret's file cannot
be used; 5 no such person or device, or already there; 6 the audit chain is broken; 7 the database cannot be used;
8 the server did not start; 9 a layer's file is refused.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from gateway.config import Config, ConfigInvalid, load_config
from wire.people import Role
from wire.refusals import Refusal

if TYPE_CHECKING:  # a command that needs no key loads no cryptography
    from gateway.envelope import Envelope

T = TypeVar("T")
cli = typer.Typer(
    help="The practice's gateway: admits scribes, keeps the visit's record, stands before the EHR.",
    no_args_is_help=True,
    # Pretty tracebacks print local variables, and those hold secrets.
    pretty_exceptions_enable=False,
    add_completion=False,
)
people = typer.Typer(help="The practice's people.", no_args_is_help=True)
rooms = typer.Typer(help="The practice's exam rooms.", no_args_is_help=True)
devices = typer.Typer(help="The scribes' laptops.", no_args_is_help=True)
audit = typer.Typer(help="The audit chain.", no_args_is_help=True)
policy = typer.Typer(help="The practice's policy.", no_args_is_help=True)
phrases = typer.Typer(help="The phrases of the practice and of its providers.", no_args_is_help=True)
layers = typer.Typer(help="The providers' own ways with the templates.", no_args_is_help=True)
cli.add_typer(people, name="people")
cli.add_typer(rooms, name="rooms")
cli.add_typer(devices, name="devices")
cli.add_typer(audit, name="audit")
cli.add_typer(policy, name="policy")
cli.add_typer(phrases, name="phrases")
ForProvider = Annotated[
    str | None, typer.Option("--provider", help="A provider's account (`sub`); without it the practice's own.")
]
cli.add_typer(layers, name="layers")
ConfigFile = Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")]
DEFAULT_CONFIG = Path("gateway.toml")


class Exit(IntEnum):
    """How a command ended."""

    CONFIG = 3
    KEY_FILE = 4
    PEOPLE = 5
    AUDIT_BROKEN = 6
    DATABASE = 7
    NOT_STARTED = 8
    LAYER = 9


def _stop(code: Exit, sentence: str) -> NoReturn:
    print(f"alcove-gateway: {sentence}", file=sys.stderr)
    raise typer.Exit(int(code))


def _config(path: Path) -> Config:
    try:
        return load_config(path)
    except ConfigInvalid as problem:
        _stop(Exit.CONFIG, str(problem))


def _with_database(config: Config, work: "Callable[[Any], Coroutine[Any, Any, T]]") -> T:
    """Run work with the upgraded database, and say in words when it cannot be used."""
    from sqlalchemy.exc import SQLAlchemyError

    from gateway.store.database import Database, StorageFull

    async def run() -> T:
        database = Database.open(config.database_url)
        try:
            await database.upgrade()
            return await work(database)
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except (SQLAlchemyError, OSError, StorageFull) as error:
        _stop(Exit.DATABASE, f"the database cannot be used ({type(error).__name__})")


def _envelope(config: Config) -> "Envelope":
    """The store's envelope, by its key file."""
    from gateway.envelope import KeyFileUnusable, read_key_file

    try:
        return read_key_file(config.file(config.store.key_file))
    except KeyFileUnusable as problem:
        _stop(Exit.KEY_FILE, str(problem))


@cli.command()
def init(folder: Path) -> None:
    """Write a configuration to edit, and new key files that only you can read."""
    from gateway.setting_up import AlreadyThere, set_up

    try:
        made = set_up(folder)
    except AlreadyThere as problem:
        _stop(Exit.PEOPLE, f"{problem} is there already; nothing was changed")
    for path in made:
        print(path)
    print(f"Edit {made[0]}, put the page's client secret into page-secret, then: alcove-gateway serve -c {made[0]}")


@cli.command()
def serve(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Serve until told to stop (SIGTERM, Ctrl-C); SIGHUP reads the policy anew."""
    from gateway.envelope import KeyFileUnusable
    from gateway.serving import serve_forever

    settings = _config(config)
    try:
        started = serve_forever(settings)
    except KeyFileUnusable as problem:
        _stop(Exit.KEY_FILE, str(problem))
    if not started:
        _stop(Exit.NOT_STARTED, "it did not start: the last line of the log says why")


@cli.command()
def enroll(
    config: ConfigFile = DEFAULT_CONFIG,
    subject: Annotated[str | None, typer.Option("--for", help="The account of the only person who may use it.")] = None,
) -> None:
    """Print a code that enrols one device, once, within 15 minutes."""
    from gateway.clock import utc_now
    from gateway.identity.enrolment import UnknownPerson, make_enrolment_code

    settings = _config(config)
    try:
        code, expires_at = _with_database(
            settings, lambda database: make_enrolment_code(database, utc_now(), settings.identity.issuer, subject)
        )
    except UnknownPerson:
        _stop(Exit.PEOPLE, "the practice has nobody of that account: alcove-gateway people add")
    print(code)
    print(f"It works once, until {expires_at:%Y-%m-%d %H:%M} UTC.", file=sys.stderr)


@people.command("add")
def people_add(
    subject: Annotated[str, typer.Option(help="Their account at the identity provider (`sub`).")],
    name: Annotated[str, typer.Option(help="Their name as others see it.")],
    role: Annotated[Role, typer.Option(help="scribe or provider")],
    ehr: Annotated[str | None, typer.Option(help="A provider's EHR reference, Practitioner/...")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Add a person, or renew one that is known by account or EHR reference; prints the person's id."""
    from gateway.setting_up import add_person
    from gateway.store.people_rows import NewPerson

    settings = _config(config)
    if role is Role.ROOM:
        raise typer.BadParameter("a room is no person: alcove-gateway rooms add")
    new = NewPerson(settings.identity.issuer, subject, name, role, ehr)
    try:
        print(_with_database(settings, lambda database: add_person(database, new)))
    except ValueError as problem:
        _stop(Exit.PEOPLE, str(problem))


@people.command("import")
def people_import(
    file: Annotated[Path, typer.Argument(help="CSV with the columns subject, name, role, ehr.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Add or renew everybody in a CSV file, or nobody when a line is wrong; prints how many."""
    from gateway.people_file import read_people
    from gateway.setting_up import add_people

    settings = _config(config)
    try:
        everybody = read_people(file.read_text(encoding="utf-8-sig"), settings.identity.issuer)
        print(_with_database(settings, lambda database: add_people(database, everybody)))
    except UnicodeDecodeError:
        _stop(Exit.PEOPLE, f"{file.name} is no UTF-8 text")
    except OSError as problem:
        _stop(Exit.PEOPLE, f"{file.name} cannot be read: {problem.strerror}")
    except ValueError as problem:
        _stop(Exit.PEOPLE, f"{file.name}: {problem}")


@rooms.command("add")
def rooms_add(
    name: Annotated[str, typer.Option(help="The room's name.")],
    ehr: Annotated[str | None, typer.Option(help="Its EHR reference, Location/...")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Add an exam room, or rename the one of that EHR reference; prints the room's id."""
    from gateway.setting_up import add_room

    print(_with_database(_config(config), lambda database: add_room(database, name, ehr)))


@devices.command("list")
def devices_list(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Print every enrolled device: id, state, name, and whose it is."""
    from gateway.setting_up import devices as enrolled

    for device in _with_database(_config(config), enrolled):
        state = f"revoked {device.revoked_at:%Y-%m-%d}" if device.revoked_at else f"since {device.enrolled_at:%Y-%m-%d}"
        print("\t".join((device.device_id, state, device.name, device.person or "anybody")))


@devices.command("revoke")
def devices_revoke(device_id: str, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Let a lost device in no more; a running gateway shows it out within seconds."""
    from gateway.setting_up import revoke

    if not _with_database(_config(config), lambda database: revoke(database, device_id)):
        _stop(Exit.PEOPLE, "there is no such device, or it was revoked before")


@layers.command("import")
def layers_import(
    provider: Annotated[str, typer.Argument(help="The provider's id, as `people add` prints it.")],
    file: Annotated[Path, typer.Argument(help="A layer as JSON; it may leave out provider_id and version.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Give a provider a layer, in the place of the one for the same template; prints its new version."""
    from gateway.setting_up import put_layer_from

    settings = _config(config)
    envelope = _envelope(settings)
    try:
        untrusted_json = file.read_bytes()
    except OSError as problem:
        _stop(Exit.LAYER, f"{file.name} cannot be read: {problem.strerror}")
    try:
        answer = _with_database(settings, lambda database: put_layer_from(database, envelope, provider, untrusted_json))
    except KeyError:
        _stop(Exit.PEOPLE, "the practice has no provider of that id: alcove-gateway people add")
    if isinstance(answer, Refusal):
        details = ", ".join(f"{name} {value}" for name, value in answer.params.items() if value)
        _stop(Exit.LAYER, f"{file.name} is refused: {answer.code.value}{f' ({details})' if details else ''}")
    print(answer.version)


@layers.command("show")
def layers_show(
    provider: Annotated[str, typer.Argument(help="The provider's id.")], config: ConfigFile = DEFAULT_CONFIG
) -> None:
    """Print a provider's layers, one JSON object a line, as `layers import` takes them."""
    from gateway.setting_up import layers_of

    settings = _config(config)
    envelope = _envelope(settings)
    for line in _with_database(settings, lambda database: layers_of(database, envelope, provider)):
        print(line)


@audit.command("verify")
def audit_verify(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Check the audit chain; names the first entry that was changed, added or taken away."""
    from gateway.audit import verify

    rows = _with_database(_config(config), lambda database: database.audit_rows())
    broken = verify(rows)
    if broken is not None:
        _stop(Exit.AUDIT_BROKEN, f"entry {broken + 1} of {len(rows)} does not follow from those before it")
    last = rows[-1].hash if rows else "none"
    print(f"{len(rows)} entries, unbroken. Last hash: {last}")


@policy.command("check")
def policy_check(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Check the configuration file and print what the policy demands of each check."""
    from wire.posture import CheckId

    settings = _config(config)
    demands = settings.policy.admission()
    print(f"policy {demands.version}")
    for check in CheckId:
        print(f"{check.value}: {demands.requirement(check).value}")
    for name, value in demands.params.items():
        print(f"{name}: {value}")


def _with_phrases(config: Path, provider: str | None, work: "Callable[..., Coroutine[Any, Any, T]]") -> T:
    """Run work with database, envelope and whose phrases they are."""
    from gateway.envelope import KeyFileUnusable, read_key_file
    from gateway.phrase_commands import NoSuchProvider, owner_of

    settings = _config(config)
    try:
        envelope = read_key_file(settings.file(settings.store.key_file))

        async def run(database: Any) -> T:  # noqa: ANN401  # imported late
            return await work(database, envelope, await owner_of(database, settings.identity.issuer, provider))

        return _with_database(settings, run)
    except KeyFileUnusable as problem:
        _stop(Exit.KEY_FILE, str(problem))
    except NoSuchProvider:
        _stop(Exit.PEOPLE, "the practice has no provider of that account: alcove-gateway people add")
    except ValueError as problem:
        _stop(Exit.PEOPLE, str(problem))


@phrases.command("import")
def phrases_import(
    file: Annotated[Path, typer.Argument(help="A file of phrases, as Alcove exports it.")],
    provider: ForProvider = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Make the phrases exactly those of a file, or change nothing when one is wrong; versions are kept."""
    from gateway.phrase_commands import import_phrases, problem_words, read_file

    try:
        imported = read_file(file)
    except OSError as problem:
        _stop(Exit.PEOPLE, f"{file.name} cannot be read: {problem.strerror}")
    if imported.problems:
        _stop(Exit.PEOPLE, f"{file.name}: " + "; ".join(problem_words(it) for it in imported.problems))
    done = _with_phrases(
        config, provider, lambda database, envelope, owner: import_phrases(database, envelope, owner, imported)
    )
    print(f"{done.saved} saved, {done.removed} removed")


@phrases.command("export")
def phrases_export(
    file: Annotated[Path, typer.Argument(help="Where to write them; never over a file that is there.")],
    provider: ForProvider = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Write the phrases to a file."""
    from gateway.phrase_commands import export_file

    data = _with_phrases(config, provider, export_file)
    try:
        with file.open("xb") as target:
            target.write(data)
    except OSError as problem:
        _stop(Exit.PEOPLE, f"{file.name} cannot be written: {problem.strerror}")


def main() -> None:
    """The program's entry."""
    cli(prog_name="alcove-gateway")


if __name__ == "__main__":
    main()
