"""The desk: the shop's rooms put together, without Qt, for the window and the command line alike.

Window and command line differ only in how they ask and show; what happens in between is here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from .drafting import grounding
from .drafting.completion import Completer, Writing
from .drafting.families import Families, FamiliesError
from .drafting.form import MOST_BULLETS, Form
from .drafting.intent import IntentModel, IntentModelError
from .drafting.judging import SECTION_OF
from .drafting.lexicon import Lexicon, LexiconError
from .drafting.listing import ListingDrafter
from .drafting.listing_prompt import facts_text
from .drafting.phrases import Phrases, PhrasesError
from .drafting.pitch import PitchDrafter
from .drafting.promotion import PromotionDrafter
from .drafting.prompt import FORMAT_VERSION, build
from .drafting.reply import ReplyDrafter
from .drafting.results import Flag, ListingResult
from .engine.contract import CancelToken, CpuUnsupported, EngineError, ModelInfo, TextModel
from .engine.cpu import check_cpu
from .engine.model import Engine
from .engine.tuning import counts_to_try, tune
from .marketplaces.rules import Marketplace, MarketplaceError, RuleResult, check, load_marketplaces
from .shop.records import Product, ShopProfile
from .store.store import Store
from .threads import Threads

if TYPE_CHECKING:  # it needs numpy, which is imported only when a suggestion is asked for
    from .recommend import Recommender

DATABASE = "stallhand.db"
ORDER_MODEL = "orders.model"
DEFAULT_MARKETPLACE = "generic"
#: The key of a setting: false switches completion while typing off.
SUGGEST_WORDS = "suggest words"


def default_data_dir() -> Path:
    """The seller's data folder; beside the program where a file portable.txt lies (a USB stick)."""
    program = Path(sys.executable).parent if getattr(sys, "frozen", False) else None
    if program and (program / "portable.txt").exists():
        return program / "data"
    return Path(platformdirs.user_data_dir("Stallhand", appauthor=False))


def resources_dir() -> Path:
    """Where the program's own files are: beside the package, or inside the frozen program."""
    frozen = getattr(sys, "_MEIPASS", None)
    return (Path(frozen) if frozen else Path(__file__).resolve().parent.parent) / "resources"


class ProgramDamaged(Exception):  # noqa: N818
    """A file of the program itself is missing or can't be read; the message says which."""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """`info` is None when drafts are written from phrases; `reason` then says why."""

    info: ModelInfo | None
    reason: str = ""

    @property
    def ready(self) -> bool:
        return self.info is not None


