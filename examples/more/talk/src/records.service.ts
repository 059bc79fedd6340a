import { Injectable } from '@nestjs/common';
import { PrismaService } from './prisma.service';

@Injectable()
export class RecordsService {
  constructor(private readonly prisma: PrismaService) {}

  async closeAccount(id: number): Promise<void> {
    await this.prisma.account.delete({ where: { id }, select: { id: true } });
  }

  async bill(accountId: number, userId: string, total: number): Promise<void> {
    await this.prisma.invoice.create({ data: { accountId, userId, total }, select: { id: true } });
  }

  async rename(id: number, action: string): Promise<void> {
    await this.prisma.auditLog.update({ where: { id }, data: { action }, select: { id: true } }); // error: domain/audit-log-mutable
  }
}
