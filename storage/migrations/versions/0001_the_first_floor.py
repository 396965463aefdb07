"""The first floor: conversations, tickets, contents, codes, links, the log, the steps, and what stands beside them.

Revision: 0001, after nothing. Written out in plain types, so that it builds the same tables when schema.py has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cards",
        sa.Column("ticket", sa.String(length=43), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("ts", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_cards")),
    )
    op.create_index(op.f("ix_cards_channel_ts"), "cards", ["channel", "ts"], unique=False)
    op.create_table(
        "challenges",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("talk", sa.String(length=43), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.String(length=32), nullable=True),
        sa.Column("ends_at", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenges")),
    )
    op.create_index(op.f("ix_challenges_talk"), "challenges", ["talk"], unique=False)
    op.create_table(
        "contents",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("owner", sa.String(length=43), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contents")),
    )
    op.create_index(op.f("ix_contents_owner_kind"), "contents", ["owner", "kind"], unique=False)
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "day", name=op.f("pk_counters")),
    )
    op.create_table(
        "links",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=43), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("ends_at", sa.String(length=32), nullable=False),
        sa.Column("used_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_owner"), "links", ["owner"], unique=False)
    op.create_table(
        "log",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ticket", sa.String(length=43), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_log")),
    )
    op.create_index(op.f("ix_log_ticket"), "log", ["ticket"], unique=False)
    op.create_table(
        "objects",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("ticket", sa.String(length=43), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("shredded_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objects")),
    )
    op.create_index(op.f("ix_objects_ticket"), "objects", ["ticket"], unique=False)
    op.create_table(
        "seen",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_seen")),
    )
    op.create_table(
        "steps",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("ticket", sa.String(length=43), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("args", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("run_at", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(length=43), nullable=True),
        sa.Column("lease_until", sa.String(length=32), nullable=True),
        sa.Column("error", sa.String(length=80), nullable=True),
        sa.Column("done_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_steps")),
        sa.UniqueConstraint("id", name=op.f("uq_steps_id")),
        sa.UniqueConstraint("key", name=op.f("uq_steps_key")),
    )
    op.create_index(op.f("ix_steps_state_run_at"), "steps", ["state", "run_at"], unique=False)
    op.create_index(op.f("ix_steps_ticket_state_kind"), "steps", ["ticket", "state", "kind"], unique=False)
    op.create_table(
        "talks",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=True),
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wake_at", sa.String(length=32), nullable=True),
        sa.Column("last_at", sa.String(length=32), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talks")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_talks_key_hash")),
    )
    op.create_index(op.f("ix_talks_subject"), "talks", ["subject"], unique=False)
    op.create_index(op.f("ix_talks_wake_at"), "talks", ["wake_at"], unique=False)
    op.create_table(
        "tickets",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("ref", sa.String(length=20), nullable=False),
        sa.Column("talk", sa.String(length=43), nullable=True),
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.Column("group_id", sa.String(length=43), nullable=False),
        sa.Column("right", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due", sa.String(length=10), nullable=False),
        sa.Column("wake_at", sa.String(length=32), nullable=True),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("ref", name=op.f("uq_tickets_ref")),
    )
    op.create_index(op.f("ix_tickets_group_id"), "tickets", ["group_id"], unique=False)
    op.create_index(op.f("ix_tickets_status"), "tickets", ["status"], unique=False)
    op.create_index(op.f("ix_tickets_subject"), "tickets", ["subject"], unique=False)
    op.create_index(op.f("ix_tickets_talk"), "tickets", ["talk"], unique=False)
    op.create_index(op.f("ix_tickets_wake_at"), "tickets", ["wake_at"], unique=False)
    op.create_table(
        "lines",
        sa.Column("talk", sa.String(length=43), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=8), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("buttons", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["talk"], ["talks.id"], name=op.f("fk_lines_talk"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("talk", "seq", name=op.f("pk_lines")),
        sa.UniqueConstraint("talk", "client_id", name=op.f("uq_lines_talk_client_id")),
    )
