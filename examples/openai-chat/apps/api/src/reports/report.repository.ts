import { Injectable } from '@nestjs/common';
import { vectorLiteral } from '../agent-memory/vector';
import { PrismaService } from '../prisma/prisma.service';

interface Activity {
  userId: string;
  messages: number; // error: raw-sql/bigint-result
  lastId: number;
}

interface Latest {
  lastId: number; // error: raw-sql/nullability-mismatch
}

interface Price {
  model: string;
  total: number; // error: raw-sql/type-argument-mismatch
  userName: string; // error: raw-sql/type-argument-mismatch
}

/** Figures for the operators: what the client has no words for. */
@Injectable()
export class ReportRepository {
  constructor(private readonly prisma: PrismaService) {}

  activity() {
    return this.prisma.$queryRaw<Activity[]>`
      SELECT s.user_id AS "userId", COUNT(*) AS messages, MAX(m.id) AS "lastId"
      FROM messages m
      JOIN chat_sessions s ON s.id = m.session_id
      GROUP BY s.user_id
      LIMIT 100
    `;
  }

  latest() {
    return this.prisma.$queryRaw<Latest[]>`SELECT MAX(id) AS "lastId" FROM messages`;
  }

  prices() {
    return this.prisma.$queryRaw<Price[]>`
      SELECT model, SUM(estimated_price) AS total, MAX(user_id) AS userName
      FROM ai_request_logs
      GROUP BY model
      HAVING COUNT(user_id) > 0
    `;
  }

  sessionsOf(bot: number) {
    return this.prisma.$queryRaw<{ id: number }[]>`
      SELECT s.id
      FROM chat_sessions s
      JOIN bots b ON b.id = s.agent_id -- error: raw-sql/unknown-table
      WHERE b.id = ${bot}
      LIMIT 100
    `;
  }

  words(language: string) {
    return this.prisma.$queryRaw<{ word: string }[]>`
      SELECT w.original_word AS word
      FROM saved_words w
      JOIN agents a ON a.id = w.agent_id
      WHERE a.lang = ${language} -- error: raw-sql/unknown-column
      LIMIT 100
    `;
  }

  credentials() {
    return this.prisma.$queryRaw<{ provider: string }[]>`
      SELECT DISTINCT provider::text
      FROM "UserApiCredential" -- error: raw-sql/unmapped-name
      LIMIT 10
    `;
  }

  pairs() {
    return this.prisma.$queryRaw<{ id: number }[]>`
      SELECT a.id
      FROM agents a
      JOIN chat_sessions s ON s.agent_id = a.id
      WHERE created_at > now() - interval '1 day' -- error: raw-sql/ambiguous-column
      LIMIT 100
    `;
  }

  names() {
    return this.prisma.$queryRaw<{ id: number }[]>`
      SELECT s.id, a.id -- error: raw-sql/duplicate-column
      FROM agents a
      JOIN chat_sessions s ON s.agent_id = a.id
      LIMIT 100
    `;
  }

  sorted(column: string) {
    return this.prisma.$queryRaw<{ id: number }[]>`
      SELECT id FROM agents
      ORDER BY ${column} -- error: raw-sql/identifier-as-parameter
      LIMIT 100
    `;
  }

  since(days: number) {
    return this.prisma.$queryRaw<{ id: number }[]>`
      SELECT id FROM messages
      WHERE created_at > now() - interval '${days} days' -- error: raw-sql/parameter-in-literal
      LIMIT 100
    `;
  }

  some(ids: number[]) {
    return this.prisma.$queryRaw<{ id: number }[]>`
      SELECT id FROM agents
      WHERE id IN (${ids}) -- error: raw-sql/array-parameter
    `;
  }

  page(after: number, limit: number) {
    return this.prisma.$queryRawUnsafe<{ id: number }[]>(
      // error-next-line: raw-sql/parameter-count
      'SELECT id FROM agents WHERE id > $1 ORDER BY id LIMIT $2 OFFSET $3',
      after,
      limit,
    );
  }

