from pathlib import Path

import pytest

from desktop.marketplaces.rules import MarketplaceError, RuleResult, check, count, load_marketplaces

DIRECTORY = Path(__file__).parents[3] / "resources" / "marketplaces"
ALL = load_marketplaces(DIRECTORY)


def broken(marketplace: str, **fields: str) -> list[tuple[str, str]]:
    return [(r.field, r.rule) for r in check(ALL[marketplace], fields) if not r.ok]


def test_the_marketplaces_are_there_and_the_safe_one_comes_first() -> None:
    assert next(iter(ALL)) == "generic"
    assert {"amazon", "ebay", "etsy", "mercadolibre", "shopee", "lazada", "jumia", "facebook", "whatsapp", "google",
            "olx"} <= set(ALL)  # fmt: skip


def test_each_limit_says_where_it_comes_from() -> None:
    known = {"official", "community", "third party", "judgement", "unverified"}
    for marketplace in ALL.values():
        for name, limit in marketplace.limits.items():
            assert limit.source_url or limit.source, f"{marketplace.id} {name}"
            assert limit.checked_on is not None
            assert limit.confidence in known


@pytest.mark.parametrize(
    ("marketplace", "limit"),
    [("amazon", 75), ("ebay", 80), ("etsy", 140), ("mercadolibre", 60), ("facebook", 150), ("whatsapp", 200),
     ("generic", 60)],
)  # fmt: skip
def test_title_limits_hold_to_the_character(marketplace: str, limit: int) -> None:
    def length_is_ok(title: str) -> bool:
        return all(r.ok for r in check(ALL[marketplace], {"title": title}) if r.rule == "length")

    assert length_is_ok("é" * limit)
    assert not length_is_ok("é" * (limit + 1))


def test_counting_is_by_code_points_or_bytes_or_items() -> None:
    assert count("न🙂é", "characters") == 3
    assert count("न🙂é", "bytes") == 9
    assert count("one\n\n two \n", "items") == 2
    with pytest.raises(ValueError, match="words"):
        count("x", "words")


def test_a_broken_limit_says_by_how_much() -> None:
    result = next(r for r in check(ALL["mercadolibre"], {"title": "x" * 63}) if r.rule == "length")
    assert result == RuleResult("mercadolibre", "title", "length", False, "63 of 60 characters, 3 too many.")
    assert result.to_json() == {
        "marketplace": "mercadolibre", "field": "title", "rule": "length", "ok": False,
        "detail": "63 of 60 characters, 3 too many.",
    }  # fmt: skip


def test_amazon_bullets_have_a_length_a_number_and_a_sum() -> None:
    bullets = "\n".join(["x" * 256, "short", *["b" * 200] * 4])
    details = [r.detail for r in check(ALL["amazon"], {"bullets": bullets}) if not r.ok]
    assert details == [
        "1066 of 999 characters, 67 too many.",
        "Bullet 1: 256 of 255 characters, 1 too many.",
        "Bullet 2: 5 characters; at least 10 are asked for.",
        "6 of 5 items, 1 too many.",
    ]


def test_banned_words_are_whole_words_and_phrases_in_any_case() -> None:
    assert broken("amazon", title="Lamp with Free-Shipping") == [("title", "banned words")]
    assert broken("generic", description="Freedom and bestow") == []
    assert broken("shopee", description="Cheaper than on Lazada") == [("description", "banned words")]


def test_banned_symbols_and_content() -> None:
    assert broken("amazon", title="Lamp! For you") == [("title", "banned symbols")]
    assert broken("generic", description="Really? Yes! Call 0712 345 678") == [("description", "phone")]
    assert broken("olx", title="Lamp KSh 2,450") == [("title", "price")]
    assert broken("whatsapp", title="SOLAR LANTERN") == [("title", "shouting")]


def test_rules_over_two_fields() -> None:
    assert broken("jumia", title="Sunbell lamp", brand="Sunbell") == [("title", "brand")]
    assert broken("jumia", title="Sunbell lamp", brand="") == []
    assert broken("whatsapp", title="Lamp", description="lamp ") == [("description", "same as title")]


def test_empty_and_unknown_fields_and_other_scripts_raise_no_alarm() -> None:
    for marketplace in ALL.values():
        assert check(marketplace, {"title": " ", "bullets": "", "description": "\n"}) == []
        assert all(r.ok for r in check(marketplace, {"title": "สวัสดี न فانوس", "nonsense": "FREE!!!"}))


def test_ten_thousand_characters_are_warned_of_not_cut() -> None:
    fields = {"title": "x" * 10_000, "description": "word " * 2_000}
    assert ("title", "length") in broken("generic", **fields)
    assert len(fields["title"]) == 10_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id = 1 =", "x.toml"),
        ('id = "x"', "name"),
        ('id = "x"\nname = "X"\n[content]\nsmell = ["title"]', "“smell” is not a rule"),
        ('id = "x"\nname = "X"\n[limits.title]\nmax = 5\nunit = "words"', "unit “words”"),
        ('id = "x"\nname = "X"\n[limits.title]\nmax = 5\nmin = 9', "from 9 to 5"),
        ('id = "x"\nname = "X"\n[limits.title]\nmaximum = 5', "maximum"),
    ],
)
def test_a_wrong_file_is_named_with_its_entry(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    with pytest.raises(MarketplaceError) as error:
        load_marketplaces(tmp_path)
    assert message in str(error.value)
    assert "x.toml" in str(error.value)


def test_an_id_twice_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(MarketplaceError, match="no marketplace rules"):
        load_marketplaces(tmp_path)
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text('id = "x"\nname = "X"', encoding="utf-8")
    with pytest.raises(MarketplaceError, match=r"b\.toml.*second time"):
        load_marketplaces(tmp_path)
