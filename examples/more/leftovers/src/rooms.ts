import { PrismaService } from './prisma.service.js';

/** What can be rented. */
export class Rooms {
  constructor(private readonly prisma: PrismaService) {}

  open(title: string) {
    return this.prisma.room.create({ data: { title, doorSign: 'vacant' }, select: { id: true } });
  }

  async label(id: number) {
    const room = await this.prisma.room.findUnique({ where: { id }, select: { title: true, doorSign: true } });
    return room?.title ?? 'unknown';
  }

  count() {
    return this.prisma.room.count({ where: { archivedAt: null } });
  }
}