  perLanguage() {
    return this.prisma.$queryRaw<{ language: string | null; model: string; agents: bigint }[]>`
      SELECT language, model, COUNT(*) AS agents -- error: raw-sql/syntax-error
      FROM agents
      GROUP BY language
    `;
  }

  ofType(type: string) {
    return this.prisma.$queryRaw<{ id: number }[]>`
      SELECT id FROM agents
      WHERE agent_type = ${type} -- error: raw-sql/parameter-type-mismatch
      LIMIT 100
    `;
  }

  spoken() {
    return this.prisma.$queryRaw<{ id: number }[]>`
      SELECT id FROM agents
      WHERE language = max_tokens -- error: raw-sql/operator-type-mismatch
      LIMIT 100
    `;
  }

  async remember(agentId: number, userId: string, keyPoint: string) {
    await this.prisma.$executeRaw`
      INSERT INTO agent_memories (agent_id, user_id, key_point) -- error: raw-sql/insert-missing-required
      VALUES (${agentId}, ${userId}, ${keyPoint})
    `;
  }

  async reset() {
    await this.prisma.$executeRaw`
      UPDATE agents SET temperature = 0.7 -- error: raw-sql/updated-at-bypassed, raw-sql/update-without-where
    `;
    await this.prisma.$executeRaw`
      DELETE FROM message_translations -- error: raw-sql/delete-without-where
    `;
  }

  unused() {
    return this.prisma.$queryRaw<{ id: number }[]>`
      SELECT id FROM agents
      WHERE language <> NULL -- error: raw-sql/null-comparison
        AND id NOT IN (SELECT agent_id FROM saved_words) -- error: raw-sql/not-in-nullable
      LIMIT 100
    `;
  }

  owners() {
    return this.prisma.$queryRaw<{ name: string; email: string | null }[]>`
      SELECT a.name, u.email
      FROM agents a, users u -- error: raw-sql/implicit-cross-join
      WHERE a.language = 'de'
      LIMIT 100
    `;
  }

  sample() {
    return this.prisma.$queryRaw<{ id: number }[]>`
      SELECT id FROM messages
      ORDER BY random() -- error: raw-sql/order-by-random
      LIMIT 10
    `;
  }

  async prepare() {
    // error-next-line: raw-sql/runtime-ddl
    await this.prisma.$executeRaw`CREATE INDEX IF NOT EXISTS agents_language ON agents (language)`;
  }

  vectors() {
    return this.prisma.$queryRaw<{ id: number; embedding: string | null }[]>`
      SELECT id, vector_embedding AS embedding -- error: raw-sql/unsupported-type-selected
      FROM agent_memories
      LIMIT 10
    `;
  }

  nearest(embedding: number[]) {
    const literal = vectorLiteral(embedding);
    return this.prisma.$transaction([
      this.prisma.$queryRaw<{ id: number }[]>`
        SELECT id FROM agent_memories
        ORDER BY vector_embedding <=> ${literal}::vector -- error: vector/no-limit
      `,
      this.prisma.$queryRaw<{ id: number }[]>`
        SELECT id FROM agent_memories
        ORDER BY vector_embedding <-> ${literal}::vector -- error: vector/opclass-mismatch
        LIMIT 10
      `,
      this.prisma.$queryRaw<{ id: number }[]>`
        SELECT id FROM agent_memories
        ORDER BY 1 - (vector_embedding <=> ${literal}::vector) DESC -- error: vector/order-by-not-indexable
        LIMIT 10
      `,
      this.prisma.$queryRaw<{ id: number }[]>`
        SELECT id FROM agent_memories
        ORDER BY vector_embedding <=> ${literal}::vector(1024) -- error: vector/dimension-mismatch
        LIMIT 10
      `,
    ]);
  }
}
