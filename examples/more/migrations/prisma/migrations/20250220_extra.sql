COMMENT ON TABLE "logs" IS 'what happened'; -- error: migration/layout
