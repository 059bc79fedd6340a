import { PrismaService } from './prisma.service.js';

/** What can be rented. */
export class Rooms {
  constructor(private readonly prisma: PrismaService) {}

  open(title: string, plate?: string) {
    return this.prisma.room.create({ data: { title, plate, doorSign: 'vacant' }, select: { id: true } });
  }

  take(id: number) {
    return this.prisma.room.update({ where: { id }, data: { state: 'TAKEN' }, select: { id: true } });
  }

  async engraved(id: number) {
    const room = await this.prisma.room.findUniqueOrThrow({ where: { id }, select: { plate: true } });
    return room.plate!.toUpperCase(); // error: consistency/nullable-unchecked
  }

  async label(id: number) {
    const room = await this.prisma.room.findUnique({ where: { id }, select: { title: true, doorSign: true } });
    return room?.title ?? 'unknown';
  }

  count() {
    return this.prisma.room.count({ where: { archivedAt: null } });
  }
}
