import pytest

from desktop.shop.sms import count_sms


@pytest.mark.parametrize(
    ("text", "length", "limit", "messages", "gsm"),
    [
        ("", 0, 160, 1, True),
        ("a" * 160, 160, 160, 1, True),
        ("a" * 161, 161, 306, 2, True),
        ("a" * 306, 306, 306, 2, True),
        ("a" * 307, 307, 459, 3, True),
        ("€" * 80, 160, 160, 1, True),  # of the extension table: two septets each
        ("a" * 159 + "[", 161, 306, 2, True),
        ("ش" * 70, 70, 70, 1, False),
        ("ش" * 71, 71, 134, 2, False),
        ("🔥" * 35, 70, 70, 1, False),
        ("🔥" * 67, 134, 201, 3, False),  # 33 fit into 67 units: a pair is not split over two messages
        ("é Ñ ü", 5, 160, 1, True),
        ("ê", 1, 70, 1, False),
    ],
)
def test_messages_are_counted_as_networks_split_them(text, length, limit, messages, gsm):
    found = count_sms(text)
    assert (found.length, found.limit, found.messages, found.gsm) == (length, limit, messages, gsm)


def test_a_character_of_two_septets_is_not_cut_in_two():
    assert count_sms("a" * 152 + "€" + "a" * 152).messages == 3
