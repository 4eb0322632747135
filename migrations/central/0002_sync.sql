-- The centre, second part: who pushes, what was applied, in which order others read it. Written by hand; 0001_tables.sql is generated from the catalogue.
-- Everything here applies by class (fact, owned, patch) and knows no rule of the shop. docs/sync.md explains the tables, the states and the failure cases.

-- What this database is. One row: one organisation has one centre.
CREATE TABLE sync.organisation (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  organisation_id bytea NOT NULL, founded_by bytea NOT NULL,
  baseline_seq bigint NOT NULL,              -- the founder's journal position at which the baseline was written
  form integer NOT NULL,                     -- of the operations; a program that writes a newer one is told so
  created_at timestamptz NOT NULL DEFAULT now()
);

-- A node that pushes. The row's lock serialises a device with itself.
CREATE TABLE sync.device (
  node_id bytea PRIMARY KEY, incarnation bytea NOT NULL,
  acked_seq bigint NOT NULL DEFAULT 0, chain_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
  first_seen_at timestamptz NOT NULL DEFAULT now(), last_push_at timestamptz
);

-- The end of each stream. Bumped last in a transaction, so that positions are dense and in the order of commits.
CREATE TABLE sync.head (stream text PRIMARY KEY, pos bigint NOT NULL, epoch uuid NOT NULL DEFAULT gen_random_uuid()) WITH (fillfactor = 20);

-- What others pull: the rows of one table that one operation brought to one stream.
CREATE TABLE sync.log (
  stream text NOT NULL, pos bigint NOT NULL, node_id bytea NOT NULL, seq bigint NOT NULL,
  table_name text NOT NULL, act text NOT NULL, row_count integer NOT NULL, rows jsonb NOT NULL,
  closes boolean NOT NULL,                   -- the last record of its operation in this stream: a pull is cut only here
  PRIMARY KEY (stream, pos)
);

-- Every journal entry that arrived: what makes a push count once, and the copy of the device's chain.
CREATE TABLE sync.applied (
  node_id bytea NOT NULL, seq bigint NOT NULL, incarnation bytea NOT NULL,
  hash bytea NOT NULL, previous_hash bytea NOT NULL, body jsonb NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (node_id, seq)
);

-- What could not be applied, kept whole and shown to a person. It never holds up what comes after it.
CREATE TABLE sync.quarantine (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  node_id bytea NOT NULL, seq bigint NOT NULL, table_name text NOT NULL, reason text NOT NULL, payload jsonb NOT NULL, at timestamptz NOT NULL DEFAULT now()
);

-- One-time codes: what the centre keeps cannot be opened without the half of the code that it never sees.
CREATE TABLE sync.join_code (id bytea PRIMARY KEY, sealed bytea, expires_at timestamptz NOT NULL, used_at timestamptz);

-- Greets a device: makes its row at the first contact and says how far the centre has it.
CREATE FUNCTION sync.hello(p_organisation bytea, p_node bytea, p_incarnation bytea, p_form integer)
RETURNS TABLE (acked_seq bigint, chain_hash bytea) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  v_organisation sync.organisation%ROWTYPE;
BEGIN
  SELECT * INTO v_organisation FROM sync.organisation;
  IF NOT FOUND THEN RAISE EXCEPTION 'no_organisation' USING ERRCODE = 'ZG008'; END IF;
  IF v_organisation.organisation_id <> p_organisation THEN RAISE EXCEPTION 'other_organisation' USING ERRCODE = 'ZG007'; END IF;
  IF p_form > v_organisation.form THEN RAISE EXCEPTION 'centre_older' USING ERRCODE = 'ZG004'; END IF;
  INSERT INTO sync.device (node_id, incarnation) VALUES (p_node, p_incarnation) ON CONFLICT DO NOTHING;
  RETURN QUERY SELECT d.acked_seq, d.chain_hash FROM sync.device d WHERE d.node_id = p_node;
END $$;

