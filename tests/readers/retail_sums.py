#!/usr/bin/env python3
"""Every sum of the real trade, computed from the raw file alone.

It shares no code with the program: the figures of an import are held against what this prints. The definitions are those
of docs/import.md:

  sale         a line with a positive quantity on an invoice that is neither C… nor A…
  GMV          the sum of the amounts of all sale lines, whatever their code stands for
  refund       a line of a C… invoice; refunds = minus the sum of their amounts
  net sales    GMV less refunds, over all codes (the figure of the program counts goods only: docs/figures.md)
  write-off    a line with a negative quantity on an invoice that is neither C… nor A…
  adjustment   a line of an A… invoice, outside sales, refunds and stock
  amount       quantity x price, rounded half away from zero to pence, line by line

Use: retail_sums.py [FILE] [--from YYYY-MM-DD] [--to YYYY-MM-DD] [--brief]
Dates are inclusive. FILE is data/sample/online_retail.parquet unless given. Needs pyarrow.
"""

import argparse
import collections
import decimal
import json
import pathlib
import re

import pyarrow.compute as pc
import pyarrow.parquet as pq

SAMPLE = pathlib.Path(__file__).resolve().parents[2] / "data" / "sample" / "online_retail.parquet"
NO_TEXT = {"", "nan", "null", "none", "n/a", "#n/a"}

# Code to kind; whatever fits none is an article.
KINDS = [
    ("postage", r"POST|DOT|C2|C3"),
    ("bank_charges", r"BANK CHARGES"),
    ("manual", r"M"),
    ("discount", r"D"),
    ("gift_voucher", r"GIFT(_.*)?"),
    ("fee", r"AMAZONFEE"),
    ("samples", r"S"),
    ("charity", r"CRUK"),
    ("test", r"TEST\d*"),
    ("adjustment", r"B|ADJUST\d*"),
]


def kind_of_code(code):
    for kind, pattern in KINDS:
        if re.fullmatch(pattern, code):
            return kind
    return "goods"


def pence(quantity, price):
    """Exact: the price is the shortest decimal that reads back as the stored double."""
    amount = decimal.Decimal(repr(price)) * quantity * 100
    return int(amount.quantize(decimal.Decimal(1), rounding=decimal.ROUND_HALF_UP))


def rows_of(path):
    table = pq.read_table(path)
    at = pc.strftime(table["invoice_date"], format="%Y-%m-%d %H:%M")
    columns = [table[name].to_pylist() for name in
               ("invoice", "stock_code", "description", "quantity", "price", "customer_id", "country")]
    yield from zip(*columns, at.to_pylist(), strict=True)


class Sums:
    """Running sums of one stretch of time."""

    def __init__(self):
        self.counts = collections.Counter()
        self.money = collections.Counter()
        self.sets = collections.defaultdict(set)

    def sale(self, invoice, code, kind, quantity, amount, customer):
        self.counts["sale_lines"] += 1
        self.money["gmv_minor"] += amount
        self.money["gmv_" + kind] += amount
        self.sets["orders"].add(invoice)
        if amount:
            self.sets["orders_with_amount"].add(invoice)
        if customer is not None:
            self.sets["orders_identified"].add(invoice)
            self.sets["customers"].add(customer)
            self.money["gmv_identified_minor"] += amount
        if kind == "goods":
            self.sets["skus_sold"].add(code)
            self.counts["units_sold"] += quantity

    def refund(self, invoice, kind, quantity, amount):
        self.counts["refund_lines"] += 1
        self.sets["refund_documents"].add(invoice)
        self.money["refunds_minor"] -= amount
        self.money["refunds_" + kind] -= amount
        if kind == "goods":
            self.counts["units_returned"] -= quantity

    def figures(self):
        figures = {name: len(members) for name, members in sorted(self.sets.items())}
        figures.update(sorted(self.counts.items()))
        figures["gmv_minor"] = self.money["gmv_minor"]
        figures["refunds_minor"] = self.money["refunds_minor"]
        figures["net_sales_minor"] = self.money["gmv_minor"] - self.money["refunds_minor"]
        figures["gmv_identified_minor"] = self.money["gmv_identified_minor"]
        return figures

    def kinds(self):
        names = sorted({name.split("_", 1)[1] for name in self.money} - {"minor", "identified_minor"})
        return {kind: {"gmv_minor": self.money["gmv_" + kind], "refunds_minor": self.money["refunds_" + kind]}
                for kind in names}


def run(path, first, last):
    whole = Sums()
    months, days, hours = (collections.defaultdict(Sums) for _ in range(3))
    seen = collections.Counter()
    times = collections.defaultdict(set)
    stock = collections.Counter()
    skus, customers, invoices = set(), set(), set()
    repeated = sub_penny = lines = zero_priced = 0
    kinds = {}
    for invoice, code, description, quantity, price, customer, country, at in rows_of(path):
        if not (first <= at[:10] <= last):
            continue
        lines += 1
        code = code.strip().upper()
        kind = kinds.setdefault(code, kind_of_code(code))
        text = None if description is None or description.strip().lower() in NO_TEXT else description.strip()
        amount = pence(quantity, price)
        content = (invoice, code, text, quantity, price, customer, country)
        repeated += seen[content] > 0
        seen[content] += 1
        times[invoice].add(at)
        invoices.add(invoice)
        skus.add(code)
        if customer is not None:
            customers.add(customer)
        sub_penny += decimal.Decimal(repr(price)) * 100 % 1 != 0
        stretches = (whole, months[at[:7]], days[at[:10]], hours[at[11:13]])
        if re.fullmatch(r"C\d+", invoice):
            for sums in stretches:
                sums.refund(invoice, kind, quantity, amount)
            stock[kind] -= quantity
        elif re.fullmatch(r"A\d+", invoice):
            for sums in stretches:
                sums.counts["adjustments"] += 1
                sums.counts["adjusted_minor"] += amount
        elif quantity < 0:
            for sums in stretches:
                sums.counts["write_offs"] += 1
                sums.counts["units_written_off"] -= quantity if kind == "goods" else 0
            stock[kind] += quantity
        else:
            for sums in stretches:
                sums.sale(invoice, code, kind, quantity, amount, customer)
            stock[kind] -= quantity
            zero_priced += price == 0
    figures = whole.figures()
    figures.update(
        lines=lines, invoices=len(invoices), codes=len(skus), customers_named=len(customers), repeated_lines=repeated,
        sub_penny_lines=sub_penny, zero_priced_sale_lines=zero_priced,
        invoices_with_two_times=sum(len(t) > 1 for t in times.values()),
        invoices_over_two_days=sum(len({x[:10] for x in t}) > 1 for t in times.values()),
        goods_stock_change=stock["goods"],
    )
    by = {"by_month": months, "by_day": days, "by_hour": hours}
    return {"from": first, "to": last, "figures": figures, "by_kind": whole.kinds()}, by


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", default=SAMPLE)
    parser.add_argument("--from", dest="first", default="0000-00-00")
    parser.add_argument("--to", dest="last", default="9999-99-99")
    parser.add_argument("--brief", action="store_true", help="no months, days and hours")
    chosen = parser.parse_args()
    answer, by = run(chosen.file, chosen.first, chosen.last)
    if not chosen.brief:
        for name, stretches in by.items():
            answer[name] = {stretch: sums.figures() for stretch, sums in sorted(stretches.items())}
    print(json.dumps(answer, indent=1))


if __name__ == "__main__":
    main()
