import { Injectable } from '@nestjs/common';
import { PrismaService } from './prisma.service';

@Injectable()
export class PeopleService {
  constructor(private readonly prisma: PrismaService) {}

  account(email: string) {
    return this.prisma.user.findUnique({ where: { email }, select: { id: true, passwordHash: true } });
  }

  notes(userId: string) {
    return this.prisma.note.findMany({ where: { userId }, select: { id: true, text: true }, take: 50 });
  }

  add(userId: string, text: string) {
    return this.prisma.note.create({ data: { userId, text }, select: { id: true } });
  }

  setting(name: string) {
    return this.prisma.setting.findUnique({ where: { name }, select: { value: true } });
  }
}
