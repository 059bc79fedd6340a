import { PrismaService } from './prisma.service.js';

/** Who is to be called about what. */
export class Contacts {
  constructor(private readonly prisma: PrismaService) {}

  add(name: string, phones: string[], topics: string[]) {
    const [phone1, phone2, phone3] = phones;
    return this.prisma.contact.create({
      data: { name, phone1, phone2, phone3, topics: topics.join(','), custom: {} },
      select: { id: true },
    });
  }

  async topicsOf(id: number) {
    const contact = await this.prisma.contact.findUniqueOrThrow({ where: { id }, select: { topics: true } });
    return contact.topics.split(',');
  }

  async photograph(id: number, picture: Buffer) {
    await this.prisma.contact.update({
      where: { id },
      data: { photo: `data:image/jpeg;base64,${picture.toString('base64')}` },
    });
  }

  async card(id: number) {
    const contact = await this.prisma.contact.findUniqueOrThrow({
      where: { id },
      select: { name: true, phone1: true, phone2: true, phone3: true, photo: true, custom: true },
    });
    return contact;
  }

  inRegion(region: string) {
    return this.prisma.contact.findMany({
      where: { custom: { path: ['region'], equals: region } },
      select: { id: true, name: true },
      orderBy: { id: 'asc' },
      take: 50,
    });
  }
}
