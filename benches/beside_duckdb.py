"""Answers the questions of `cargo xtask bench analysis` by DuckDB over the facts of the same store: DIR holds them as CSV and `questions.json`.

Prints one JSON a line: the question's name and the median of its times in milliseconds. Ends with 1 where an answer differs from the given one."""

import json
import statistics
import sys
import time
from pathlib import Path

import duckdb

ASKED = 15
TABLES = {
    "doc": "id VARCHAR, order_no VARCHAR, channel VARCHAR, customer VARCHAR, at_ms BIGINT, day DATE, hour INTEGER, discount BIGINT, freight BIGINT",
    "line": "order_id VARCHAR, sku VARCHAR, quantity BIGINT, net BIGINT",
    "payment": "order_id VARCHAR, amount BIGINT",
    "refund": "id VARCHAR, order_id VARCHAR, day DATE, amount BIGINT",
    "refund_line": "refund_id VARCHAR, sku VARCHAR, amount BIGINT",
    "sku": "id VARCHAR, code VARCHAR, name VARCHAR, kind VARCHAR",
}
NO_SALES = "('postage', 'fee', 'voucher', 'charity', 'test', 'adjustment')"


def open_facts(folder: Path) -> duckdb.DuckDBPyConnection:
    db = duckdb.connect(str(folder / "facts.duckdb"))
    for name, columns in TABLES.items():
        db.execute(f"CREATE TABLE {name} ({columns})")
        db.execute(f"COPY {name} FROM '{folder / name}.csv' (HEADER false, QUOTE '\"', ESCAPE '\"')")
    # Ids as numbers: what a column store would be given.
    db.execute("CREATE TABLE order_number AS SELECT id, row_number() OVER (ORDER BY at_ms, id) AS n, customer FROM doc")
    db.execute("CREATE TABLE sku_number AS SELECT id, row_number() OVER (ORDER BY code) AS n FROM sku")
    db.execute("CREATE TABLE o AS SELECT k.n AS id, d.order_no, d.channel, dense_rank() OVER (ORDER BY d.customer) - 1 AS customer, d.customer = '' AS unknown, d.at_ms, d.day, d.hour, d.discount, d.freight FROM doc d JOIN order_number k ON k.id = d.id ORDER BY d.at_ms")
    db.execute(f"CREATE TABLE l AS SELECT k.n AS order_id, d.day, s.n AS sku, x.kind NOT IN {NO_SALES} AS goods, i.quantity, i.net FROM line i JOIN order_number k ON k.id = i.order_id JOIN doc d ON d.id = i.order_id JOIN sku_number s ON s.id = i.sku JOIN sku x ON x.id = i.sku ORDER BY d.day")
    db.execute("CREATE TABLE p AS SELECT k.n AS order_id, d.day, i.amount FROM payment i JOIN order_number k ON k.id = i.order_id JOIN doc d ON d.id = i.order_id ORDER BY d.day")
    db.execute(f"CREATE TABLE r AS SELECT f.day, s.n AS sku, x.kind NOT IN {NO_SALES} AS goods, i.amount FROM refund f JOIN refund_line i ON i.refund_id = f.id JOIN sku_number s ON s.id = i.sku JOIN sku x ON x.id = i.sku ORDER BY f.day")
    return db


def analysis(db, question) -> dict:
    span = f"BETWEEN DATE '{question['from']}' AND DATE '{question['to']}'"
    one = lambda sql: db.execute(sql).fetchall()
    by_day = one(f"SELECT day, count(*), sum(discount), sum(freight) FROM o WHERE day {span} GROUP BY day ORDER BY day")
    net_by_day = one(f"SELECT day, sum(net), sum(net) FILTER (goods), sum(quantity) FROM l WHERE day {span} GROUP BY day")
    paid_by_day = one(f"SELECT day, sum(amount) FROM p WHERE day {span} GROUP BY day")
    back_by_day = one(f"SELECT day, sum(amount), sum(amount) FILTER (goods) FROM r WHERE day {span} GROUP BY day")
    one(f"SELECT isodow(day), hour, count(*), sum(paid) FROM (SELECT o.id, any_value(o.day) AS day, any_value(o.hour) AS hour, sum(p.amount) AS paid FROM o JOIN p ON p.order_id = o.id AND p.day {span} WHERE o.day {span} GROUP BY o.id) GROUP BY 1, 2")
    one(f"SELECT channel, count(*) FROM o WHERE day {span} GROUP BY 1")
    customers = one(f"SELECT count(*), count(*) FILTER (n >= 2) FROM (SELECT customer, count(*) AS n FROM o WHERE day {span} AND NOT unknown GROUP BY customer)")
    ranked = one(f"SELECT sku, sum(net) - sum(back) AS n FROM (SELECT sku, net, 0 AS back FROM l WHERE goods AND day {span} UNION ALL SELECT sku, 0, amount FROM r WHERE goods AND day {span}) GROUP BY sku HAVING sum(net) > 0 ORDER BY n DESC, sku")
    return {
        "orders": sum(row[1] for row in by_day),
        "paid": sum(row[1] for row in paid_by_day),
        "net": sum(row[2] or 0 for row in net_by_day) - sum(row[2] for row in by_day) - sum(row[2] or 0 for row in back_by_day),
        "customers": customers[0][0],
        "best": [row[1] for row in ranked[:10]],
    }


def newest(db, question) -> dict:
    rows = db.execute(
        f"WITH page AS (SELECT * FROM o ORDER BY at_ms DESC, id DESC LIMIT {question['limit']}) "
        "SELECT page.id, any_value(page.order_no), sum(l.net), count(*) FROM page JOIN l ON l.order_id = page.id AND l.day = page.day GROUP BY page.id ORDER BY page.id DESC"
    ).fetchall()
    return {"count": len(rows)}


def search(db, question) -> dict:
    for word in question["words"]:
        parts = " AND ".join(f"(name || chr(10) || code) ILIKE '%{part}%'" for part in word.split())
        db.execute(f"SELECT id, code, name FROM sku WHERE {parts} LIMIT {question['limit']}").fetchall()
    return {}


def main() -> int:
    folder = Path(sys.argv[1])
    db = open_facts(folder)
    for question in json.loads((folder / "questions.json").read_text()):
        ask = {"analysis": analysis, "newest": newest, "search": search}[question["kind"]]
        answer = ask(db, question)
        if answer != question["answer"]:
            print(f"{question['name']}: DuckDB says {answer}, the program {question['answer']}", file=sys.stderr)
            return 1
        times = []
        for _ in range(ASKED):
            started = time.perf_counter()
            ask(db, question)
            times.append((time.perf_counter() - started) * 1000 / max(1, len(question.get("words", []))))
        print(json.dumps({"name": question["name"], "p50_ms": statistics.median(times)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