class Desk:
    """Everything a seller can do, over one data folder.

    `store` is None for work on files alone (`open_without_store`), as the command line's drafts need no database.
    """

    def __init__(
        self, resources: Path, data_dir: Path | None, store: Store | None, *, use_model: bool = True
    ) -> None:
        self.resources = resources
        self.data_dir = data_dir
        self._store = store
        self.threads = Threads(store.settings if store else None)
        self._model_dir = resources / "model"
        self._engine = self._new_engine(self.threads.count) if use_model else None
        try:
            self.lexicon = Lexicon.load(resources / "lexicon" / "en.toml")
            self.marketplaces: dict[str, Marketplace] = load_marketplaces(resources / "marketplaces")
            phrases = Phrases.load(resources / "phrases")
            families = Families.load(resources / "phrases" / "families")
            for task in ("listing", "reply", "promotion", "pitch"):
                phrases.table(task)
            self.intents = IntentModel.load(resources / "model" / "intents.json")
        except (
            FamiliesError,
            IntentModelError,
            LexiconError,
            MarketplaceError,
            OSError,
            PhrasesError,
        ) as error:
            if store is not None:
                store.close()
            raise ProgramDamaged(
                f"The program's own files are damaged. Install it again; your shop's data stays as it is. {error}"
            ) from error
        source: Callable[[], TextModel] | None = self._model if use_model else None
        self.listings = ListingDrafter(source, self.lexicon, phrases, families)
        self.replies = ReplyDrafter(source, self.lexicon, phrases, self.intents)
        self.promotions = PromotionDrafter(source, self.lexicon, phrases)
        self.pitches = PitchDrafter(source, self.lexicon, phrases)
        self._completer = Completer(source, self.lexicon) if source else None
        self._recommender: Recommender | None = None

    @classmethod
    def open(cls, data_dir: Path, resources: Path | None = None, *, use_model: bool = True) -> Desk:
        """Open the shop kept in `data_dir` (made if missing). Raises StoreError with a text for the seller."""
        store = Store.in_folder(data_dir, DATABASE)
        return cls(resources or resources_dir(), data_dir, store, use_model=use_model)

    @classmethod
    def open_without_store(cls, resources: Path | None = None, *, use_model: bool = True) -> Desk:
        return cls(resources or resources_dir(), None, None, use_model=use_model)

    @property
    def store(self) -> Store:
        if self._store is None:
            raise RuntimeError("this desk was opened without a store")
        return self._store

    def close(self) -> None:
        """Free the language model, close the database. Safe to call twice."""
        if self._engine is not None:
            self._engine.close()
        if self._store is not None:
            self._store.close()
            self._store = None

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # -- the model ---------------------------------------------------------------------------------------------

    def _model(self) -> TextModel:
        assert self._engine is not None
        self._engine.load()
        return self._engine

    def model_status(self) -> ModelStatus:
        """Load the model if need be (slow the first time: call it off the window's thread)."""
        if self._engine is None:
            return ModelStatus(None, "The language model is switched off.")
        try:
            self._engine.load()
        except EngineError as error:
            return ModelStatus(None, str(error))
        return ModelStatus(self._engine.info)

    def _new_engine(self, threads: int | Callable[[ModelInfo], int]) -> Engine:
        return Engine(self._model_dir, format_version=FORMAT_VERSION, threads=threads)

    @property
    def tuned(self) -> bool:
        """Whether there is nothing to `tune`: it is done on this machine, or no model is loaded."""
        engine = self._engine
        return engine is None or not self.has_model or self.threads.tuning(engine.info) is not None

    def tune(self, cancel: CancelToken) -> None:
        """Find out how many threads the model runs best with here, if that is not known, and go on with as many.

        Takes about a second and all cores: call it off the window's thread, when nobody waits for a draft. Raises
        EngineError and StoreError.
        """
        engine = self._engine
        if engine is None or self.tuned:
            return
        info, now = engine.info, self.threads.count(engine.info)
        prompt = build("listing", roles=(("product", "lamp"),)).then("description")
        tuning = tune(
            lambda count: engine if count == now else self._new_engine(count),
            counts_to_try(now),
            prompt.text,
            cancel,
        )
        if tuning is not None:
            self.threads.keep(info, tuning)
            if tuning.threads != now:
                engine.close()
                engine.load()

    @property
    def has_model(self) -> bool:
        """Whether the model is loaded; never waits for it."""
        return self._engine is not None and self._engine.loaded

    # -- jobs --------------------------------------------------------------------------------------------------

    def profile(self) -> ShopProfile:
        return self.store.profile()

    def draft_listing(
        self,
        product: Product,
        *,
        marketplace: str = DEFAULT_MARKETPLACE,
        tone: str = "plain",
        language: str = "en",
        variants: int = 3,
        seed: int = 0,
        only: str | None = None,
        on_token: Callable[[int, str, str], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> ListingResult:
        """Draft `product` within the limits of `marketplace` (an id of `marketplaces`)."""
        rules = self.marketplaces[marketplace]
        return self.listings.draft(
            product,
            tone=tone,
            language=language,
            variants=variants,
            seed=seed,
            form=form_of(rules),
            only=only,
            on_token=on_token,
            cancel=cancel,
        )

    def listing_writing(
        self,
        product: Product,
        texts: Mapping[str, str],
        field: str,
        *,
        marketplace: str = DEFAULT_MARKETPLACE,
        tone: str = "plain",
    ) -> Writing:
        """For `complete`: `field` of a listing that says `texts` so far."""
        form = form_of(self.marketplaces[marketplace])
        return self.listings.writing(product, texts, field, tone=tone, form=form)

    @property
    def suggests_words(self) -> bool:
        """Whether to `complete` what is typed: switched on, the model loaded, in a language that can be checked."""
        wanted = self.has_model and self.store.settings.get(SUGGEST_WORDS, True)
        return wanted and self.profile().language == self.lexicon.language

    def complete(self, writing: Writing, before: str, cancel: CancelToken) -> str:
        """What likely follows `before`, the text up to the cursor; "" for nothing (see completion.py)."""
        return self._completer.complete(writing, before, cancel=cancel) if self._completer else ""

    def check_listing(
        self, product: Product, fields: Mapping[str, str], marketplace: str = DEFAULT_MARKETPLACE
    ) -> tuple[list[Flag], list[RuleResult]]:
        """What in `fields` the facts of `product` don't back, and how the marketplace's rules stand."""
        flags = grounding.check(fields, facts_text(product), self.lexicon)
        return flags, check(self.marketplaces[marketplace], {**fields, "brand": product.brand})

    def check_text(self, text: str, products: Sequence[Product], shop: ShopProfile, *more: str) -> list[Flag]:
        """As `check_listing`, for a reply, promotion or pitch; `more` are other texts that back it."""
        facts = [line for product in products for line in facts_text(product)]
        return grounding.check({"text": text}, [*facts, *shop_text(shop), *more], self.lexicon)

    # -- cross-sell --------------------------------------------------------------------------------------------

    def recommender(self) -> Recommender:
        """The model of the shop's orders, brought up to date with orders added since it was saved.

        Slow the first time: call it off the window's thread.
        """
        if self._recommender is None:
            self._recommender = kept_recommender(self._order_model)
        stamp = self.store.orders.stamp()
        if self._recommender.stamp != stamp:
            self._recommender.fit(self.store.orders.iter_baskets(), stamp=stamp)
            self._recommender.save(self._order_model)
        return self._recommender

    @property
    def _order_model(self) -> Path:
        return self.store.path.with_name(ORDER_MODEL)


def form_of(rules: Marketplace) -> Form:
    """What of a marketplace's rules can be kept while a listing is written."""
    counted = {name: limit.max for name, limit in rules.limits.items() if limit.unit == "characters"}
    bullets = rules.limits.get("bullet_count")
    fields = [SECTION_OF[name] for name in rules.symbol_fields]
    return Form(
        limits=counted,
        most_bullets=bullets.max if bullets else MOST_BULLETS,
        banned_words=rules.banned_words,
        banned_symbols=dict.fromkeys(fields, rules.banned_symbols),
    )


def kept_recommender(path: Path) -> Recommender:
    """The order model saved at `path`; an empty one (stamp "") where there is none that can be read."""
    from .recommend import Recommender
    from .recommend.recommender import OrderModelError

    dense = _cpu_is_supported()
    try:
        return Recommender.load(path, dense=dense)
    except OrderModelError:
        return Recommender(dense=dense)


def _cpu_is_supported() -> bool:
    try:
        check_cpu()
    except CpuUnsupported:
        return False
    return True


def shop_text(shop: ShopProfile) -> list[str]:
    """All that the shop says of itself, for grounding."""
    zones = [f"{zone.place} {zone.time} {zone.cost}" for zone in shop.delivery]
    return [shop.name, *shop.policies.values(), *zones]
