CREATE TABLE "users" (
    "id" TEXT NOT NULL,
    "display_name" TEXT,
    "roles" JSONB,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "guests" (
    "id" SERIAL NOT NULL,
    "email" TEXT NOT NULL,

    CONSTRAINT "guests_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "guests_email_key" ON "guests"("email");

-- error-next-line: security/security-definer-function
CREATE FUNCTION guest_count() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    AS $$ SELECT count(*) FROM "guests" $$;
