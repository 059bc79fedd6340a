import { useAuth } from '@clerk/clerk-react';
import { translate } from '@openai-chat/i18n';
import type { SavedWordView } from '@openai-chat/shared-types';
import { useEffect, useState } from 'react';
import { chatService } from '@/services/chat.service';

export function SavedWordsPage({ language }: { language: string }) {
  const { getToken } = useAuth();
  const [words, setWords] = useState<SavedWordView[]>([]);

  useEffect(() => {
    void chatService(getToken).words().then(setWords);
  }, [getToken]);

  return (
    <main>
      <h1>{translate(language, 'words.title')}</h1>
      {words.map((word) => (
        <p key={word.id}>
          {word.originalWord} {word.pinyin}: {word.translation}
        </p>
      ))}
    </main>
  );
}
