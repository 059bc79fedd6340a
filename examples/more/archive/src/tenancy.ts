import { Injectable } from '@nestjs/common';
import { Prisma } from '@prisma/client';
import { PrismaService } from './prisma.service';

/** Runs queries as somebody: the policies ask for `app.user`. */
@Injectable()
export class Tenancy {
  constructor(private readonly prisma: PrismaService) {}

  as<T>(userId: string, work: (tx: Prisma.TransactionClient) => Promise<T>): Promise<T> {
    return this.prisma.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT set_config('app.user', ${userId}, true)`;
      return work(tx);
    });
  }
}
