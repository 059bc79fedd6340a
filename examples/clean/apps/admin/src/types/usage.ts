export type AiRequestKind = 'CHAT' | 'MEMORY' | 'TRANSLATION';

/** What a request of a kind is called in a list. */
export const KIND_LABELS: Record<AiRequestKind, string> = {
  CHAT: 'Chat',
  MEMORY: 'Memory',
  TRANSLATION: 'Translation',
};
