import { createCipheriv, randomBytes } from 'node:crypto';
import {
  AgentType,
  AiRequestKind,
  ApiProvider,
  MessageRole,
  PrismaClient,
  ResponseLength,
  UserRole,
} from '@prisma/client';
import { LIMITS } from '@openai-chat/utils';

const prisma = new PrismaClient();

const ADMIN = 'user_2bXkPq7LmNw9RtVz4YcHsJd1Aef';
const LEARNER = 'user_2cYrTs3KpQv8WnXb6ZdGmFh5Lij';

function encrypt(text: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', randomBytes(32), iv);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
}

function embedding(): string {
  const values = Array.from({ length: LIMITS.EMBEDDING_DIMENSIONS }, () => Math.random());
  return `[${values.join(',')}]`;
}

async function seedCatalogue(): Promise<void> {
  await prisma.tag.createMany({
    data: [{ slug: 'language' }, { slug: 'cooking' }],
    skipDuplicates: true,
  });
  for (const agentType of [null, AgentType.GENERAL, AgentType.LANGUAGE_ASSISTANT]) {
    const key = { configKey: 'system_prompt', agentType };
    const { count } = await prisma.systemConfig.updateMany({
      where: key,
      data: { configValue: 'Be brief and kind.' },
    });
    if (count === 0) {
      await prisma.systemConfig.create({ data: { ...key, configValue: 'Be brief and kind.' } });
    }
  }
}

async function seedUser(id: string, roles: UserRole[], email: string | null): Promise<void> {
  await prisma.user.upsert({
    where: { id },
    create: { id, email, displayName: email, roles },
    update: { email, roles },
  });
  for (const provider of [ApiProvider.OPENAI, ApiProvider.ANTHROPIC]) {
    await prisma.userApiCredential.upsert({
      where: { userId_provider: { userId: id, provider } },
      create: { userId: id, provider, encryptedKey: encrypt(randomBytes(24).toString('hex')), lastFour: '0000' },
      update: {},
    });
  }
}

async function seedAgent(userId: string, name: string, agentType: AgentType, responseLength: ResponseLength) {
  const agent = await prisma.agent.upsert({
    where: { userId_name: { userId, name } },
    create: { userId, name, agentType, responseLength, tags: { connect: { slug: 'language' } } },
    update: { agentType, responseLength },
  });
  await prisma.agentConfig.upsert({
    where: { agentId_configKey: { agentId: agent.id, configKey: 'greeting' } },
    create: { agentId: agent.id, configKey: 'greeting', configValue: 'Hello' },
    update: {},
  });
  return agent;
}

async function seedConversation(userId: string, agentId: number): Promise<void> {
  if ((await prisma.chatSession.count({ where: { userId, agentId } })) > 0) {
    return;
  }
  const session = await prisma.chatSession.create({
    data: {
      userId,
      agentId,
      messages: {
        create: [
          { role: MessageRole.SYSTEM, content: 'You help with Chinese.' },
          { role: MessageRole.USER, content: 'What does 苹果 mean?' },
          { role: MessageRole.ASSISTANT, content: '苹果 means apple.' },
        ],
      },
    },
    include: { messages: { orderBy: { id: 'asc' }, take: 3 } },
  });
  const answer = session.messages.at(-1);
  if (!answer) {
    return;
  }
  await prisma.messageTranslation.create({
    data: { messageId: answer.id, language: 'de', translation: '苹果 heißt Apfel.' },
  });
  await prisma.messageWordTranslation.create({
    data: { messageId: answer.id, originalWord: '苹果', translation: 'apple' },
  });
  await prisma.savedWord.upsert({
    where: { userId_originalWord: { userId, originalWord: '苹果' } },
    create: {
      userId,
      agentId,
      sessionId: session.id,
      originalWord: '苹果',
      translation: 'apple',
      pinyin: 'píngguǒ',
      sentences: { create: { messageId: answer.id, sentence: answer.content } },
    },
    update: {},
  });
  await prisma.$executeRaw`
    INSERT INTO agent_memories (agent_id, user_id, key_point, vector_embedding, updated_at)
    VALUES (${agentId}, ${userId}, 'Learns Chinese', ${embedding()}::vector, now())
  `;
  await prisma.aiRequestLog.createMany({
    data: [AiRequestKind.CHAT, AiRequestKind.MEMORY, AiRequestKind.TRANSLATION].map((kind) => ({
      userId,
      agentId,
      kind,
      model: 'gpt-4o-mini',
      promptTokens: 120,
      completionTokens: 40,
      estimatedPrice: '0.000096',
    })),
  });
}

async function main(): Promise<void> {
  if (process.env.NODE_ENV === 'production') {
    throw new Error('The seed is for development');
  }
  await seedCatalogue();
  await seedUser(ADMIN, [UserRole.USER, UserRole.ADMIN], 'ada@example.com');
  await seedUser(LEARNER, [UserRole.USER], null);
  await seedAgent(ADMIN, 'Helper', AgentType.GENERAL, ResponseLength.LONG);
  await seedAgent(LEARNER, 'Cook', AgentType.GENERAL, ResponseLength.SHORT);
  const tutor = await seedAgent(LEARNER, 'Tutor', AgentType.LANGUAGE_ASSISTANT, ResponseLength.STANDARD);
  await seedConversation(LEARNER, tutor.id);
  await prisma.webhookEvent.createMany({
    data: [{ deliveryId: 'msg_2bXkPq7LmNw9RtVz4YcHsJd1Aeg', type: 'user.created' }],
    skipDuplicates: true,
  });
}

main().finally(() => prisma.$disconnect());
