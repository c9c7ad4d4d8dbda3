from desktop.shop.records import Draft, Task
from desktop.ui.models.draft_text import details_html, input_rows, plain_text, variant_text


def test_fields_are_put_together_in_their_order():
    draft = Draft(
        Task.LISTING, "", {}, (), {"description": "D", "title": "T", "bullets": "a\nb", "extra": "E"}
    )
    assert plain_text(draft) == "T\n\na\nb\n\nD\n\nE"


def test_a_variant_shows_its_texts_and_not_its_scores():
    variant = {
        "title": "T",
        "bullets": ["a", "b"],
        "description": "D",
        "score": 0.5,
        "flags": [{"text": "x"}],
    }
    assert variant_text(variant) == "T\n• a\n• b\nD"


def test_what_a_draft_was_made_from_is_listed_without_what_is_empty():
    inputs = {
        "message": "Hi",
        "product": {
            "name": "lamp",
            "price": "5",
            "currency": "KES",
            "brand": "",
            "facts": {"run time": "2 h"},
        },
        "basket": [{"name": "a"}, {"name": "b"}],
        "facts_used": ["price"],
        "seed": 0,
    }
    assert list(input_rows(inputs)) == [
        ("Message", "Hi"),
        ("Name", "lamp"),
        ("Price", "KES 5"),
        ("Run time", "2 h"),
        ("Basket", "a, b"),
        ("Facts used", "price"),
    ]


def test_markup_in_texts_is_shown_as_typed():
    page = details_html(Draft(Task.REPLY, "", {"m<i>": "<b>"}, ({"text": "<u>"},), {"text": "<s>"}))
    for raw in ("<s>", "<u>", "M<i>", "<b>"):
        assert raw not in page
