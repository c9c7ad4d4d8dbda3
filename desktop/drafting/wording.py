"""A reply's content in words: sentences from the written phrases, and the rules by which a reply fits its content.

The rules hold for what a model writes too: a question such as "Shall I pack it for you?" is right after a price and
wrong after a complaint. Which is which stands as data in resources/phrases/reply.toml.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..shop.records import Fact
from . import patterns, policies
from .phrases import Phrases
from .planning import Plan
from .prompt import token

#: Missing answers with sentences of their own ("the weight").
_OWN_MISSING = frozenset({"not_sold", "product_info.missing"})
_CALM = frozenset({"complaint", "delivery_status", "scam_worry", "order_change", "returns"})
_NO_OPENING = frozenset({"thanks"})
#: Answers whose facts are said one by one, without a sentence before them.
_FACTS_ONLY = frozenset({"product_info.known", "product_info.polar", "policy.told"})


def compose(table: Mapping[str, Any], plan: Plan, tone: str, rng: random.Random) -> str:
    """A slotted reply from the phrases of `table` (resources/phrases/reply.toml): opening, answers, next step."""
    return patterns.slotted(" ".join(part for part in compose_parts(table, plan, tone, rng) if part))


def compose_parts(
    table: Mapping[str, Any], plan: Plan, tone: str, rng: random.Random
) -> tuple[str, str, str]:
    """Opening, answers and next step of a reply, slots in braces; the first and last may be empty."""
    available = {name for name, _ in plan.roles}
    said: set[str] = set()
    opening = ""
    parts: list[str] = []
    calm = bool(_CALM & set(plan.intents))
    if not _NO_OPENING & set(plan.intents):
        openings = table["opening"]
        lines = openings["calm"] if calm else patterns.by_tone(openings, tone)
        opening = patterns.pick(lines, available, rng) or ""
    at = 1
    for i, answer in enumerate(plan.answers):
        text = _answer(table, answer, at, available, said, rng)
        at += len(answer.facts)
        if _is_checked_already(plan, i):
            continue
        parts.append(text)
        said |= {role or slot for role, slot in re.findall(r"\{(\w+)\}|<\|(\w+)\|>", text)}
    closings = table["closing"][_closing_of(table, plan)]
    closing = patterns.pick(patterns.by_tone(closings, "plain" if calm else tone), available, rng) or ""
    return opening, " ".join(part for part in parts if part), closing


def _is_to_check(answer: policies.Answer) -> bool:
    return answer.missing and answer.kind != "not_sold"


def _is_checked_already(plan: Plan, at: int) -> bool:
    """Whether a "let me check" before answer `at` names what this one lacks too."""
    return plan.answers[at].missing and any(map(_is_to_check, plan.answers[:at]))


def _closing_of(table: Mapping[str, Any], plan: Plan) -> str:
    if any(map(_is_to_check, plan.answers)):
        return "missing"
    names = [table["closings"].get(answer.kind, "help") for answer in plan.answers]
    return "none" if "none" in names else str(names[-1])


def _answer(
    table: Mapping[str, Any],
    answer: policies.Answer,
    at: int,
    available: set[str],
    said: set[str],
    rng: random.Random,
) -> str:
    sentences: list[str] = []
    if answer.kind not in _FACTS_ONLY:
        mine = {name for name, _ in answer.roles} | (available & {"shop", "customer"})
        usable = [line for line in _own_lines(table, answer) if _says(line, answer.must)]
        fresh = (
            [line for line in usable if "product" not in patterns.slots_in(line)]
            if "product" in said
            else usable
        )
        chosen = patterns.pick(fresh, mine, rng) or patterns.pick(usable, mine, rng)
        while chosen is not None and not all("{" + name + "}" in chosen for name in answer.must):
            chosen = patterns.pick(usable, mine, rng)
        if chosen:
            sentences.append(chosen)
    for i, fact in enumerate(answer.facts):
        own = {"k", "f"} | (available & {"product"})
        line = patterns.pick(_fact_lines(table, answer, fact), own, rng) or ""
        sentences.append(patterns.slotted(line, _fact_slots(at + i)))
    return " ".join(sentences)


def _own_lines(table: Mapping[str, Any], answer: policies.Answer) -> list[str]:
    """The lines of which one stands before an answer's facts."""
    missing = answer.missing and answer.kind not in _OWN_MISSING
    return [*table["answers"].get(answer.kind, ()), *(table["answers"]["missing"] if missing else ())]


def _fact_lines(table: Mapping[str, Any], answer: policies.Answer, fact: Fact) -> list[str]:
    return (
        list(table["answers"]["policy.told"]) if answer.kind == "policy.told" else fact_sentences(table, fact)
    )


def _fact_slots(number: int) -> Mapping[str, str]:
    return {"k": f"k{number}", "f": f"f{number}"}


def _says(line: str, must: Sequence[str]) -> bool:
    named = patterns.slots_in(line)
    return all(name in named for name in must)


def fact_sentences(table: Mapping[str, Any], fact: Fact) -> list[str]:
    """The sentences that fit a fact: those for a yes or no, those for its name, or those for any fact."""
    name = fact.name.casefold().strip()
    polarity = patterns.polarity(fact.value)
    if polarity:
        polar = table["polar"]
        if patterns.is_bare(fact.value):
            adjective = re.search(polar["adjectives"], name) is not None
            return [*polar[polarity]["any"], *polar[polarity]["adjective" if adjective else "thing"]]
        return [*polar["told"]]
    own = next((kind["sentences"] for kind in table["facts"] if name in kind["names"]), ())
    general = next(kind["sentences"] for kind in table["facts"] if "any" in kind["names"])
    return [*own] if own else [*general]


