"""The first schema."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _create_answers() -> None:
    op.create_table(
        "answers",
        sa.Column("principal", sa.String(length=120), nullable=False),
        sa.Column("command_id", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("principal", "command_id", name=op.f("pk_answers")),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )


def _create_nonces() -> None:
    op.create_table(
        "nonces",
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("nonce_sha256", sa.String(length=64), nullable=False),
        sa.Column("bound_to", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("purpose", "nonce_sha256", name=op.f("pk_nonces")),
    )
    with op.batch_alter_table("nonces") as batch_op:
        batch_op.create_index(batch_op.f("ix_nonces_expires_at"), ["expires_at"], unique=False)


def _create_people() -> None:
    op.create_table(
        "people",
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("ehr_practitioner", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_people")),
        sa.UniqueConstraint("ehr_practitioner", name=op.f("uq_people_ehr_practitioner")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_people_issuer_subject")),
    )


def _create_rooms() -> None:
    op.create_table(
        "rooms",
        sa.Column("room_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("jwk", sa.Text(), nullable=True),
        sa.Column("jkt", sa.String(length=64), nullable=True),
        sa.Column("ehr_location", sa.String(length=300), nullable=True),
        sa.Column("paired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("room_id", name=op.f("pk_rooms")),
        sa.UniqueConstraint("ehr_location", name=op.f("uq_rooms_ehr_location")),
        sa.UniqueConstraint("jkt", name=op.f("uq_rooms_jkt")),
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("session_sha256", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("session_sha256", name=op.f("pk_sessions")),
    )


def _create_devices() -> None:
    op.create_table(
        "devices",
        sa.Column("device_id", sa.String(length=80), nullable=False),
        sa.Column("jkt", sa.String(length=64), nullable=False),
        sa.Column("jwk", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=True),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report_counter", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name=op.f("fk_devices_person_id_people")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_devices")),
        sa.UniqueConstraint("jkt", name=op.f("uq_devices_jkt")),
    )


def _create_enrolment_codes() -> None:
    op.create_table(
        "enrolment_codes",
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name=op.f("fk_enrolment_codes_person_id_people")),
        sa.PrimaryKeyConstraint("code_sha256", name=op.f("pk_enrolment_codes")),
    )


def _create_pairing_codes() -> None:
    op.create_table(
        "pairing_codes",
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        sa.Column("room_id", sa.String(length=80), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["people.person_id"], name=op.f("fk_pairing_codes_made_by_people")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.room_id"], name=op.f("fk_pairing_codes_room_id_rooms")),
        sa.PrimaryKeyConstraint("code_sha256", name=op.f("pk_pairing_codes")),
    )


def _create_visits() -> None:
    op.create_table(
        "visits",
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("encounter", sa.String(length=300), nullable=False),
        sa.Column("provider_id", sa.String(length=80), nullable=False),
        sa.Column("room_id", sa.String(length=80), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_banner", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["people.person_id"], name=op.f("fk_visits_provider_id_people")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.room_id"], name=op.f("fk_visits_room_id_rooms")),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_visits")),
        sa.UniqueConstraint("encounter", name=op.f("uq_visits_encounter")),
    )
    with op.batch_alter_table("visits") as batch_op:
        batch_op.create_index(batch_op.f("ix_visits_scheduled_at"), ["scheduled_at"], unique=False)


def _create_admissions() -> None:
    op.create_table(
        "admissions",
        sa.Column("admission_id", sa.String(length=80), nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("device_id", sa.String(length=80), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("report_sha256", sa.String(length=64), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.device_id"], name=op.f("fk_admissions_device_id_devices")),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name=op.f("fk_admissions_person_id_people")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.visit_id"], name=op.f("fk_admissions_visit_id_visits")),
        sa.PrimaryKeyConstraint("admission_id", name=op.f("pk_admissions")),
    )
    with op.batch_alter_table("admissions") as batch_op:
        batch_op.create_index(batch_op.f("ix_admissions_visit_id"), ["visit_id"], unique=False)


def _create_assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name=op.f("fk_assignments_person_id_people")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.visit_id"], name=op.f("fk_assignments_visit_id_visits")),
        sa.PrimaryKeyConstraint("visit_id", "person_id", name=op.f("pk_assignments")),
    )


def _create_client_ids() -> None:
    op.create_table(
        "client_ids",
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.visit_id"], name=op.f("fk_client_ids_visit_id_visits")),
        sa.PrimaryKeyConstraint("visit_id", "client_id", name=op.f("pk_client_ids")),
    )


def _create_document_updates() -> None:
    op.create_table(
        "document_updates",
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("update_id", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_update", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.visit_id"], name=op.f("fk_document_updates_visit_id_visits")),
        sa.PrimaryKeyConstraint("visit_id", "epoch", "position", name=op.f("pk_document_updates")),
        sa.UniqueConstraint("visit_id", "update_id", name=op.f("uq_document_updates_visit_id_update_id")),
    )


def _create_ehr_tasks() -> None:
    op.create_table(
        "ehr_tasks",
        sa.Column("task_id", sa.String(length=80), nullable=False),
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_problem", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.visit_id"], name=op.f("fk_ehr_tasks_visit_id_visits")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_ehr_tasks")),
        sa.UniqueConstraint(
            "visit_id", "kind", "subject", "version", name=op.f("uq_ehr_tasks_visit_id_kind_subject_version")
        ),
    )


def _create_late_updates() -> None:
    op.create_table(
        "late_updates",
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("update_id", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_update", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.visit_id"], name=op.f("fk_late_updates_visit_id_visits")),
        sa.PrimaryKeyConstraint("visit_id", "update_id", name=op.f("pk_late_updates")),
    )


def _create_record_entries() -> None:
    op.create_table(
        "record_entries",
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("fact_type", sa.String(length=40), nullable=False),
        sa.Column("sealed_fact", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.visit_id"], name=op.f("fk_record_entries_visit_id_visits")),
        sa.PrimaryKeyConstraint("visit_id", "seq", name=op.f("pk_record_entries")),
    )


def _create_refresh_tokens() -> None:
    op.create_table(
        "refresh_tokens",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("family", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("device_id", sa.String(length=80), nullable=False),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.device_id"], name=op.f("fk_refresh_tokens_device_id_devices")),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name=op.f("fk_refresh_tokens_person_id_people")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_refresh_tokens")),
    )
    with op.batch_alter_table("refresh_tokens") as batch_op:
        batch_op.create_index(batch_op.f("ix_refresh_tokens_family"), ["family"], unique=False)


def _create_snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("visit_id", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_snapshot", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.visit_id"], name=op.f("fk_snapshots_visit_id_visits")),
        sa.PrimaryKeyConstraint("visit_id", "version", "sha256", name=op.f("pk_snapshots")),
    )


def upgrade() -> None:
    """Make every table, each after those it refers to."""
    _create_answers()
    _create_audit()
    _create_nonces()
    _create_people()
    _create_rooms()
    _create_sessions()
    _create_devices()
    _create_enrolment_codes()
    _create_pairing_codes()
    _create_visits()
    _create_admissions()
    _create_assignments()
    _create_client_ids()
    _create_document_updates()
    _create_ehr_tasks()
    _create_late_updates()
    _create_record_entries()
    _create_refresh_tokens()
    _create_snapshots()
