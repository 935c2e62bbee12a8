"""The phrases of the practice and of its providers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "phrases",
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("sealed_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "revision", name=op.f("pk_phrases")),
        sa.UniqueConstraint("owner", "name", "version", name=op.f("uq_phrases_owner_name_version")),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("phrases")
