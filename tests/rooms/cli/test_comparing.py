"""Worlds are compared on what all of them saw, and on nothing else."""

from tideover.cli.demo.comparing import World, side_by_side

DAY = 86_400


def an_invoice(number, customer, failed_on, paid_on=None):
    paid_at = None if paid_on is None else paid_on * DAY
    return {"id": f"in_{number}", "customer": customer, "first_failed_at": failed_on * DAY, "paid_at": paid_at}


def compared(*invoices_of_worlds):
    worlds = [World(f"world {number}", tuple(invoices)) for number, invoices in enumerate(invoices_of_worlds)]
    told = side_by_side(worlds, 90 * DAY)
    return told["of"], *[world["paid"] for world in told["worlds"]]


def test_a_payment_that_failed_in_all_worlds_counts_once_in_each():
    ours, alone = [an_invoice(1, "ana", 1, 5)], [an_invoice(7, "ana", 1)]
    assert compared(ours, alone) == (1, 1, 0)
    assert compared(ours, alone, ours) == (1, 1, 0, 1)


def test_a_second_failure_of_a_customer_is_not_compared():
    assert compared([an_invoice(2, "ana", 31), an_invoice(1, "ana", 1, 5)], [an_invoice(7, "ana", 1, 2)]) == (1, 1, 1)


def test_what_one_world_did_not_see_or_saw_at_another_time_is_left_out():
    ours = [an_invoice(1, "ana", 1), an_invoice(2, "ben", 3, 4), an_invoice(3, "cai", 5)]
    alone = [an_invoice(7, "ben", 33), an_invoice(8, "eva", 2, 3), an_invoice(9, "cai", 5)]
    assert compared(ours, alone)[0] == 1
    assert compared(ours, alone, [an_invoice(4, "ana", 1)])[0] == 0


def test_a_failure_without_its_thirty_days_is_left_out_and_late_money_is_not_in_time():
    young, late = [an_invoice(1, "ana", 70, 71)], [an_invoice(2, "ben", 1, 40)]
    assert compared([*young, *late], [*young, *late]) == (1, 0, 0)


def test_it_says_how_far_ahead_the_first_world_is_and_how_sure_that_is():
    names = [f"customer {number}" for number in range(100)]
    ours = tuple(an_invoice(name, name, 1, 5 if number < 60 else None) for number, name in enumerate(names))
    alone = tuple(an_invoice(name, name, 1, 5 if number < 50 else None) for number, name in enumerate(names))
    told = side_by_side([World("ours", ours), World("alone", alone)], 90 * DAY)
    [first, second] = told["worlds"]
    assert (first["basis_points"], first["ahead"]["basis_points"]) == (6_000, 0)
    assert second["ahead"]["basis_points"] == 1_000
    low, high = second["ahead"]["interval"]
    assert 0 < low < 1_000 < high


def test_where_nothing_can_be_compared_nothing_is_claimed():
    told = side_by_side([World("ours", ()), World("alone", ())], 90 * DAY)
    assert [world["basis_points"] for world in told["worlds"]] == [None, None]
