ALTER TABLE "history"."old_notes" ATTACH PARTITION "history"."notes_2024" FOR VALUES FROM ('2024-01-01') TO ('2025-01-01'); -- error: migration/attach-partition
ALTER TABLE "history"."old_notes" DETACH PARTITION "history"."notes_2023"; -- error: migration/detach-partition-blocking
REINDEX TABLE "notes"; -- error: migration/reindex-blocking
