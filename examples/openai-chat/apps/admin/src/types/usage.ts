export type AiRequestKind = 'CHAT' | 'TRANSLATION'; // error: consistency/enum-mirror-drift

/** What a request of a kind is called in a list. */
export const KIND_LABELS: Record<AiRequestKind, string> = {
  CHAT: 'Chat',
  TRANSLATION: 'Translation',
};
