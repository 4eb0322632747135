#!/usr/bin/env python3
"""Makes the demo shop's checked-in data out of the real retail file, the same bytes every time.

    python3 tests/readers/make_demo_data.py data/sample/online_retail.parquet [--check]

Reads the names that were written by hand in data/demo/goods.tsv (code, category, name_en, name_zh) and writes
the columns that follow from the real file, data/demo/trade.tsv.zst and data/sample/retail_head.csv; copies the
file itself to data/sample/. With --check it writes nothing and fails when a checked-in file would differ.
What is real in the result and what is made is said in data/demo/README.md. Needs only pyarrow.
"""

import csv
import hashlib
import io
import pathlib
import re
import statistics
import sys
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pyarrow
import pyarrow.compute
import pyarrow.parquet

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "data" / "demo"
SAMPLE = ROOT / "data" / "sample"

SEED = "zhanggui demo 1"
FIRST_DAY = "2009-12-01"
# At most this many lines in a basket: a consumer's basket, not a reseller's order.
BASKET_LINES_MAX = 12
# How many of 1,000 baskets may hold 1, 2, … 12 lines. A basket never has more lines than its real invoice.
BASKET_SHARES = (130, 170, 165, 130, 105, 85, 65, 50, 38, 27, 20, 15)
# Real quantity from which a consumer takes 1, 2, … 6 pieces: resellers buy by the dozen, consumers do not.
QUANTITY_STEPS = (1, 12, 24, 48, 96, 192)
# Dear goods are bought singly or in pairs.
DEAR_FEN, DEAR_QUANTITY_MAX = 6000, 2
FEN_PER_PENNY = 9
COST_SHARE_BP = (4200, 6800)
TRADE_LINES_MAX = 200_000
TRADE_BYTES_MAX = 2_500_000
SAMPLE_LINES = 20_000


