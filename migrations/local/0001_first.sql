-- The first form of the encrypted store. Forward only: a released migration is never edited, a change is a new file.
-- Classes of the synced tables (fact, owned, patch, state, claim) are named in crates/store/src/catalogue.rs, the one catalogue.
-- Times are UTC milliseconds, dates ISO text of the shop's zone, money minor units, quantities thousandths. Ids are 16-byte blobs.

-- What this file is. One row.
CREATE TABLE node (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  store_id BLOB NOT NULL, organisation_id BLOB NOT NULL, node_id BLOB NOT NULL, incarnation BLOB NOT NULL,
  kind TEXT NOT NULL,                 -- own | demo
  created_at_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,      -- highest instant this store has seen: a clock behind it is explained, not believed
  settings TEXT NOT NULL              -- JSON of device settings: language, theme, backup folder, sync address …
) STRICT;

-- The journal: one entry for each transaction. Chains are per node; entries of other nodes are kept as they are.
CREATE TABLE journal (
  node_id BLOB NOT NULL, seq INTEGER NOT NULL,
  at_ms INTEGER NOT NULL, kind TEXT NOT NULL, actor_id BLOB NOT NULL, device_id BLOB NOT NULL, origin TEXT NOT NULL, schema INTEGER NOT NULL,
  operation BLOB, operation_salt BLOB NOT NULL, operation_hash BLOB NOT NULL,
  events BLOB, events_salt BLOB NOT NULL, events_hash BLOB NOT NULL,
  audit BLOB, audit_salt BLOB NOT NULL, audit_hash BLOB NOT NULL,
  previous_hash BLOB NOT NULL, hash BLOB NOT NULL, signature BLOB,   -- signature: reserved for checkpoints signed by the device
  PRIMARY KEY (node_id, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE sync_cursor (stream TEXT PRIMARY KEY, position INTEGER NOT NULL, epoch BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE sync_push (one INTEGER PRIMARY KEY CHECK (one = 1), acked_seq INTEGER NOT NULL, last_at_ms INTEGER, last_error TEXT) STRICT;
CREATE TABLE quarantine (id INTEGER PRIMARY KEY, direction TEXT NOT NULL, reference TEXT NOT NULL, reason TEXT NOT NULL, payload BLOB NOT NULL, first_seen_ms INTEGER NOT NULL) STRICT;

-- People. The credential is owned by head office (the lone node where there is none).
CREATE TABLE credential (
  id BLOB PRIMARY KEY, version INTEGER NOT NULL, epoch INTEGER NOT NULL,
  name TEXT NOT NULL, role TEXT NOT NULL,
  totp_seed BLOB NOT NULL,            -- sealed under the organisation's key
  recovery_hashes TEXT NOT NULL,      -- JSON: [{salt, hash, used_at_ms}]
  created_at_ms INTEGER NOT NULL,
  verifier BLOB NOT NULL              -- recognises the password where a slot is made; sealed under the organisation's key
) STRICT, WITHOUT ROWID;
CREATE TABLE sign_in_step (person_id BLOB PRIMARY KEY, last_step INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE shop (id BLOB PRIMARY KEY, version INTEGER NOT NULL, name TEXT NOT NULL, zone TEXT NOT NULL, currency TEXT NOT NULL, day_start_min INTEGER NOT NULL, opens_hour INTEGER NOT NULL, closes_hour INTEGER NOT NULL, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE category (id BLOB PRIMARY KEY, version INTEGER NOT NULL, name TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE sku (
  id BLOB PRIMARY KEY, version INTEGER NOT NULL,
  code TEXT NOT NULL, name TEXT NOT NULL, category_id BLOB, kind TEXT NOT NULL,   -- goods | postage | fee | manual | discount | voucher | charity | test | other
  currency TEXT NOT NULL, price_minor INTEGER, cost_minor INTEGER, batch_id BLOB, named_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sku_code ON sku (code);
CREATE INDEX sku_name ON sku (name);
CREATE INDEX sku_other ON sku (kind) WHERE kind <> 'goods';
CREATE TABLE customer (
  id BLOB PRIMARY KEY, version INTEGER NOT NULL,
  code TEXT NOT NULL, name TEXT, phone TEXT, country TEXT, batch_id BLOB, joined_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_code ON customer (code);

-- Orders: an immutable document, its lines, and facts that follow.
CREATE TABLE order_doc (
  id BLOB PRIMARY KEY, order_no TEXT NOT NULL, shop_id BLOB NOT NULL, channel TEXT NOT NULL, customer_id BLOB,
  occurred_at_ms INTEGER NOT NULL, business_date TEXT NOT NULL, hour INTEGER NOT NULL, currency TEXT NOT NULL,
  discount_minor INTEGER NOT NULL, freight_minor INTEGER NOT NULL, country TEXT, batch_id BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX order_doc_time ON order_doc (occurred_at_ms, id);
CREATE INDEX order_doc_date ON order_doc (business_date, shop_id, channel);
-- Month first, as in every index that many orders of one day would otherwise spread over: trade of one day changes few pages, and a question walks the months.
CREATE INDEX order_doc_customer ON order_doc (substr(business_date, 1, 7), customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX order_doc_no ON order_doc (order_no);
CREATE TABLE order_line (
  id BLOB PRIMARY KEY, order_id BLOB NOT NULL, line_no INTEGER NOT NULL, sku_id BLOB NOT NULL,
  quantity_milli INTEGER NOT NULL, price_micro INTEGER NOT NULL,   -- unit price in millionths of the currency's unit, as the file gave it
  net_minor INTEGER NOT NULL, cost_minor INTEGER, flags INTEGER NOT NULL, batch_id BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX order_line_order ON order_line (order_id, sku_id);
CREATE TABLE order_transition (id BLOB PRIMARY KEY, order_id BLOB NOT NULL, axis TEXT NOT NULL, to_state TEXT NOT NULL, at_ms INTEGER NOT NULL, actor_id BLOB NOT NULL, reason TEXT, batch_id BLOB) STRICT, WITHOUT ROWID;
CREATE INDEX order_transition_order ON order_transition (order_id, at_ms);
CREATE TABLE payment (id BLOB PRIMARY KEY, order_id BLOB NOT NULL, tender TEXT NOT NULL, amount_minor INTEGER NOT NULL, paid_at_ms INTEGER NOT NULL, business_date TEXT NOT NULL, batch_id BLOB) STRICT, WITHOUT ROWID;
CREATE INDEX payment_order ON payment (order_id);
CREATE TABLE refund (
  id BLOB PRIMARY KEY, order_id BLOB, refund_no TEXT NOT NULL, shop_id BLOB NOT NULL, channel TEXT NOT NULL, customer_id BLOB,
  occurred_at_ms INTEGER NOT NULL, business_date TEXT NOT NULL, hour INTEGER NOT NULL, currency TEXT NOT NULL, amount_minor INTEGER NOT NULL, reason TEXT, batch_id BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX refund_date ON refund (business_date, shop_id, channel);
CREATE INDEX refund_order ON refund (order_id) WHERE order_id IS NOT NULL;
CREATE TABLE refund_line (id BLOB PRIMARY KEY, refund_id BLOB NOT NULL, sku_id BLOB NOT NULL, order_line_id BLOB, rule TEXT NOT NULL, quantity_milli INTEGER NOT NULL, price_micro INTEGER NOT NULL, amount_minor INTEGER NOT NULL, cost_minor INTEGER, flags INTEGER NOT NULL, batch_id BLOB) STRICT, WITHOUT ROWID;
CREATE INDEX refund_line_refund ON refund_line (refund_id);
CREATE INDEX refund_line_order_line ON refund_line (order_line_id) WHERE order_line_id IS NOT NULL;
CREATE TABLE stock_movement (id BLOB PRIMARY KEY, sku_id BLOB NOT NULL, shop_id BLOB NOT NULL, kind TEXT NOT NULL, quantity_milli INTEGER NOT NULL, at_ms INTEGER NOT NULL, business_date TEXT NOT NULL, ref_id BLOB, cost_minor INTEGER, batch_id BLOB) STRICT, WITHOUT ROWID;
-- By day first: a day's movements lie together, so that a file of a year's trade touches few pages at a time. One article's are found day by day.
-- With what they belong to: it leads from an article to its orders (crates/store/src/read/with_article.rs).
CREATE INDEX stock_movement_day ON stock_movement (business_date, sku_id, at_ms, ref_id);
CREATE INDEX stock_movement_other ON stock_movement (business_date) WHERE kind NOT IN ('sale', 'sale_return');
-- Accounting entries of a file: money outside sales.
CREATE TABLE adjustment (id BLOB PRIMARY KEY, number TEXT NOT NULL, shop_id BLOB NOT NULL, at_ms INTEGER NOT NULL, business_date TEXT NOT NULL, amount_minor INTEGER NOT NULL, note TEXT, batch_id BLOB) STRICT, WITHOUT ROWID;
CREATE TABLE visit_count (id BLOB PRIMARY KEY, shop_id BLOB NOT NULL, channel TEXT NOT NULL, business_date TEXT NOT NULL, hour INTEGER NOT NULL, visitors INTEGER NOT NULL, batch_id BLOB) STRICT, WITHOUT ROWID;
CREATE TABLE import_batch (id BLOB PRIMARY KEY, kind TEXT NOT NULL, file_name TEXT NOT NULL, file_sha256 BLOB NOT NULL, shop_id BLOB NOT NULL, started_at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE import_end (id BLOB PRIMARY KEY, batch_id BLOB NOT NULL, at_ms INTEGER NOT NULL, report TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE import_undone (id BLOB PRIMARY KEY, batch_id BLOB NOT NULL, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE shared_setting (id BLOB PRIMARY KEY, version INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Derived: kept by one function per table (crates/store/src/derive), rebuildable from the facts, never travelling.
CREATE TABLE order_fold (
  order_id BLOB PRIMARY KEY, occurred_at_ms INTEGER NOT NULL, business_date TEXT NOT NULL, hour INTEGER NOT NULL, shop_id BLOB NOT NULL, channel TEXT NOT NULL, customer_id BLOB, currency TEXT NOT NULL,
  goods_minor INTEGER NOT NULL, payable_minor INTEGER NOT NULL, paid_minor INTEGER NOT NULL, refunded_minor INTEGER NOT NULL,
  net_goods_minor INTEGER NOT NULL, cost_minor INTEGER NOT NULL, costed_minor INTEGER NOT NULL, discount_minor INTEGER NOT NULL, line_count INTEGER NOT NULL, kinds INTEGER NOT NULL, first_sku_id BLOB, quantity_milli INTEGER NOT NULL, pay TEXT NOT NULL, fulfil TEXT NOT NULL, refund TEXT NOT NULL,
  first_paid_at_ms INTEGER, effective INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Holds all that the order list is narrowed by and added up from, so that a view over every order reads no row of the table.
CREATE INDEX order_fold_time ON order_fold (effective, occurred_at_ms, order_id, business_date, hour, shop_id, channel, pay, fulfil, refund, payable_minor, paid_minor, refunded_minor, first_paid_at_ms, customer_id, currency);
CREATE INDEX order_fold_amount ON order_fold (effective, substr(business_date, 1, 7), payable_minor, order_id);
CREATE INDEX order_fold_waiting ON order_fold (first_paid_at_ms) WHERE effective = 1 AND fulfil = 'waiting';
CREATE TABLE refund_fold (
  refund_id BLOB PRIMARY KEY, order_id BLOB, shop_id BLOB NOT NULL, channel TEXT NOT NULL, customer_id BLOB, occurred_at_ms INTEGER NOT NULL, business_date TEXT NOT NULL, hour INTEGER NOT NULL, currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL, goods_minor INTEGER NOT NULL, cost_minor INTEGER NOT NULL, costed_minor INTEGER NOT NULL, effective INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX refund_fold_order ON refund_fold (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX refund_fold_date ON refund_fold (effective, business_date);
CREATE TABLE sales_hour (
  shop_id BLOB NOT NULL, channel TEXT NOT NULL, business_date TEXT NOT NULL, hour INTEGER NOT NULL,
  orders_created INTEGER NOT NULL, gmv_minor INTEGER NOT NULL, orders_paid INTEGER NOT NULL, paid_minor INTEGER NOT NULL,
  goods_minor INTEGER NOT NULL, discount_minor INTEGER NOT NULL, refunds INTEGER NOT NULL, refunds_minor INTEGER NOT NULL, refund_goods_minor INTEGER NOT NULL,
  units_milli INTEGER NOT NULL, cost_minor INTEGER NOT NULL, costed_minor INTEGER NOT NULL, visitors INTEGER NOT NULL, identified_paid_minor INTEGER NOT NULL, restated INTEGER NOT NULL,
  PRIMARY KEY (business_date, shop_id, channel, hour)
) STRICT, WITHOUT ROWID;
CREATE TABLE sku_day (
  sku_id BLOB NOT NULL, shop_id BLOB NOT NULL, business_date TEXT NOT NULL,
  units_milli INTEGER NOT NULL, net_minor INTEGER NOT NULL, refund_units_milli INTEGER NOT NULL, refund_minor INTEGER NOT NULL, cost_minor INTEGER NOT NULL,
  PRIMARY KEY (business_date, shop_id, sku_id)
) STRICT, WITHOUT ROWID;
-- The same by month: a ranking over years reads this and the days at both ends. Month first, so that trade of one day changes few pages.
CREATE TABLE sku_month (
  sku_id BLOB NOT NULL, month TEXT NOT NULL, shop_id BLOB NOT NULL,
  units_milli INTEGER NOT NULL, net_minor INTEGER NOT NULL, refund_units_milli INTEGER NOT NULL, refund_minor INTEGER NOT NULL, cost_minor INTEGER NOT NULL,
  PRIMARY KEY (month, shop_id, sku_id)
) STRICT, WITHOUT ROWID;
-- Which orders have an article that no movement of stock leads to (postage, a fee), by day: found day by day for the same reason.
CREATE TABLE sku_order (business_date TEXT NOT NULL, sku_id BLOB NOT NULL, order_id BLOB NOT NULL, PRIMARY KEY (business_date, sku_id, order_id)) STRICT, WITHOUT ROWID;
CREATE TABLE customer_day (
  customer_id BLOB NOT NULL, shop_id BLOB NOT NULL, channel TEXT NOT NULL, business_date TEXT NOT NULL,
  orders_paid INTEGER NOT NULL, paid_minor INTEGER NOT NULL, refunds_minor INTEGER NOT NULL,
  PRIMARY KEY (business_date, customer_id, shop_id, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_day_customer ON customer_day (substr(business_date, 1, 7), customer_id, business_date, orders_paid, paid_minor, refunds_minor);
-- Counted up by every write that changes a derived row of that date: what was kept in memory of a month holds while its marks stand (read/months.rs).
CREATE TABLE day_mark (month TEXT NOT NULL, business_date TEXT NOT NULL, mark INTEGER NOT NULL, PRIMARY KEY (month, business_date)) STRICT, WITHOUT ROWID;
CREATE TABLE stock_balance (sku_id BLOB NOT NULL, shop_id BLOB NOT NULL, on_hand_milli INTEGER NOT NULL, stated INTEGER NOT NULL, PRIMARY KEY (sku_id, shop_id)) STRICT, WITHOUT ROWID;
CREATE INDEX stock_balance_stated ON stock_balance (sku_id, shop_id) WHERE stated = 1;
-- Orders and refunds that came before the goods they speak of, which travel in another stream: what is to be folded again when these arrive. Derived,
-- and empty wherever nothing is late. Its key begins with the article, since nothing else is ever asked of it.
CREATE TABLE awaited_goods (sku_id BLOB NOT NULL, document_id BLOB NOT NULL, is_refund INTEGER NOT NULL, PRIMARY KEY (sku_id, document_id)) STRICT, WITHOUT ROWID;
-- Goods that have arrived while some of their documents are still to be folded again.
CREATE TABLE arrived_goods (sku_id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
-- Search by name, code, pinyin and initials: one row per thing, text folded for matching. Goods have row numbers from 0 up, customers below.
CREATE VIRTUAL TABLE search_text USING fts5 (ref UNINDEXED, body, tokenize = 'trigram');

-- Local: of this computer alone.
CREATE TABLE import_job (batch_id BLOB PRIMARY KEY, path TEXT NOT NULL, mapping TEXT NOT NULL, rows_done INTEGER NOT NULL, state TEXT NOT NULL, counts TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE import_mapping (header_hash BLOB PRIMARY KEY, mapping TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE own_view (id BLOB PRIMARY KEY, person_id BLOB NOT NULL, list TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE notice (id BLOB PRIMARY KEY, at_ms INTEGER NOT NULL, level TEXT NOT NULL, message_key TEXT NOT NULL, params TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE backup_run (id BLOB PRIMARY KEY, at_ms INTEGER NOT NULL, path TEXT NOT NULL, bytes INTEGER NOT NULL, verified INTEGER NOT NULL, journal_seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
