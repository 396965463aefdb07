"""The staff's desk: who is away, what is still owed for a ticket, and when it was closed.

Revision: 0003. What stood in the tickets' JSON is written into the new columns, so that the queue misses none.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CLOSED = {"done", "refused", "withdrawn", "lapsed", "forwarded"}
HOLDS = {"stopped", "legal_hold", "alarm"}


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("until", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_absences")),
    )
    op.add_column("tickets", sa.Column("owed", sa.Boolean(), nullable=True))
    op.add_column("tickets", sa.Column("closed_at", sa.String(length=32), nullable=True))
    op.create_index(op.f("ix_tickets_owed_due"), "tickets", ["owed", "due"], unique=False)
    op.create_index(op.f("ix_tickets_closed_at"), "tickets", ["closed_at"], unique=False)
    _fill(op.get_bind())


def _fill(link: sa.Connection) -> None:
    tickets = sa.table("tickets", *(sa.column(name) for name in ("id", "status", "owed", "closed_at", "body")))
    for row in link.execute(sa.select(tickets.c.id, tickets.c.status, tickets.c.body)).all():
        body = json.loads(row.body)
        owed = row.status not in CLOSED or bool(HOLDS & set(body.get("flags", ())))
        closed = _stamp(body.get("closed_at"))
        link.execute(sa.update(tickets).where(tickets.c.id == row.id).values(owed=owed, closed_at=closed))


def _stamp(text: str | None) -> str | None:
    """The instant in the fixed width of the other columns: UTC with microseconds."""
    if not text:
        return None
    whole, _, rest = text.removesuffix("Z").partition(".")
    return f"{whole}.{rest:0<6}Z"
