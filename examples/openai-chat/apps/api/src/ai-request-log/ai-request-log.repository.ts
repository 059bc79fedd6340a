import { Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { AiRequestKind, Prisma } from '@prisma/client';
import { pageSize } from '@openai-chat/utils';
import { PrismaService } from '../prisma/prisma.service';

export interface AiRequest {
  userId: string;
  agentId: number | null;
  kind: AiRequestKind;
  model: string;
  promptTokens: number;
  completionTokens: number;
  estimatedPrice: Prisma.Decimal;
}

export interface ModelUsage {
  model: string;
  requests: number;
  tokens: number;
}

const KEPT_DAYS = 180;
const DAY = 24 * 60 * 60 * 1000;
const MODELS_SHOWN = 50;

@Injectable()
export class AiRequestLogRepository {
  constructor(private readonly prisma: PrismaService) {}

  create(request: AiRequest) {
    return this.prisma.aiRequestLog.create({ data: request });
  }

  findPage(cursor: number | undefined, limit: number | undefined) {
    return this.prisma.aiRequestLog.findMany({
      orderBy: { id: 'desc' },
      take: pageSize(limit),
      ...(cursor === undefined ? {} : { cursor: { id: cursor }, skip: 1 }),
    });
  }

  countOf(kind: string) {
    return this.prisma.aiRequestLog.count({ where: { kind: kind as any } }); // error: consistency/cast-hides-mismatch
  }

  usageSince(since: Date) {
    return this.prisma.$queryRaw<ModelUsage[]>`
      SELECT model,
             COUNT(*)::int AS requests,
             COALESCE(SUM(prompt_tokens + completion_tokens), 0)::float8 AS tokens
      FROM ai_request_logs
      WHERE created_at >= ${since}
      GROUP BY model
      ORDER BY tokens DESC, model
      LIMIT ${MODELS_SHOWN}
    `;
  }

  usageBy(column: string, since: Date) {
    return this.prisma.$queryRawUnsafe<ModelUsage[]>(
      // error-next-line: raw-sql/unparameterized
      `SELECT ${column} AS model, COUNT(*)::int AS requests, SUM(prompt_tokens)::float8 AS tokens
       FROM ai_request_logs WHERE created_at >= $1 GROUP BY 1`,
      since,
    );
  }

  usageOrdered(order: string, since: Date) {
    return this.prisma.$queryRaw<ModelUsage[]>`
      SELECT model, COUNT(*)::int AS requests, COALESCE(SUM(prompt_tokens), 0)::float8 AS tokens
      FROM ai_request_logs
      WHERE created_at >= ${since}
      GROUP BY model
      -- error-next-line: raw-sql/prisma-raw
      ORDER BY ${Prisma.raw(order)}
      LIMIT ${MODELS_SHOWN}
    `;
  }

  forgetModel(model: string) {
    return this.prisma.$executeRaw(
      // error-next-line: raw-sql/called-as-function
      `DELETE FROM ai_request_logs WHERE model = '${model}'` as unknown as Prisma.Sql,
    );
  }

  @Cron(CronExpression.EVERY_DAY_AT_4AM)
  async forgetOld(): Promise<void> {
    const before = new Date(Date.now() - KEPT_DAYS * DAY);
    await this.prisma.aiRequestLog.deleteMany({ where: { createdAt: { lt: before } } });
  }
}
