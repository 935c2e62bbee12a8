"""The gateway's tables, as SQLAlchemy Core metadata; the migrations in `migrations/` make exactly these.

Columns named `sealed_*` hold JWE texts made by `gateway.envelope`: patient text is nowhere else. A `fingerprint` is
keyed (`Envelope.fingerprint`), since a plain hash of a few words tells them to whoever tries all.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcTime(TypeDecorator[datetime]):
    """An aware instant, kept and read as UTC also where the database knows no time zones (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times; hand UTC to the driver."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without an offset")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give an aware UTC time back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_ID = String(80)
_HASH = String(64)

# --- identity ----------------------------------------------------------------------------------------------

people = Table(
    "people",
    metadata,
    Column("person_id", _ID, primary_key=True),
    # None until the person has signed in once: a provider is known from the EHR's schedule before that.
    Column("issuer", String(300)),
    Column("subject", String(300)),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("ehr_practitioner", String(300), unique=True),
    UniqueConstraint("issuer", "subject"),
)
devices = Table(
    "devices",
    metadata,
    Column("device_id", _ID, primary_key=True),
    Column("jkt", String(64), nullable=False, unique=True),
    Column("jwk", Text, nullable=False),
    Column("name", String(200), nullable=False),
    # The only person who may use it, when its enrolment code named one.
    Column("person_id", _ID, ForeignKey("people.person_id")),
    Column("enrolled_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    # The number of its last posture report: each report's is higher.
    Column("report_counter", BigInteger, nullable=False, server_default="0"),
)
enrolment_codes = Table(
    "enrolment_codes",
    metadata,
    Column("code_sha256", _HASH, primary_key=True),
    Column("person_id", _ID, ForeignKey("people.person_id")),
    Column("expires_at", UtcTime, nullable=False),
    Column("spent_at", UtcTime),
)
rooms = Table(
    "rooms",
    metadata,
    Column("room_id", _ID, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("jwk", Text),
    Column("jkt", String(64), unique=True),
    Column("ehr_location", String(300), unique=True),
    Column("paired_at", UtcTime),
)
pairing_codes = Table(
    "pairing_codes",
    metadata,
    Column("code_sha256", _HASH, primary_key=True),
    Column("room_id", _ID, ForeignKey("rooms.room_id"), nullable=False),
    Column("made_by", _ID, ForeignKey("people.person_id"), nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("spent_at", UtcTime),
)
refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_sha256", _HASH, primary_key=True),
    Column("family", _ID, nullable=False, index=True),
    Column("person_id", _ID, ForeignKey("people.person_id"), nullable=False),
    Column("device_id", _ID, ForeignKey("devices.device_id"), nullable=False),
    Column("auth_time", UtcTime, nullable=False),
    Column("issued_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("spent_at", UtcTime),
    # Set on every row of a family when it ends: sign-out, or a spent token that came again.
    Column("ended_at", UtcTime),
)
nonces = Table(
    "nonces",
    metadata,
    Column("purpose", String(40), primary_key=True),
    Column("nonce_sha256", _HASH, primary_key=True),
    Column("bound_to", Text, nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
    Column("spent_at", UtcTime),
)
sessions = Table(
    "sessions",
    metadata,
    Column("session_sha256", _HASH, primary_key=True),
    Column("role", String(20), nullable=False),
    # A person's or a room's id, by role.
    Column("owner", _ID, nullable=False),
    Column("auth_time", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
)
provider_layers = Table(
    "provider_layers",
    metadata,
    Column("person_id", _ID, ForeignKey("people.person_id"), primary_key=True),
    # Empty for the layer over all templates.
    Column("template_id", _ID, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("sealed_layer", Text, nullable=False),
)

# --- visits ------------------------------------------------------------------------------------------------

visits = Table(
    "visits",
    metadata,
    Column("visit_id", _ID, primary_key=True),
    Column("encounter", String(300), nullable=False, unique=True),
    Column("provider_id", _ID, ForeignKey("people.person_id"), nullable=False),
    Column("room_id", _ID, ForeignKey("rooms.room_id"), nullable=False),
    Column("scheduled_at", UtcTime, nullable=False, index=True),
    # Patient, reason, specialty and problems.
    Column("sealed_banner", Text, nullable=False),
    # Of the EHR's id of the patient: visits of one patient are found without opening any. None until it is known.
    Column("patient_fingerprint", _HASH, index=True),
)
assignments = Table(
    "assignments",
    metadata,
    Column("visit_id", _ID, ForeignKey("visits.visit_id"), primary_key=True),
    Column("person_id", _ID, ForeignKey("people.person_id"), primary_key=True),
)
admissions = Table(
    "admissions",
    metadata,
    Column("admission_id", _ID, primary_key=True),
    Column("visit_id", _ID, ForeignKey("visits.visit_id"), nullable=False, index=True),
    Column("person_id", _ID, ForeignKey("people.person_id"), nullable=False),
    Column("device_id", _ID, ForeignKey("devices.device_id"), nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("report_sha256", _HASH, nullable=False),
    Column("issued_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
)
record_entries = Table(
    "record_entries",
    metadata,
    Column("visit_id", _ID, ForeignKey("visits.visit_id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("author", Text, nullable=False),
    Column("fact_type", String(40), nullable=False),
    Column("sealed_fact", Text, nullable=False),
)
answers = Table(
    "answers",
    metadata,
    Column("principal", String(120), primary_key=True),
    Column("command_id", _ID, primary_key=True),
    Column("fingerprint", _HASH, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("outcome", Text, nullable=False),
)

# --- documents ---------------------------------------------------------------------------------------------

document_updates = Table(
    "document_updates",
    metadata,
    Column("visit_id", _ID, ForeignKey("visits.visit_id"), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("sender", Text, nullable=False),
    Column("client_id", BigInteger, nullable=False),
    Column("update_id", _ID, nullable=False),
    Column("fingerprint", _HASH, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("sealed_update", Text, nullable=False),
    UniqueConstraint("visit_id", "update_id"),
)
client_ids = Table(
    "client_ids",
    metadata,
    Column("visit_id", _ID, ForeignKey("visits.visit_id"), primary_key=True),
    Column("client_id", BigInteger, primary_key=True),
    Column("owner", String(120), nullable=False),
)
snapshots = Table(
    "snapshots",
    metadata,
    Column("visit_id", _ID, ForeignKey("visits.visit_id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("sha256", _HASH, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("sealed_snapshot", Text, nullable=False),
)
late_updates = Table(
    "late_updates",
    metadata,
    Column("visit_id", _ID, ForeignKey("visits.visit_id"), primary_key=True),
    Column("update_id", _ID, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("sender", Text, nullable=False),
    Column("client_id", BigInteger, nullable=False),
    Column("fingerprint", _HASH, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("sealed_update", Text, nullable=False),
)

# --- phrases -----------------------------------------------------------------------------------------------

phrases = Table(
    "phrases",
    metadata,
    # `practice`, or a provider's person id.
    Column("owner", _ID, primary_key=True),
    # Counts an owner's versions in the order in which they were made, over all names.
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("name", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("author", String(120), nullable=False),
    Column("removed", Boolean, nullable=False),
    # No patient's words by intent; sealed because a person can write any.
    Column("sealed_text", Text, nullable=False),
    UniqueConstraint("owner", "name", "version"),
)

# --- the gateway's own -------------------------------------------------------------------------------------

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(120), nullable=False),
    Column("action", String(60), nullable=False),
    # Canonical JSON objects of ids and counts; never a name, never patient text.
    Column("subject", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("prev_hash", _HASH, nullable=False),
    Column("hash", _HASH, nullable=False),
)
ehr_tasks = Table(
    "ehr_tasks",
    metadata,
    Column("task_id", _ID, primary_key=True),
    Column("visit_id", _ID, ForeignKey("visits.visit_id"), nullable=False),
    # `order`, `note` or `addendum`, and which: an order's id, `note`, `addendum-1`.
    Column("kind", String(20), nullable=False),
    Column("subject", _ID, nullable=False),
    Column("version", Integer, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", UtcTime, nullable=False),
    Column("done_at", UtcTime),
    Column("last_problem", String(60)),
    UniqueConstraint("visit_id", "kind", "subject", "version"),
)