# -- is it written? ------------------------------------------------------------------------------------------------


def all_ways(phrases: Phrases, language: str = "en") -> Mapping[str, Any]:
    """The table "reply" and the further ways of "answers", put together tone by tone and kind by kind."""
    return merged(phrases.table("reply", language), phrases.table("answers", language)["reply"])  # type: ignore[no-any-return]


def merged(first: Any, second: Any) -> Any:
    """Tables united, lists joined; for anything else the first counts."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        keys = [*first, *(k for k in second if k not in first)]
        return {
            k: merged(first[k], second[k]) if k in first and k in second else first.get(k, second.get(k))
            for k in keys
        }
    if isinstance(first, list) and isinstance(second, list):
        return [*second, *first] if first and isinstance(first[0], dict) else [*first, *second]
    return first


def is_written(ways: re.Pattern[str], text: str) -> bool:
    """Whether the slotted `text` is one of `ways` (see `ways_to_say`). Spaces, commas, capitals and the marks at the
    ends of sentences don't count."""
    return ways.fullmatch(_bare(text)) is not None


def ways_to_say(table: Mapping[str, Any], plan: Plan) -> re.Pattern[str]:
    """All that `compose` with `table` could give for `plan`, in whatever tone: so a reply says each fact as its kind is
    said, and what is in stock is never called sold out."""
    parts = [_any_of([line for lines in table["opening"].values() for line in lines]) + "?"]
    at = 1
    for i, answer in enumerate(plan.answers):
        said = "" if answer.kind in _FACTS_ONLY else _any_of(_own_lines(table, answer))
        for number, fact in enumerate(answer.facts, start=at):
            said += _any_of(_fact_lines(table, answer, fact), _fact_slots(number))
        at += len(answer.facts)
        parts.append(f"(?:{said})?" if _is_checked_already(plan, i) else said)
    closings = table["closing"][_closing_of(table, plan)].values()
    parts.append(_any_of([line for lines in closings for line in lines]) + "?")
    return re.compile("".join(parts))


def _any_of(lines: Sequence[str], names: Mapping[str, str] | None = None) -> str:
    return f"(?:{'|'.join(dict.fromkeys(_regex(line, names or {}) for line in lines)) or '(?!)'})"


def _regex(line: str, names: Mapping[str, str]) -> str:
    """What finds the pattern `line` in a text that is `_bare`."""
    parts = re.split(r"(\{\w+\}|[\[\]|])", line)
    signs = {"[": "(?:", "]": ")", "|": "|"}

    def part(text: str) -> str:
        if text[:1] == "{":
            return re.escape(token(names.get(text[1:-1], text[1:-1])))
        return signs.get(text) or re.escape(_bare(text))

    return "".join(map(part, parts))


def _bare(text: str) -> str:
    return re.sub(r"[?!]", ".", re.sub(r"[\s,]+", "", text.casefold()))


# -- does it fit? --------------------------------------------------------------------------------------------------


def fits(table: Mapping[str, Any], plan: Plan, tone: str, text: str) -> bool:
    """False for a slotted reply with words that don't belong to this content, or without those that do.

    Each entry of `table["misfits"]` has a pattern `words` (found: refused) or `lacks` (not found: refused), and says
    where it holds: `never_for` kinds of answers, unless one is in `only_for`, outside `tones` and `currencies`.
    A kind is named whole ("price.known") or by one of its parts ("price", "missing"). Each entry of
    `table["relations"]` has `words` that say something of a fact ("made of {f}") and the `names` of facts of which
    that is true.
    """
    return not any(_is_misfit(entry, plan, tone, text) for entry in table["misfits"]) and all(
        _is_true(entry, plan, text) for entry in table["relations"]
    )


def _is_true(entry: Mapping[str, Any], plan: Plan, text: str) -> bool:
    said = re.finditer(entry["words"].replace("{f}", r"<\|f(?P<number>\d+)\|>"), text, re.I)
    numbers = [int(match["number"]) for match in said]
    return all(
        re.search(entry["names"], plan.facts[n - 1].name, re.I) for n in numbers if n <= len(plan.facts)
    )


def _is_misfit(entry: Mapping[str, Any], plan: Plan, tone: str, text: str) -> bool:
    holds = bool(
        _any_kind(plan, entry.get("never_for", ()))
        or ("only_for" in entry and not _any_kind(plan, entry["only_for"]))
        or ("tones" in entry and tone not in entry["tones"])
        or ("currencies" in entry and plan.currency not in entry["currencies"])
        or not entry.keys() & {"never_for", "only_for", "tones", "currencies"}
    )
    if not holds:
        return False
    if "lacks" in entry:
        return re.search(entry["lacks"], text, re.I) is None
    return re.search(entry["words"], text, 0 if entry.get("case") else re.I) is not None


def _any_kind(plan: Plan, kinds: Collection[str]) -> bool:
    return any(answer.kind in kinds or set(answer.kind.split(".")) & set(kinds) for answer in plan.answers)
