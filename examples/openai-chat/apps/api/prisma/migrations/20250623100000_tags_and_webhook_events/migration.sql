CREATE TABLE "tags" (
    "id" SERIAL NOT NULL,
    "slug" TEXT NOT NULL,

    CONSTRAINT "tags_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "_AgentToTag" (
    "A" INTEGER NOT NULL,
    "B" INTEGER NOT NULL,

    CONSTRAINT "_AgentToTag_AB_pkey" PRIMARY KEY ("A","B")
);

CREATE TABLE "webhook_events" (
    "delivery_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "received_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE UNIQUE INDEX "tags_slug_key" ON "tags"("slug");

CREATE INDEX "_AgentToTag_B_index" ON "_AgentToTag"("B");

CREATE UNIQUE INDEX "webhook_events_delivery_id_key" ON "webhook_events"("delivery_id");

CREATE INDEX "webhook_events_received_at_idx" ON "webhook_events"("received_at");

ALTER TABLE "_AgentToTag" ADD CONSTRAINT "_AgentToTag_A_fkey" FOREIGN KEY ("A") REFERENCES "agents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "_AgentToTag" ADD CONSTRAINT "_AgentToTag_B_fkey" FOREIGN KEY ("B") REFERENCES "tags"("id") ON DELETE CASCADE ON UPDATE CASCADE;
