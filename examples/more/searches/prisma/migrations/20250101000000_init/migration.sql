CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE "pages" (
    "id" SERIAL NOT NULL,
    "owner_id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "embedding" vector(3) NOT NULL,
    "summary" vector(3) NOT NULL,
    "picture" vector NOT NULL, -- error: vector/dimension-missing
    "bytes" BIGINT NOT NULL,

    CONSTRAINT "pages_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "participant_preferences_for_notifications_of_new_pages_in_library" (
    "id" SERIAL NOT NULL,
    "owner_id" TEXT NOT NULL,

    CONSTRAINT "participant_preferences_for_notifications_of_new_pages_in_l_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "shelves" (
    "id" SERIAL NOT NULL,
    "owner_id" TEXT NOT NULL,

    CONSTRAINT "shelves_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "invitations" (
    "id" SERIAL NOT NULL,
    "owner_id" TEXT NOT NULL,

    CONSTRAINT "invitations_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "pages_created_at_idx" ON "pages"("created_at");
CREATE INDEX "participant_preferences_for_notifications_of_new_pages_in_l_idx" ON "participant_preferences_for_notifications_of_new_pages_in_library"("owner_id");
CREATE INDEX "shelves_owner_id_idx" ON "shelves"("owner_id");
CREATE INDEX "invitations_owner_id_idx" ON "invitations"("owner_id");

CREATE INDEX "pages_embedding_idx" ON "pages" USING ivfflat ("embedding" vector_cosine_ops) WITH (lists = 100); -- error: vector/index-dropped-by-migrate, vector/ivfflat-before-data

ALTER TABLE "pages" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "shelves" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "invitations" ENABLE ROW LEVEL SECURITY; -- error: isolation/rls-no-policy

CREATE POLICY "own" ON "pages" USING ("owner_id" = current_setting('app.user', true)); -- error: isolation/rls-per-row-function, isolation/rls-column-without-index, isolation/rls-without-force
CREATE POLICY "own" ON "shelves" FOR UPDATE USING ("owner_id" = current_setting('app.user', true)) WITH CHECK (true); -- error: isolation/rls-missing-with-check
CREATE POLICY "team" ON "shelves" FOR SELECT USING ("owner_id" = current_setting('request.jwt.claims', true)::jsonb -> 'user_metadata' ->> 'team'); -- error: isolation/rls-user-modifiable-claim

CREATE FUNCTION "match_pages"("query" vector(3), "most" integer) RETURNS SETOF "pages" -- error: security/security-definer-function, vector/retrieval-function-definer
  LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT * FROM "pages" ORDER BY "embedding" <=> "query" LIMIT "most"
  $$;
