import type { MessageView, SavedWordView, SessionView } from '@openai-chat/shared-types';
import { request } from '@/services/api';
import type { GetToken } from '@/services/api';

export function chatService(getToken: GetToken) {
  return {
    sessions: () => request<SessionView[]>(getToken, 'sessions'),
    messages: (sessionId: number) =>
      request<MessageView[]>(getToken, `sessions/${sessionId}/messages`),
    send: (sessionId: number, content: string) =>
      request<MessageView>(getToken, `sessions/${sessionId}/turns`, {
        method: 'POST',
        body: JSON.stringify({ content }),
      }),
    words: () => request<SavedWordView[]>(getToken, 'saved-words'),
  };
}