def draw(key, below):
    """A number in 0..below that depends on the seed and the key alone."""
    digest = hashlib.sha256(f"{SEED}|{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % below


def price_ladder():
    """Prices, in fen, that a shop prints: 3.80, 12.90, 39.00, 118.00."""
    ladder = {90}
    for yuan in range(1, 10):
        ladder |= {yuan * 100 + cents for cents in (0, 50, 80, 90)}
    for yuan in range(10, 30):
        ladder |= {yuan * 100 + cents for cents in (80, 90)}
        ladder |= {yuan * 100} if yuan % 10 in (2, 5, 8) else set()
    ladder |= {yuan * 100 for yuan in range(30, 100) if yuan % 10 in (2, 5, 6, 8, 9)}
    ladder |= {yuan * 100 for yuan in range(100, 400) if yuan % 10 in (5, 8, 9)}
    return sorted(ladder)


def half_up(number):
    return int(Decimal(number).quantize(Decimal(1), ROUND_HALF_UP))


def shop_price(price_pence, ladder):
    wanted = price_pence * FEN_PER_PENNY
    return min(ladder, key=lambda step: (abs(step - wanted), step))


def consumer_quantity(quantity, price_fen):
    pieces = sum(quantity >= step for step in QUANTITY_STEPS)
    return min(pieces, DEAR_QUANTITY_MAX) if price_fen >= DEAR_FEN else pieces


def basket_lines(invoice):
    """How many lines the basket of this invoice may have."""
    point = draw(f"basket|{invoice}", sum(BASKET_SHARES))
    for lines, share in enumerate(BASKET_SHARES, start=1):
        point -= share
        if point < 0:
            return lines
    return BASKET_LINES_MAX


def read_real(path):
    table = pyarrow.parquet.read_table(path)
    days = pyarrow.compute.days_between(
        pyarrow.scalar(FIRST_DAY).cast(pyarrow.timestamp("ns")), table["invoice_date"]
    ).to_pylist()
    hours = pyarrow.compute.hour(table["invoice_date"]).to_pylist()
    minutes = pyarrow.compute.minute(table["invoice_date"]).to_pylist()
    names = ("invoice", "stock_code", "description", "quantity", "price", "customer_id", "country")
    columns = [table[name].to_pylist() for name in names]
    stamps = pyarrow.compute.strftime(table["invoice_date"], "%Y-%m-%d %H:%M:%S").to_pylist()
    clock = [h * 60 + m for h, m in zip(hours, minutes)]
    return list(zip(*columns, days, clock, stamps))


def read_names():
    with open(DEMO / "goods.tsv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return [row[:4] for row in rows]


def real_prices(real, codes):
    """The middle price of each code over its sales, in pence."""
    seen = defaultdict(list)
    for invoice, code, _, quantity, price, *_ in real:
        if code in codes and quantity > 0 and price > 0 and invoice[0] not in "AC":
            seen[code].append(Decimal(repr(price)))
    return {code: half_up(statistics.median(prices) * 100) for code, prices in seen.items()}


def sales(real, code_index, price_fen):
    """Each invoice as a consumer's basket: (day, minute, invoice, customer, [(goods, quantity)])."""
    invoices = {}
    for invoice, code, _, quantity, price, customer, _, day, minute, _ in real:
        if code not in code_index or quantity <= 0 or price <= 0 or invoice[0] in "AC":
            continue
        # A few invoices carry two times; the first one stands.
        head = invoices.setdefault(invoice, [day, minute, customer, {}])
        if (day, minute) < (head[0], head[1]):
            head[0], head[1] = day, minute
        head[3][code] = head[3].get(code, 0) + quantity
    for invoice, (day, minute, customer, lines) in invoices.items():
        chosen = sorted(lines, key=lambda code: draw(f"line|{invoice}|{code}", 1 << 60))
        chosen = set(chosen[: basket_lines(invoice)])
        kept = [
            (code_index[code], consumer_quantity(lines[code], price_fen[code]))
            for code in lines
            if code in chosen
        ]
        yield day, minute, invoice, customer, kept


def cancellations(real, baskets, code_index, price_fen):
    """Real cancellations of lines that are in the demo.

    A cancellation belongs to the latest earlier real sale of that SKU to that customer that is not yet wholly
    cancelled. When that line is not in the demo, neither is its cancellation, so that the share of both stays real.
    """
    in_demo = {(b[2], goods): quantity for b in baskets for goods, quantity in b[4]}
    sold = defaultdict(dict)
    wanted = defaultdict(lambda: defaultdict(int))
    for invoice, code, _, quantity, price, customer, _, day, minute, _ in real:
        if code not in code_index or customer is None:
            continue
        goods = code_index[code]
        if quantity > 0 and price > 0 and invoice[0] not in "AC":
            sale = sold[customer, goods].setdefault(invoice, [day, minute, invoice, 0, 0])
            sale[3] += quantity
        elif invoice[0] == "C" and quantity < 0:
            wanted[day, minute, invoice, customer][goods, code] -= quantity
    for (day, minute, invoice, customer), lines in sorted(wanted.items()):
        kept = []
        for (goods, code), quantity in lines.items():
            earlier = [s for s in sold[customer, goods].values() if (s[0], s[1]) < (day, minute) and s[4] < s[3]]
            if not earlier:
                continue
            sale = max(earlier)
            sale[4] += quantity
            left = in_demo.get((sale[2], goods), 0)
            whole = sale[4] >= sale[3]
            back = left if whole else min(left, consumer_quantity(quantity, price_fen[code]))
            if back > 0:
                in_demo[sale[2], goods] -= back
                kept.append((goods, back))
        if kept:
            yield day, minute, invoice, customer, kept


def trade_rows(real, code_index, price_fen):
    baskets = list(sales(real, code_index, price_fen))
    documents = [(*b, 0) for b in baskets]
    documents += [(*c, 1) for c in cancellations(real, baskets, code_index, price_fen)]
    documents.sort(key=lambda d: (d[0], d[1], d[2]))
    customers = {}
    for ordinal, (day, minute, _, customer, lines, cancelled) in enumerate(documents, start=1):
        person = "" if customer is None else customers.setdefault(customer, len(customers) + 1)
        for goods, quantity in lines:
            yield day, minute, ordinal, person, goods, quantity, cancelled


def tsv(header, rows):
    lines = ["\t".join(header)] + ["\t".join(map(str, row)) for row in rows]
    return ("\n".join(lines) + "\n").encode("utf-8")


def goods_file(names, prices, price_fen, units):
    low, high = COST_SHARE_BP
    header = ("code", "category", "name_en", "name_zh", "price_pence_median", "price_fen", "cost_share_bp", "units")
    rows = [
        (*name, prices[name[0]], price_fen[name[0]], low + draw(f"cost|{name[0]}", high - low + 1), units[index])
        for index, name in enumerate(names)
    ]
    return tsv(header, rows)


def sample_file(real):
    """The first lines of the real file as CSV, up to the end of an invoice."""
    end = SAMPLE_LINES
    while end < len(real) and real[end][0] == real[end - 1][0]:
        end += 1
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow("invoice stock_code description quantity invoice_date price customer_id country".split())
    for invoice, code, description, quantity, price, customer, country, _, _, stamp in real[:end]:
        money = f"{Decimal(repr(price)).normalize():f}"
        out.writerow([invoice, code, description, quantity, stamp[:19], money, customer, country])
    return text.getvalue().encode("utf-8")


def same(path, content):
    """Whether the checked-in file says the same; another release of zstd may pack the same lines otherwise."""
    if not path.exists():
        return False
    held = path.read_bytes()
    if path.suffix == ".zst" and held != content:
        held, content = (pyarrow.input_stream(io.BytesIO(x), compression="zstd").read() for x in (held, content))
    return held == content


def summary(rows, price_fen_by_index, price_pence_by_index):
    sold = [row for row in rows if not row[6]]
    back = [row for row in rows if row[6]]
    baskets = defaultdict(set)
    for row in sold:
        baskets[row[3]].add(row[2])
    invoices = len({row[2] for row in sold})
    total = lambda part, price: sum(row[5] * price[row[4]] for row in part) / 100
    print(f"lines {len(rows):,} = {len(sold):,} of sales + {len(back):,} of cancellations")
    print(f"invoices {invoices:,} sales, {len({row[2] for row in back}):,} cancellations; lines a basket {len(sold) / invoices:.2f}")
    print(f"customers {len([c for c in baskets if c != '']):,}; with two baskets or more "
          f"{sum(len(b) > 1 for c, b in baskets.items() if c != ''):,}; baskets without a customer {len(baskets['']):,}")
    print(f"days {rows[0][0]} … {rows[-1][0]} since {FIRST_DAY}, {len({row[0] for row in sold})} with sales")
    print(f"units sold {sum(row[5] for row in sold):,}, given back {sum(row[5] for row in back):,}")
    print(f"value sold ¥{total(sold, price_fen_by_index):,.2f} (£{total(sold, price_pence_by_index):,.2f} at median prices), "
          f"given back ¥{total(back, price_fen_by_index):,.2f}")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    source, check = pathlib.Path(sys.argv[1]), sys.argv[2:] == ["--check"]
    names = read_names()
    code_index = {name[0]: index for index, name in enumerate(names)}
    assert len(code_index) == len(names) and all(re.fullmatch(r"\d{5}", code) for code in code_index)
    real = read_real(source)
    prices, ladder = real_prices(real, code_index), price_ladder()
    price_fen = {code: shop_price(pence, ladder) for code, pence in prices.items()}
    rows = list(trade_rows(real, code_index, price_fen))
    units = [0] * len(names)
    for row in rows:
        units[row[4]] += 0 if row[6] else row[5]
    header = ("day_index", "minute_of_day", "invoice", "customer", "goods", "quantity", "is_cancellation")
    trade = tsv(header, rows)
    packed = pyarrow.Codec("zstd", compression_level=19).compress(trade, asbytes=True)
    assert len(rows) <= TRADE_LINES_MAX and len(packed) <= TRADE_BYTES_MAX
    files = {
        DEMO / "goods.tsv": goods_file(names, prices, price_fen, units),
        DEMO / "trade.tsv.zst": packed,
        SAMPLE / "retail_head.csv": sample_file(real),
        SAMPLE / "online_retail.parquet": source.read_bytes(),
    }
    differing = [path for path, content in files.items() if not same(path, content)]
    if not check:
        for path in differing:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[path])
    summary(rows, [price_fen[n[0]] for n in names], [prices[n[0]] for n in names])
    for path, content in files.items():
        print(f"{path.relative_to(ROOT)} {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()[:16]}")
    if check and differing:
        sys.exit("differs from what is checked in: " + ", ".join(str(p.relative_to(ROOT)) for p in differing))


if __name__ == "__main__":
    main()
