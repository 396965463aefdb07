"""From scores to a decision: one intent, two or three, and what speaks against filing it without asking.

Promise: an act (erasure, rectification) needs a lead over everything else before it is even named, and a larger one,
with the second opinion behind it, before it is sure. Every threshold comes from the table, none is hidden here.
Limits: three intents at most; a fourth right in one message is met when the person reads back what was understood.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.core.table import INTENTS

ACTS: Final = frozenset({INTENTS.index("erasure"), INTENTS.index("rectification")})
RIGHTS: Final = frozenset(
    INTENTS.index(right)
    for right in (
        "access",
        "portability",
        "restriction",
        "objection",
        "consent_withdrawal",
        "unsubscribe",
        "testimonial_removal",
        "post_mortem",
    )
)
CANCEL: Final = INTENTS.index("cancel")  # what is taken back and what is asked beside it are easily mixed up
OTHER: Final = INTENTS.index("other")  # says that nothing is wanted, so it stands alone
CUTS: Final = (
    "act_lead",  # log-odds an act must be ahead to be named first
    "right_lead",  # the same for the other rights: a question about a right asks for none
    "question",  # more for both where the text holds a question
    "condition",  # more again where that question begins with an "if I"
    "second",  # log-odds that make a second intent, without help
    "second_with_clause",  # the same, where a clause of its own speaks for it
    "clause",  # log-odds a clause must give its intent
    "second_act",  # more for a second intent that is an act
    "sure",  # log-odds of a sure reading
    "margin",  # log-odds between the reading and the best intent left out
    "sure_act",  # as `sure`, for acts
    "act_margin",  # as `margin`, for acts
    "opinion",  # log-odds the second opinion must give an act
)

Scores = Sequence[float]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The intents read (their places in INTENTS), all intents by likelihood, and the doubts."""

    chosen: tuple[int, ...]
    ranked: tuple[int, ...]
    doubts: tuple[str, ...]


def judge(
    whole: Scores,
    parts: Callable[[], Sequence[Scores]],
    opinion: Callable[[], Scores],
    cuts: Mapping[str, float],
    *,
    lead: float = 0.0,
) -> Verdict:
    """Takes log-odds of the whole text, how to get those of its clauses and of the second opinion, and the cuts.

    `lead` is what acts and rights must be ahead by beyond the cuts. Returns the verdict. Clauses and second opinion are
    asked for only where they could matter: most texts are short.
    """
    led = [score - ahead for score, ahead in zip(whole, _leads(cuts, lead), strict=True)]
    ranked = tuple(sorted(range(len(led)), key=lambda i: -led[i]))
    quieter = [score - lead * (i in ACTS or i in RIGHTS) for i, score in enumerate(whole)]
    chosen = _chosen(quieter, parts, ranked, cuts)
    return Verdict(chosen=chosen, ranked=ranked, doubts=tuple(_doubts(whole, opinion, chosen, ranked, cuts)))


def _leads(cuts: Mapping[str, float], more: float) -> list[float]:
    """What each intent must be ahead by to be named first."""
    leads = dict.fromkeys(ACTS, cuts["act_lead"] + more) | dict.fromkeys(RIGHTS, cuts["right_lead"] + more)
    return [leads.get(i, 0.0) for i in range(len(INTENTS))]


def _chosen(
    whole: Scores, parts: Callable[[], Sequence[Scores]], ranked: Sequence[int], cuts: Mapping[str, float]
) -> tuple[int, ...]:
    """The likeliest intent, and up to two of the next three that pass the higher thresholds of further ones."""
    chosen = ranked[:1]
    if ranked[0] == OTHER:
        return tuple(chosen)
    for other in (i for i in ranked[1:4] if i != OTHER):
        more = cuts["second_act"] * (other in ACTS)
        is_loud = len(chosen) == 1 and whole[other] > cuts["second"] + more
        is_likely = whole[other] > cuts["second_with_clause"] + more
        if is_loud or (is_likely and _each_has_a_clause(chosen, other, parts(), cuts)):
            chosen = [*chosen, other]
    return tuple(chosen[:3])


def _each_has_a_clause(chosen: Sequence[int], other: int, parts: Sequence[Scores], cuts: Mapping[str, float]) -> bool:
    """Whether one clause wants `other` above all, and a different clause speaks for each of those chosen before."""
    if len(parts) <= len(chosen):  # each wish needs a clause
        return False
    own = max(range(len(parts)), key=lambda at: parts[at][other])
    best = max(range(len(INTENTS)), key=lambda i: parts[own][i])
    rest = [part for at, part in enumerate(parts) if at != own]
    are_told = all(max(part[first] for part in rest) > cuts["clause"] for first in chosen)
    return best == other and parts[own][other] > cuts["clause"] and are_told


def _doubts(
    whole: Scores,
    opinion: Callable[[], Scores],
    chosen: Sequence[int],
    ranked: Sequence[int],
    cuts: Mapping[str, float],
) -> list[str]:
    left_out = max(whole[i] for i in ranked if i not in chosen)
    margin = whole[chosen[0]] - left_out
    acts = [i for i in chosen if i in ACTS]
    doubts = []
    if whole[chosen[0]] < cuts["sure"] or any(whole[i] < cuts["sure_act"] for i in acts):
        doubts.append("weak")
    if margin < (cuts["act_margin"] if acts else cuts["margin"]) or (acts and CANCEL in chosen):
        doubts.append("close")
    if not doubts and acts:
        second = opinion()
        doubts += ["opinion"] * any(second[i] < cuts["opinion"] for i in acts)
    return doubts
