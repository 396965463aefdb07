"""Every door: where a conversation can be reached, mails that came in, and the keys under which tickets are found.

Revision: 0002, after 0001. Written out in plain types, so that it builds the same tables when schema.py has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_keys",
        sa.Column("ticket", sa.String(length=43), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket"], ["tickets.id"], name=op.f("fk_ticket_keys_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket", "key", name=op.f("pk_ticket_keys")),
    )
    op.create_index(op.f("ix_ticket_keys_key"), "ticket_keys", ["key"], unique=False)
    op.execute("INSERT INTO ticket_keys (ticket, key) SELECT id, subject FROM tickets WHERE subject IS NOT NULL")
    op.create_table(
        "places",
        sa.Column("talk", sa.String(length=43), nullable=False),
        sa.Column("door", sa.String(length=12), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["talk"], ["talks.id"], name=op.f("fk_places_talk"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("talk", name=op.f("pk_places")),
    )
    op.create_index(op.f("ix_places_door_hash"), "places", ["door", "hash"], unique=False)
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("validity", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
    )
    op.create_table(
        "mails",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("arrived_at", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=43), nullable=True),
        sa.Column("object", sa.String(length=43), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    op.create_index(op.f("ix_mails_state"), "mails", ["state"], unique=False)
    op.create_index(op.f("ix_mails_owner"), "mails", ["owner"], unique=False)
