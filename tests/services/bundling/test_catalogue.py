"""Rule B1: the catalogue."""

from datetime import date

from services.bundling.rules import catalogue
from services.bundling.rules.catalogue import CATALOGUE, E_CHANNELS, Product
from tests.services.bundling.examples import TODAY

OLD = Product("online", 1, "网银", "Online", "ebanking", "channel", effective_to=date(2026, 1, 31))
NEW = Product("online", 2, "网银", "Online", "ebanking", "channel", effective_from=date(2026, 2, 1))


def test_b1_each_product_has_names_in_both_languages_and_one_version_a_day():
    for product in CATALOGUE:
        assert product.name_zh
        assert product.name_en
        assert catalogue.find(product.code, TODAY) == product


def test_b1_prerequisites_and_exclusions_name_products_of_the_catalogue():
    codes = {product.code for product in CATALOGUE}
    for product in CATALOGUE:
        assert {code for group in product.prerequisites for code in group} <= codes
        assert set(product.exclusions) <= codes


def test_b1_the_version_of_a_day_is_the_one_in_force_then():
    both = (OLD, NEW)
    assert catalogue.find("online", date(2026, 1, 31), both) == OLD
    assert catalogue.find("online", date(2026, 2, 1), both) == NEW


def test_b1_a_product_is_not_found_outside_its_dates():
    assert catalogue.find("online", date(2026, 2, 1), (OLD,)) is None
    assert catalogue.find("teleportation", TODAY) is None


def test_b1_a_prerequisite_asks_for_one_of_its_group():
    mobile = catalogue.find("mobile", TODAY)
    assert catalogue.obstacles(mobile, {"debit_card"}) == []
    assert catalogue.obstacles(mobile, {"mortgage"}) == [
        "mobile needs now or mmda or term_deposit or debit_card or credit_card"
    ]


def test_b1_an_exclusion_stands_in_the_way():
    junior = Product("junior_card", 1, "少儿卡", "Junior card", "cards", "card", exclusions=("credit_card",))
    assert catalogue.obstacles(junior, {"credit_card"}) == ["junior_card cannot stand beside credit_card"]
    assert catalogue.obstacles(junior, {"debit_card"}) == []


def test_b1_the_electronic_channels_are_flagged():
    assert set(E_CHANNELS) == {"corporate_ebank", "online_reconciliation", "online", "telephone", "mobile"}
