import { Injectable } from '@nestjs/common';
import { LIMITS, pageSize } from '@openai-chat/utils';
import { PrismaService } from '../prisma/prisma.service';
import { vectorLiteral } from './vector';

export interface SimilarMemory {
  id: number;
  keyPoint: string;
  distance: number;
}

@Injectable()
export class AgentMemoryRepository {
  constructor(private readonly prisma: PrismaService) {}

  findPage(agentId: number, userId: string, before: Date | undefined, limit: number | undefined) {
    return this.prisma.agentMemory.findMany({
      where: { agentId, userId, ...(before === undefined ? {} : { createdAt: { lt: before } }) },
      orderBy: { createdAt: 'desc' },
      take: pageSize(limit),
    });
  }

  /** The memories nearest to an embedding, by cosine distance. */
  findSimilar(agentId: number, userId: string, embedding: number[], limit: number) {
    const literal = vectorLiteral(embedding);
    return this.prisma.$transaction(async (tx) => {
      // The filter runs on what the index returns: let it go on until there is enough.
      await tx.$executeRaw`SET LOCAL hnsw.iterative_scan = 'strict_order'`;
      return tx.$queryRaw<SimilarMemory[]>`
        SELECT id, key_point AS "keyPoint", vector_embedding <=> ${literal}::vector AS distance
        FROM agent_memories
        WHERE user_id = ${userId}
          AND agent_id = ${agentId}
          AND vector_embedding IS NOT NULL
          AND vector_embedding <=> ${literal}::vector < ${LIMITS.MAX_DISTANCE}::float8
        ORDER BY vector_embedding <=> ${literal}::vector
        LIMIT ${limit}
      `;
    });
  }

  async create(agentId: number, userId: string, keyPoint: string, embedding: number[]) {
    const literal = vectorLiteral(embedding);
    const rows = await this.prisma.$queryRaw<{ id: number }[]>`
      INSERT INTO agent_memories (agent_id, user_id, key_point, vector_embedding, updated_at)
      SELECT id, user_id, ${keyPoint}, ${literal}::vector, now()
      FROM agents
      WHERE id = ${agentId} AND user_id = ${userId}
      RETURNING id
    `;
    return rows[0];
  }

  async reword(id: number, userId: string, keyPoint: string, embedding: number[]): Promise<boolean> {
    const literal = vectorLiteral(embedding);
    const changed = await this.prisma.$executeRaw`
      UPDATE agent_memories
      SET key_point = ${keyPoint},
          vector_embedding = ${literal}::vector,
          update_count = update_count + 1,
          updated_at = now()
      WHERE id = ${id} AND user_id = ${userId}
    `;
    return changed > 0;
  }

  async delete(id: number, userId: string): Promise<boolean> {
    const { count } = await this.prisma.agentMemory.deleteMany({ where: { id, userId } });
    return count > 0;
  }
}
