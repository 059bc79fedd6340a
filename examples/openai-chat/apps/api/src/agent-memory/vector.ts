import { LIMITS } from '@openai-chat/utils';

/** An embedding as pgvector reads it. */
export function vectorLiteral(embedding: number[]): string {
  if (embedding.length !== LIMITS.EMBEDDING_DIMENSIONS) {
    throw new Error(`An embedding of ${embedding.length} dimensions cannot be stored`);
  }
  return `[${embedding.join(',')}]`;
}
