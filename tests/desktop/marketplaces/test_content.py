import pytest

from desktop.marketplaces.content import FINDERS


@pytest.mark.parametrize(
    ("rule", "text", "found"),
    [
        ("phone", "Call +254 712 345 678 now", "+254 712 345 678"),
        ("phone", "0712-345-678", "0712-345-678"),
        ("phone", "EAN 4006381333931, 10000 mAh, 0.5 kg", ""),
        ("phone", "(071) 234 56 78 9", "(071) 234 56 78 9"),
        ("email", "write to a.b+c@shop.co.ke!", "a.b+c@shop.co.ke"),
        ("email", "a @ b", ""),
        ("url", "see www.shop.example/x now", "www.shop.example/x"),
        ("url", "shop.co.ke has it", "shop.co.ke"),
        ("url", "wa.me/254712", "wa.me/254712"),
        ("url", "Size 1.5 m. Come in. Comes complete.", ""),
        ("handle", "on Instagram @my.shop", "@my.shop"),
        ("handle", "12 V @ 2 A", ""),
        ("price", "Lamp KSh 2,450", "KSh 2,450"),
        ("price", "Lamp ₹999", "₹999"),
        ("price", "Lampe 12,50 €", "12,50 €"),
        ("price", "Lamp 450/=", "450/="),
        ("price", "Lamp 12 W, 4K, 2 soles, 3 R", ""),
        ("html", "a <b>bold</b> lamp", "<b>"),
        ("html", "3 < 5 and 7 > 6", ""),
        ("script", "<script>x", "<script"),
        ("emoji", "Lamp 🙂", "🙂"),
        ("emoji", "Lamp™ ®", ""),
        ("shouting", "SOLAR LANTERN", "SOLAR LANTERN"),
        ("shouting", "USB-C LED 12 W lamp", ""),
        ("shouting", "فانوس شمسي", ""),
        ("shouting_word", "Solar LANTERN USB", "LANTERN"),
        ("shouting_word", "HDMI ZXQVW7", ""),
        ("repeated_word", "lamp and Lamp and lamp and", "lamp"),
        ("repeated_word", "lamp lamp and and and", ""),
    ],
)
def test_finders(rule: str, text: str, found: str) -> None:
    assert FINDERS[rule][0](text) == found
    assert FINDERS[rule][0]("") == ""
