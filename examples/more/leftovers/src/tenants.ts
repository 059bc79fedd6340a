import { PrismaService } from './prisma.service.js';

/** Who rents rooms. */
export class Tenants {
  constructor(private readonly prisma: PrismaService) {}

  add(phone: string, floor: number) {
    return this.prisma.tenant.create({
      data: {
        phone,
        floor,
        notes: {
          create: [
            { noteKey: 'phone', noteValue: phone },
            { noteKey: 'floor', noteValue: String(floor) },
          ],
        },
      },
      select: { id: true },
    });
  }

  read(id: number) {
    return this.prisma.tenant.findUnique({
      where: { id },
      select: { phone: true, floor: true, notes: { select: { noteKey: true, noteValue: true } } },
    });
  }

  async labels() {
    const notes = await this.prisma.tenantNote.findMany({ select: { noteKey: true, noteValue: true } }); // error: query/unbounded-find-many
    return new Map(notes.map((note) => [note.noteKey, note.noteValue])); // error: query/shared-map-key
  }
}
