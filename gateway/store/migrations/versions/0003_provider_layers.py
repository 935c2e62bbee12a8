"""Providers' layers over templates."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "provider_layers",
        sa.Column("person_id", sa.String(length=80), nullable=False),
        sa.Column("template_id", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_layer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name=op.f("fk_provider_layers_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", "template_id", name=op.f("pk_provider_layers")),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("provider_layers")
