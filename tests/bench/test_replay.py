"""What pgbench sends is what the use case sent, each transaction with its own values."""

import pytest

from bench.replay import Statement, script_of
from bench.rounds import LoadFailed


def test_each_client_goes_through_its_own_share_of_the_transactions() -> None:
    insert = "INSERT INTO t (a, b, c) VALUES ($1::UUID, $2::TEXT, $3::INTEGER)"
    transactions: list[list[Statement]] = [
        [("SELECT 1", []), (insert, [f"id-{n}", None, str(n)]), ("UPDATE t SET a = $1", ["x"])]
        for n in range(5)
    ]

    script = script_of(transactions, clients=2)

    assert script.text.splitlines() == [
        r"\set k :k + 1",
        r"\set n :client_id * 2 + :k",
        r"SELECT * FROM bench_replay WHERE n = :n \gset",
        "BEGIN;",
        "SELECT 1;",
        "INSERT INTO t (a, b, c) VALUES (:p1::UUID, NULL::TEXT, :p3::INTEGER);",
        "UPDATE t SET a = :p4;",
        "COMMIT;",
    ]
    assert script.values == [[f"id-{n}", "", str(n), "x"] for n in range(4)]
    assert script.left_out == 1


def test_transactions_of_another_form_are_left_out() -> None:
    transactions: list[list[Statement]] = [
        [("A", ["1"])],
        [("A", [None])],
        [("A", ["2"])],
        [("B", ["3"])],
    ]

    script = script_of(transactions, clients=1)

    assert (script.values, script.left_out) == ([["1"], ["2"]], 2)


def test_too_few_transactions_are_no_measurement() -> None:
    with pytest.raises(LoadFailed, match="too few"):
        script_of([[("A", [])]], clients=2)
