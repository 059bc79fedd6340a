CREATE TYPE "ai_request_kind" AS ENUM ('CHAT', 'MEMORY', 'TRANSLATION'); -- error: migration/cannot-apply
