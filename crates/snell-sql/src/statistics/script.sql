-- Statistics of one database, as one JSON document for `snell check --stats`.
--
--   psql "$DATABASE_URL" -XAtq -f stats.sql > stats.json
--
-- It reads PostgreSQL's catalogs and statistics, and neither rows nor values of your tables; it changes nothing.
-- PostgreSQL 12 and later. Run it where the queries run: each replica counts for itself.
SELECT jsonb_pretty(jsonb_build_object(
  'snellStatistics', 1,
  'serverVersion', current_setting('server_version_num')::int,
  'database', current_database(),
  -- How long the counters have counted.
  'days', (
    SELECT round((extract(epoch FROM now() - coalesce(d.stats_reset, pg_postmaster_start_time())) / 86400)::numeric, 1)
    FROM pg_stat_database d
    WHERE d.datname = current_database()
  ),
  'passwordEncryption', current_setting('password_encryption'),
  'tables', coalesce((
    SELECT jsonb_agg(jsonb_build_object(
      'schema', n.nspname,
      'name', c.relname,
      'rows', CASE WHEN c.reltuples > 0 THEN c.reltuples::bigint ELSE s.n_live_tup END,
      'deadRows', s.n_dead_tup,
      'bytes', pg_relation_size(c.oid),
      'totalBytes', pg_total_relation_size(c.oid),
      -- What its rows would take, packed: a header, a pointer and the columns of each.
      'packedBytes', (
        SELECT ceil(greatest(c.reltuples, 0) * (28 + coalesce(sum(w.avg_width * (1 - w.null_frac)), 0)))::bigint
        FROM pg_stats w
        WHERE w.schemaname = n.nspname AND w.tablename = c.relname AND NOT w.inherited
        HAVING count(*) > 0
      ),
      'scans', coalesce(s.seq_scan, 0) + coalesce(s.idx_scan, 0),
      'writes', s.n_tup_ins + s.n_tup_upd + s.n_tup_del,
      'vacuumed', coalesce(s.last_autovacuum, s.last_vacuum) IS NOT NULL
    ) ORDER BY n.nspname, c.relname)
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_stat_user_tables s ON s.relid = c.oid
    WHERE c.relkind = 'r'
  ), '[]'::jsonb),
  'indexes', coalesce((
    SELECT jsonb_agg(jsonb_build_object(
      'schema', s.schemaname,
      'table', s.relname,
      'name', s.indexrelname,
      'scans', s.idx_scan,
      'bytes', pg_relation_size(s.indexrelid),
      'unique', i.indisunique,
      'valid', i.indisvalid
    ) ORDER BY s.schemaname, s.relname, s.indexrelname)
    FROM pg_stat_user_indexes s
    JOIN pg_index i ON i.indexrelid = s.indexrelid
  ), '[]'::jsonb),
  'sequences', coalesce((
    SELECT jsonb_agg(jsonb_build_object(
      'schema', q.schemaname,
      'name', q.sequencename,
      'table', t.relname,
      'tableSchema', tn.nspname,
      'column', a.attname,
      'last', q.last_value,
      -- The column may be narrower than its sequence.
      'most', least(q.max_value, CASE a.atttypid
        WHEN 'smallint'::regtype THEN 32767
        WHEN 'integer'::regtype THEN 2147483647
        ELSE q.max_value
      END),
      'cycles', q.cycle
    ) ORDER BY q.schemaname, q.sequencename)
    FROM pg_sequences q
    JOIN pg_namespace qn ON qn.nspname = q.schemaname
    JOIN pg_class qc ON qc.relnamespace = qn.oid AND qc.relname = q.sequencename
    LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = qc.oid AND d.objsubid = 0
      AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    LEFT JOIN pg_class t ON t.oid = d.refobjid
    LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE q.increment_by > 0 AND q.last_value IS NOT NULL
  ), '[]'::jsonb)
));
