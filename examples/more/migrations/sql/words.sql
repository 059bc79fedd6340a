CREATE TABLE drafts (id INTEGER PRIMARY KEY); -- error: migration/legacy-sql