-- Applies one table's part of a chunk by its class. Answers the part to log: the rows that took effect.
-- A part is an array of [seq, number in the operation, stream, act, rows].
CREATE FUNCTION sync.apply_table(p_node bytea, p_table text, p_part jsonb)
RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  v_catalogue sync.catalogue%ROWTYPE;
  v_written bigint;
  v_total bigint;
  v_kept jsonb;
BEGIN
  SELECT * INTO v_catalogue FROM sync.catalogue WHERE table_name = p_table;
  IF NOT FOUND THEN RAISE EXCEPTION 'centre_older' USING ERRCODE = 'ZG004', DETAIL = p_table; END IF;
  -- Rows are taken in the order of their ids, so that two devices that bring the same rows wait for each other and never deadlock.
  IF v_catalogue.class = 'fact' THEN
    EXECUTE format('INSERT INTO projection.%I (%s) SELECT %s FROM jsonb_array_elements($1) c, jsonb_array_elements(c->4) r ORDER BY 1 ON CONFLICT (id) DO NOTHING',
      p_table, v_catalogue.columns, v_catalogue.reads) USING p_part;
    GET DIAGNOSTICS v_written = ROW_COUNT;
    SELECT coalesce(sum(jsonb_array_length(c->4)), 0) INTO v_total FROM jsonb_array_elements(p_part) c;
    IF v_written = v_total THEN RETURN p_part; END IF;
    EXECUTE format('INSERT INTO sync.quarantine (node_id, seq, table_name, reason, payload) SELECT $2, (c->>0)::bigint, %1$L, ''other_content'', r FROM jsonb_array_elements($1) c, jsonb_array_elements(c->4) r
      JOIN projection.%1$I t ON t.id = decode(r->>0, ''hex'') WHERE %2$s <> r', p_table, v_catalogue.writes) USING p_part, p_node;
  ELSE
    -- A chunk may hold several versions of a row: the highest speaks for them.
    EXECUTE format('INSERT INTO projection.%1$I AS t (%2$s) SELECT DISTINCT ON (decode(r->>0, ''hex'')) %3$s FROM jsonb_array_elements($1) c, jsonb_array_elements(c->4) r
      ORDER BY decode(r->>0, ''hex''), (r->>1)::bigint DESC ON CONFLICT (id) DO UPDATE SET %4$s WHERE excluded.version > t.version',
      p_table, v_catalogue.columns, v_catalogue.reads, v_catalogue.sets) USING p_part;
    EXECUTE format('INSERT INTO sync.quarantine (node_id, seq, table_name, reason, payload) SELECT $2, l.seq, %1$L, ''newer_version'', l.r FROM
      (SELECT DISTINCT ON (r->>0) (c->>0)::bigint AS seq, r FROM jsonb_array_elements($1) c, jsonb_array_elements(c->4) r ORDER BY r->>0, (r->>1)::bigint DESC) l
      JOIN projection.%1$I t ON t.id = decode(l.r->>0, ''hex'') WHERE %2$s <> l.r', p_table, v_catalogue.writes) USING p_part, p_node;
  END IF;
  -- What is there now is what others are told: a row that lost, or was overtaken within the chunk, is not.
  EXECUTE format('SELECT jsonb_agg(k.part) FROM (SELECT jsonb_build_array(c->0, c->1, c->2, c->3, jsonb_agg(x.r ORDER BY x.n)) AS part FROM jsonb_array_elements($1) c,
    jsonb_array_elements(c->4) WITH ORDINALITY x(r, n) JOIN projection.%I t ON t.id = decode(x.r->>0, ''hex'') WHERE %s = x.r GROUP BY c) k', p_table, v_catalogue.writes)
    INTO v_kept USING p_part;
  RETURN coalesce(v_kept, '[]'::jsonb);
END $$;

-- Compiling a statement that runs once costs more than running it, and so does remembering what a megabyte of JSON unfolds to: both are off here.
-- Applies a chunk of changes and gives them their positions. p_whole: a record closes its operation (else every record stands for itself, as in a baseline).
CREATE FUNCTION sync.apply(p_node bytea, p_changes jsonb, p_whole boolean)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET jit = off SET enable_memoize = off AS $$
DECLARE
  v_changes jsonb := p_changes;
  v_table text;
  v_part jsonb;
  v_kept jsonb;
  v_bases jsonb := '{}';
  v_stream text;
  v_count bigint;
  v_pos bigint;
BEGIN
  FOR v_table, v_part IN SELECT e.key, e.value FROM jsonb_each(p_changes) e LEFT JOIN sync.catalogue k ON k.table_name = e.key ORDER BY k.place NULLS FIRST LOOP
    v_kept := sync.apply_table(p_node, v_table, v_part);
    IF v_kept IS DISTINCT FROM v_part THEN v_changes := jsonb_set(v_changes, ARRAY[v_table], v_kept); END IF;
  END LOOP;
  -- From here to the commit the heads are locked, in the order of their names. Nothing that waits or computes comes after this.
  FOR v_stream, v_count IN SELECT c->>2, count(*) FROM jsonb_each(v_changes) e, jsonb_array_elements(e.value) c GROUP BY 1 ORDER BY 1 LOOP
    INSERT INTO sync.head AS h (stream, pos) VALUES (v_stream, v_count) ON CONFLICT (stream) DO UPDATE SET pos = h.pos + excluded.pos RETURNING pos INTO v_pos;
    v_bases := v_bases || jsonb_build_object(v_stream, v_pos - v_count);
  END LOOP;
  INSERT INTO sync.log (stream, pos, node_id, seq, table_name, act, row_count, rows, closes)
    SELECT s.stream, (v_bases->>s.stream)::bigint + s.n, p_node, s.seq, s.table_name, s.act, jsonb_array_length(s.rows), s.rows, NOT p_whole OR s.next_seq IS DISTINCT FROM s.seq
    FROM (SELECT q.*, row_number() OVER w AS n, lead(q.seq) OVER w AS next_seq
      FROM (SELECT (c->>2) COLLATE "C" AS stream, (c->>0)::bigint AS seq, (c->>1)::bigint AS number, e.key AS table_name, c->>3 AS act, c->4 AS rows
        FROM jsonb_each(v_changes) e, jsonb_array_elements(e.value) c OFFSET 0) q
      WINDOW w AS (PARTITION BY q.stream ORDER BY q.seq, q.number)) s;
END $$;

-- The changes of the entries from p_from to p_to.
CREATE FUNCTION sync.part_of(p_changes jsonb, p_from bigint, p_to bigint)
RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT coalesce(jsonb_object_agg(k.key, k.part), '{}') FROM (
    SELECT e.key, jsonb_agg(c) AS part FROM jsonb_each(p_changes) e, jsonb_array_elements(e.value) c WHERE (c->>0)::bigint BETWEEN p_from AND p_to GROUP BY e.key) k
$$;

-- Keeps entries of a device's chain, after checking that they follow each other.
CREATE FUNCTION sync.keep_entries(p_node bytea, p_incarnation bytea, p_after bigint, p_previous bytea, p_entries jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  v_broken boolean;
BEGIN
  SELECT bool_or(e.seq <> p_after + e.n OR e.previous IS DISTINCT FROM coalesce(e.before, encode(p_previous, 'hex'))) INTO v_broken
    FROM (SELECT (x.r->>'seq')::bigint AS seq, x.n, x.r->>'previous_hash' AS previous, lag(x.r->>'hash') OVER (ORDER BY x.n) AS before
      FROM jsonb_array_elements(p_entries) WITH ORDINALITY x(r, n)) e;
  IF v_broken THEN RAISE EXCEPTION 'gap' USING ERRCODE = 'ZG002'; END IF;
  INSERT INTO sync.applied (node_id, seq, incarnation, hash, previous_hash, body)
    SELECT p_node, (r->>'seq')::bigint, p_incarnation, decode(r->>'hash', 'hex'), decode(r->>'previous_hash', 'hex'), r - 'seq' - 'hash' - 'previous_hash' FROM jsonb_array_elements(p_entries) r;
END $$;

-- Takes a chunk of operations: {"previous_hash", "entries": […], "changes": {table: part}}. All or nothing, and once: what was applied before is skipped.
CREATE FUNCTION sync.push(p_node bytea, p_incarnation bytea, p_from_seq bigint, p_ops jsonb)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET jit = off SET enable_memoize = off AS $$
DECLARE
  v_device sync.device%ROWTYPE;
  v_before bytea;
  v_entries jsonb := p_ops->'entries';
  v_changes jsonb := p_ops->'changes';
  v_last bigint;
  v_seq bigint;
  v_one jsonb;
BEGIN
  SELECT * INTO v_device FROM sync.device WHERE node_id = p_node FOR UPDATE;
  IF NOT FOUND THEN RAISE EXCEPTION 'unknown_device' USING ERRCODE = 'ZG003'; END IF;
  IF p_from_seq > v_device.acked_seq + 1 THEN RAISE EXCEPTION 'gap' USING ERRCODE = 'ZG002'; END IF;
  IF p_from_seq = v_device.acked_seq + 1 THEN
    v_before := v_device.chain_hash;
  ELSE
    SELECT hash INTO v_before FROM sync.applied WHERE node_id = p_node AND seq = p_from_seq - 1;
    v_before := CASE WHEN p_from_seq = 1 THEN decode(repeat('00', 32), 'hex') ELSE v_before END;
  END IF;
  -- Two stores that both think they are this device: a copied disk, or a backup that went on beside the original.
  IF v_before IS DISTINCT FROM decode(p_ops->>'previous_hash', 'hex') OR EXISTS (
    SELECT 1 FROM jsonb_array_elements(v_entries) r JOIN sync.applied a ON a.node_id = p_node AND a.seq = (r->>'seq')::bigint WHERE encode(a.hash, 'hex') <> r->>'hash'
  ) THEN RAISE EXCEPTION 'fork' USING ERRCODE = 'ZG001'; END IF;
  IF p_from_seq <= v_device.acked_seq THEN
    SELECT coalesce(jsonb_agg(r ORDER BY (r->>'seq')::bigint), '[]') INTO v_entries FROM jsonb_array_elements(v_entries) r WHERE (r->>'seq')::bigint > v_device.acked_seq;
    v_changes := sync.part_of(v_changes, v_device.acked_seq + 1, 9223372036854775807);
  END IF;
  IF jsonb_array_length(v_entries) = 0 THEN RETURN v_device.acked_seq; END IF;
  PERFORM sync.keep_entries(p_node, p_incarnation, v_device.acked_seq, v_device.chain_hash, v_entries);
  v_last := (v_entries->-1->>'seq')::bigint;
  UPDATE sync.device SET acked_seq = v_last, chain_hash = decode(v_entries->-1->>'hash', 'hex'), incarnation = p_incarnation, last_push_at = now() WHERE node_id = p_node;
  BEGIN
    PERFORM sync.apply(p_node, v_changes, true);
  EXCEPTION WHEN data_exception OR integrity_constraint_violation OR null_value_not_allowed THEN
    -- One operation does not fit. Each is tried alone; the one that does not fit is put aside whole, and the device goes on.
    FOR v_seq IN SELECT DISTINCT (c->>0)::bigint FROM jsonb_each(v_changes) e, jsonb_array_elements(e.value) c ORDER BY 1 LOOP
      v_one := sync.part_of(v_changes, v_seq, v_seq);
      BEGIN
        PERFORM sync.apply(p_node, v_one, true);
      EXCEPTION WHEN data_exception OR integrity_constraint_violation OR null_value_not_allowed THEN
        INSERT INTO sync.quarantine (node_id, seq, table_name, reason, payload) VALUES (p_node, v_seq, '', SQLERRM, v_one);
      END;
    END LOOP;
  END;
  RETURN v_last;
END $$;

-- What is new after the cursors ({stream: [position, epoch]}), at most about p_rows rows, cut only between operations. STABLE: every statement in it reads the one
-- snapshot of the calling query. Global rows come first, and a shop's only when they are all through: an order never arrives before its goods.
CREATE FUNCTION sync.pull(p_cursors jsonb, p_rows bigint)
RETURNS TABLE (stream text, epoch uuid, head bigint, pos bigint, node_id bytea, seq bigint, table_name text, act text, rows text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  v_head sync.head%ROWTYPE;
  v_cursor bigint;
  v_left bigint := p_rows;
  v_cut bigint;
  v_rows bigint;
BEGIN
  FOR v_head IN SELECT * FROM sync.head h ORDER BY h.stream <> 'global', h.stream LOOP
    v_cursor := coalesce((p_cursors->v_head.stream->>0)::bigint, 0);
    IF p_cursors ? v_head.stream AND p_cursors->v_head.stream->>1 <> v_head.epoch::text THEN RAISE EXCEPTION 'other_epoch' USING ERRCODE = 'ZG006', DETAIL = v_head.stream; END IF;
    IF v_cursor > v_head.pos THEN RAISE EXCEPTION 'rewound' USING ERRCODE = 'ZG005', DETAIL = v_head.stream; END IF;
    CONTINUE WHEN v_cursor = v_head.pos;
    EXIT WHEN v_left <= 0;
    SELECT max(t.pos) FILTER (WHERE t.closes AND t.total <= v_left) INTO v_cut
      FROM (SELECT l.pos, l.closes, sum(l.row_count) OVER (ORDER BY l.pos) AS total FROM sync.log l WHERE l.stream = v_head.stream AND l.pos > v_cursor AND l.pos <= v_cursor + v_left) t;
    IF v_cut IS NULL THEN
      -- One operation is larger than what is left: alone it may pass.
      EXIT WHEN v_left < p_rows;
      SELECT min(l.pos) INTO v_cut FROM sync.log l WHERE l.stream = v_head.stream AND l.pos > v_cursor AND l.closes;
    END IF;
    SELECT sum(l.row_count) INTO v_rows FROM sync.log l WHERE l.stream = v_head.stream AND l.pos > v_cursor AND l.pos <= v_cut;
    v_left := v_left - v_rows;
    RETURN QUERY SELECT l.stream, v_head.epoch, v_head.pos, l.pos, l.node_id, l.seq, l.table_name, l.act, l.rows::text
      FROM sync.log l WHERE l.stream = v_head.stream AND l.pos > v_cursor AND l.pos <= v_cut ORDER BY l.pos;
    EXIT WHEN v_head.stream = 'global' AND v_cut < v_head.pos;
  END LOOP;
END $$;

-- The next entries of the other devices' chains after {node: seq}.
CREATE FUNCTION sync.entries(p_node bytea, p_cursors jsonb, p_max bigint)
RETURNS TABLE (node_id bytea, seq bigint, hash bytea, previous_hash bytea, body text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT a.* FROM sync.device d CROSS JOIN LATERAL (
    SELECT e.node_id, e.seq, e.hash, e.previous_hash, e.body::text FROM sync.applied e
    WHERE e.node_id = d.node_id AND e.seq > coalesce((p_cursors->>encode(d.node_id, 'hex'))::bigint, 0) ORDER BY e.seq LIMIT p_max) a
  WHERE d.node_id <> p_node
$$;

-- Takes a join code, once. What it guards is wiped in the same statement.
CREATE FUNCTION sync.take_join_code(p_id bytea)
RETURNS bytea LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  v_sealed bytea;
BEGIN
  SELECT sealed INTO v_sealed FROM sync.join_code WHERE id = p_id AND used_at IS NULL AND expires_at > now() FOR UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  UPDATE sync.join_code SET used_at = now(), sealed = NULL WHERE id = p_id;
  RETURN v_sealed;
END $$;
