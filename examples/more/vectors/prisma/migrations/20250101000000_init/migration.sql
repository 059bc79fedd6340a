CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE "pages" (
    "id" SERIAL NOT NULL,
    "title" TEXT NOT NULL,
    "embedding" vector(3072) NOT NULL,

    CONSTRAINT "pages_pkey" PRIMARY KEY ("id")
);
