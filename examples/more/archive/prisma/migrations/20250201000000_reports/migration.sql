-- change: added
ALTER TABLE "scans" NO FORCE ROW LEVEL SECURITY; -- error: isolation/rls-weakened
