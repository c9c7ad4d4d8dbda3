"""What a reply may say: the answers to a message's questions, and the slots that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..shop.records import Fact, Product, ShopProfile
from . import patterns, policies, questions
from .matching import is_near
from .prompt import token

#: Where the phrases word it and the model is not asked: a yes or no turned round, or a clumsy apology, costs more than
#: an unvaried reply.
_WRITTEN = frozenset((
    "product_info.polar", "product_info.photos", "payment.check", "complaint", "complaint.returns",
    "complaint.warranty", "complaint.price", "complaint.unpriced",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a reply may say. `answers` has one entry a question, at most two."""

    message: str
    intents: tuple[str, ...]
    answers: tuple[policies.Answer, ...]
    roles: tuple[tuple[str, str], ...]
    facts: tuple[Fact, ...]
    product: Product | None = None
    currency: str = ""

    @property
    def must(self) -> tuple[frozenset[str], ...]:
        """Sets of slot tokens; a reply has to use at least one of each."""
        needed = [frozenset({token(name)}) for answer in self.answers for name in answer.must]
        needed += [frozenset(map(token, answer.any_of)) for answer in self.answers if answer.any_of]
        at = 1
        for answer in self.answers:
            slots = [_said_by(fact, at + i) for i, fact in enumerate(answer.facts)]
            at += len(answer.facts)
            needed += [frozenset().union(*slots)] if answer.kind.endswith(".overview") else slots
        return tuple(needed)

    @property
    def written(self) -> bool:
        """True where the phrases word it: the matter is delicate, or there is no fact to be worded at all."""
        return not self.must or any(answer.kind in _WRITTEN for answer in self.answers)

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for answer in self.answers for name in answer.sources))


def _sold(answer: policies.Answer, catalogue: Sequence[Product]) -> policies.Answer:
    if answer.kind == "not_sold" and is_near(dict(answer.roles)["topic"], catalogue):
        return policies.Answer("ask_product")
    return answer


def _is_told(answer: policies.Answer, before: Sequence[policies.Answer]) -> bool:
    """True if another answer says the same: the warranty in a complaint and for itself."""
    told = {role for other in before for role in other.roles if role[0] in other.must}
    wanted = {role for role in answer.roles if role[0] in answer.must}
    return bool(wanted) and wanted <= told and not answer.facts


def _said_by(fact: Fact, number: int) -> frozenset[str]:
    """The slots that say a fact: its value, or for a bare yes or no its name ("Waterproof? No, sorry.")."""
    return frozenset({token(f"k{number}") if patterns.is_bare(fact.value) else token(f"f{number}")})


def plan_reply(
    message: str,
    shop: ShopProfile,
    product: Product | None,
    intents: Sequence[str],
    *,
    customer: str = "",
    catalogue: Sequence[Product] = (),
) -> Plan:
    """Choose what answers `intents` (names of intent.INTENTS, at most two are answered).

    Nothing of the `catalogue` is said not to be sold.
    """
    chosen = tuple(dict.fromkeys(intents))[:2]
    found = [answer for intent in chosen for answer in policies.answers(intent, message, shop, product)]
    found = [_sold(answer, catalogue) for answer in found]
    # Two questions may have the same answer, such as "which product?".
    answers = tuple({(answer.kind, answer.roles): answer for answer in found}.values())
    answers = tuple(answer for i, answer in enumerate(answers) if not _is_told(answer, answers[:i]))
    if len(answers) > 1:  # "do you deliver to Meru and how much" asks no product
        answers = tuple(answer for answer in answers if answer.kind != "ask_product")
    roles: dict[str, str] = {}
    topics: list[str] = []
    for answer in answers:
        for name, value in answer.roles:
            if name == "topic":
                topics.append(value)
            else:
                roles.setdefault(name, value)
    if topics:
        roles["topic"] = " and ".join(dict.fromkeys(topics))
    if shop.name:
        roles["shop"] = shop.name
    if customer:
        roles["customer"] = customer
    facts = tuple(fact for answer in answers for fact in answer.facts)
    return Plan(message, chosen, answers, tuple(roles.items()), facts, product, shop.currency)


def settle(message: str, found: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """The classifier's intents, except where written rules are surer: a fault of something bought and a price that
    is not as told are complaints, however they are worded; who finds delivery dear has no late order."""
    best = found[0][0]
    if best != "complaint" and (
        (best in _MAY_BE_FAULT and questions.reports_fault(message)) or questions.disputes_price(message)
    ):
        return [("complaint", found[0][1])]
    if best == "delivery_status" and questions.asks_delivery_cost(message):
        return [("delivery", found[0][1])]
    if best == "delivery" and len(found) == 1 and questions.asks_price_delivered(message):
        return [("price", found[0][1]), *found]
    return list(found)


_MAY_BE_FAULT = frozenset((
    "returns", "warranty", "product_info", "stock", "order", "order_change", "delivery_status", "delivery", "other",
    "recommend", "price", "scam_worry", "contact", "thanks",
))  # fmt: skip
