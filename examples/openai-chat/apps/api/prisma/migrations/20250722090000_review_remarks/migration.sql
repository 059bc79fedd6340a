ALTER TABLE "setting_reviews" ADD CONSTRAINT "setting_reviews_remark_check" CHECK ("remark" <> '') NOT VALID; -- error: integrity/not-valid-constraint-left

CREATE POLICY "reviews_of_admins" ON "setting_reviews" USING (current_setting('app.role', true) = 'admin'); -- error: isolation/rls-policy-without-enable

ALTER TABLE "plans" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "plans_of_all" ON "plans" USING (true); -- error: isolation/rls-always-true

ALTER TABLE "webhook_events" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "events_of_the_webhook" ON "webhook_events" AS RESTRICTIVE USING (current_setting('app.role', true) = 'webhook'); -- error: isolation/rls-per-row-function, isolation/rls-only-restrictive, isolation/rls-without-force
