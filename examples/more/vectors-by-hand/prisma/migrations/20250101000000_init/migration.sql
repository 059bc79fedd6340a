CREATE TABLE "pages" (
    "id" SERIAL NOT NULL,
    "title" TEXT NOT NULL,
    "embedding" vector(3) NOT NULL, -- error: vector/extension-missing

    CONSTRAINT "pages_pkey" PRIMARY KEY ("id")
);
