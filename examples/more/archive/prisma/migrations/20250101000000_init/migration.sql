CREATE TABLE "users" (
    "id" TEXT NOT NULL,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "documents" (
    "id" SERIAL NOT NULL,
    "owner_id" TEXT NOT NULL,
    "title" TEXT NOT NULL,

    CONSTRAINT "documents_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "members" (
    "document_id" INTEGER NOT NULL,
    "reader_id" TEXT NOT NULL,

    CONSTRAINT "members_pkey" PRIMARY KEY ("document_id", "reader_id")
);

CREATE TABLE "drafts" (
    "id" SERIAL NOT NULL,
    "owner_id" TEXT NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "drafts_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "scans" (
    "id" SERIAL NOT NULL,
    "owner_id" TEXT NOT NULL,
    "document_id" INTEGER NOT NULL,
    "path" TEXT NOT NULL,

    CONSTRAINT "scans_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "documents_owner_id_idx" ON "documents"("owner_id");
CREATE INDEX "drafts_owner_id_idx" ON "drafts"("owner_id");
CREATE INDEX "scans_owner_id_idx" ON "scans"("owner_id");
CREATE INDEX "scans_document_id_idx" ON "scans"("document_id");

ALTER TABLE "documents" ADD CONSTRAINT "documents_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "members" ADD CONSTRAINT "members_document_id_fkey" FOREIGN KEY ("document_id") REFERENCES "documents"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "drafts" ADD CONSTRAINT "drafts_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "scans" ADD CONSTRAINT "scans_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "scans" ADD CONSTRAINT "scans_document_id_fkey" FOREIGN KEY ("document_id") REFERENCES "documents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE ROLE archive_api LOGIN;
GRANT ALL ON SCHEMA public TO archive_api; -- error: security/app-role-ddl-grant

CREATE FUNCTION app_user() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT current_setting('app.user', true) $$; -- error: isolation/rls-immutable-session-read
CREATE FUNCTION may_read(document integer) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM members WHERE document_id = document AND reader_id = current_setting('app.user', true));
END;
$$;

ALTER TABLE "documents" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "documents" USING ("owner_id" = (SELECT app_user()));
CREATE POLICY "reader" ON "documents" FOR SELECT USING (may_read("id")); -- error: isolation/rls-per-row-function
CREATE POLICY "copy" ON "documents" FOR INSERT WITH CHECK ("owner_id" IN (SELECT d."owner_id" FROM "documents" d WHERE d."owner_id" = (SELECT current_setting('app.user', true)))); -- error: isolation/rls-recursion

ALTER TABLE "drafts" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "drafts" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "drafts" USING ("owner_id" = "owner_id" AND (SELECT current_setting('app.user', true)) IS NOT NULL); -- error: isolation/rls-constant-clause

ALTER TABLE "scans" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "scans" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "scans" USING ("owner_id" = (SELECT current_setting('app.user', true)));
CREATE POLICY "member" ON "scans" FOR SELECT USING (EXISTS ( -- error: isolation/rls-unscoped-column, isolation/rls-references-unprotected
  SELECT 1 FROM "members" m WHERE m.document_id = document_id AND m.reader_id = (SELECT current_setting('app.user', true))
));

CREATE VIEW "document_titles" AS SELECT "id", "owner_id", "title" FROM "documents"; -- error: isolation/rls-view-bypass
CREATE VIEW "readers" AS SELECT "document_id", "reader_id" FROM "members"; -- error: security/security-definer-view
GRANT SELECT ON "readers" TO PUBLIC;
