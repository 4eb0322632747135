-- Orders and refunds that came before the goods they speak of, which travel in another stream: what is to be folded again when these arrive. Derived,
-- and empty wherever nothing is late. Its key begins with the article, since nothing else is ever asked of it.
CREATE TABLE awaited_goods (sku_id BLOB NOT NULL, document_id BLOB NOT NULL, is_refund INTEGER NOT NULL, PRIMARY KEY (sku_id, document_id)) STRICT, WITHOUT ROWID;
-- Goods that have arrived while some of their documents are still to be folded again.
CREATE TABLE arrived_goods (sku_id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
