"""Two worlds are compared on what both of them saw, and on nothing else."""

from tideover.cli.demo.comparing import side_by_side

DAY = 86_400


def an_invoice(number, customer, failed_on, paid_on=None):
    paid_at = None if paid_on is None else paid_on * DAY
    return {"id": f"in_{number}", "customer": customer, "first_failed_at": failed_on * DAY, "paid_at": paid_at}


def test_a_payment_that_failed_in_both_worlds_counts_once_in_each():
    ours, alone = [an_invoice(1, "ana", 1, 5)], [an_invoice(7, "ana", 1)]
    assert side_by_side(ours, alone, 90 * DAY) == {"days": 30, "of": 1, "ours": 1, "stripe_alone": 0}


def test_a_second_failure_of_a_customer_is_not_compared():
    ours = [an_invoice(2, "ana", 31), an_invoice(1, "ana", 1, 5)]
    assert side_by_side(ours, [an_invoice(7, "ana", 1, 2)], 90 * DAY) == {
        "days": 30,
        "of": 1,
        "ours": 1,
        "stripe_alone": 1,
    }


def test_what_only_one_world_saw_or_saw_at_another_time_is_left_out():
    ours = [an_invoice(1, "ana", 1), an_invoice(2, "ben", 3, 4)]
    alone = [an_invoice(7, "ben", 33), an_invoice(8, "eva", 2, 3)]
    assert side_by_side(ours, alone, 90 * DAY)["of"] == 0


def test_a_failure_without_its_thirty_days_is_left_out_and_late_money_is_not_in_time():
    young = [an_invoice(1, "ana", 70, 71)]
    late = [an_invoice(2, "ben", 1, 40)]
    assert side_by_side([*young, *late], [*young, *late], 90 * DAY) == {
        "days": 30,
        "of": 1,
        "ours": 0,
        "stripe_alone": 0,
    }
