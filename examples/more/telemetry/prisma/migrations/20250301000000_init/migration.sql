CREATE TABLE "devices" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "devices_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "readings" (
    "id" SERIAL NOT NULL,
    "device_id" INTEGER NOT NULL,
    "probe" TEXT NOT NULL,
    "degrees" INTEGER NOT NULL,
    "made_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "readings_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "alarms" (
    "id" SERIAL NOT NULL,
    "device_id" INTEGER NOT NULL,
    "labels" TEXT[],
    "body" JSONB NOT NULL,
    "made_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "alarms_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "readings_device_id_made_at_idx" ON "readings"("device_id", "made_at");
CREATE INDEX "readings_made_at_probe_idx" ON "readings"("made_at", "probe");
CREATE INDEX "alarms_device_id_idx" ON "alarms"("device_id");
CREATE INDEX "alarms_labels_idx" ON "alarms"("labels");

ALTER TABLE "readings" ADD CONSTRAINT "readings_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "devices"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "alarms" ADD CONSTRAINT "alarms_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "devices"("id") ON DELETE CASCADE ON UPDATE CASCADE;
