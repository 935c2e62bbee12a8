"""Visits are found by their patient; the gateway fills the column when it starts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the column with its index."""
    with op.batch_alter_table("visits") as batch_op:
        batch_op.add_column(sa.Column("patient_fingerprint", sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f("ix_visits_patient_fingerprint"), ["patient_fingerprint"], unique=False)


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("visits") as batch_op:
        batch_op.drop_index(batch_op.f("ix_visits_patient_fingerprint"))
        batch_op.drop_column("patient_fingerprint")
