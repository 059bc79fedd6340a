import { randomBytes, scryptSync } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { PrismaClient } from '@prisma/client';
import { PrismaService } from '../prisma/prisma.service';

/** What the system does to itself at night. */
@Injectable()
export class UpkeepService {
  private readonly reporting = new PrismaClient({ // error: query/direct-client
    datasources: { db: { url: `${process.env.DATABASE_URL}?connection_limit=500` } }, // error: query/pool-config
  });

  constructor(private readonly prisma: PrismaService) {}

  requests() {
    return this.reporting.aiRequestLog.count();
  }

  async forgetRequests(before: Date): Promise<void> {
    await this.prisma.$executeRaw`SELECT pg_advisory_lock(1)`; // error: query/advisory-lock-unscoped
    await this.prisma.aiRequestLog.deleteMany({ where: { createdAt: { lt: before } } });
    await this.prisma.$executeRaw`SELECT pg_advisory_unlock(1)`;
  }

  async closeSessions(): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      const open = await tx.$queryRaw<{ id: number }[]>`
        SELECT id FROM chat_sessions WHERE status = 'active' FOR UPDATE -- error: query/row-lock-unbounded
      `;
      await tx.chatSession.updateMany({
        where: { id: { in: open.map((session) => session.id) } },
        data: { status: 'archived' },
      });
    });
  }

  async seal(id: number, secret: string): Promise<void> {
    await this.prisma.$transaction(async (tx) => {
      const key = scryptSync(secret, randomBytes(16), 32); // error: query/cpu-in-transaction
      await tx.systemConfig.update({ where: { id }, data: { configValue: key.toString('hex') } });
    });
  }

  agentsByType(page: number) {
    return this.prisma.agent.findMany({ // error: query/pagination-without-order, index/order-by-without-index
      select: { id: true, name: true },
      orderBy: { agentType: 'asc' },
      skip: page * 50,
      take: 50,
    });
  }

  transcripts(userId: string) {
    return this.prisma.chatSession.findMany({
      where: { userId },
      orderBy: { id: 'asc' },
      take: 20,
      select: { id: true, messages: { select: { content: true } } }, // error: query/include-unbounded
    });
  }

  async firstIdleUser() {
    const sessions = await this.prisma.chatSession.findMany({ select: { userId: true } }); // error: query/unbounded-find-many
    return this.prisma.user.findFirst({
      where: { id: { notIn: sessions.map((session) => session.userId) } }, // error: query/parameter-limit
      select: { id: true },
      orderBy: { id: 'asc' },
    });
  }

  async withdrawPlan(id: number): Promise<void> {
    await this.prisma.plan.update({ where: { id }, data: { deletedAt: new Date() } });
  }
}
