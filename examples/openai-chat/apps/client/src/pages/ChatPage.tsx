import { useAuth } from '@clerk/clerk-react';
import { translate } from '@openai-chat/i18n';
import type { MessageView, SessionView } from '@openai-chat/shared-types';
import { useEffect, useMemo, useState } from 'react';
import { chatService } from '@/services/chat.service';

export function ChatPage({ language }: { language: string }) {
  const { getToken } = useAuth();
  const chat = useMemo(() => chatService(getToken), [getToken]);
  const [sessions, setSessions] = useState<SessionView[]>([]);
  const [current, setCurrent] = useState<SessionView>();
  const [messages, setMessages] = useState<MessageView[]>([]);
  const [text, setText] = useState('');

  useEffect(() => {
    void chat.sessions().then(setSessions);
  }, [chat]);

  useEffect(() => {
    if (current) {
      void chat.messages(current.id).then(setMessages);
    }
  }, [chat, current]);

  async function send() {
    if (current) {
      const answer = await chat.send(current.id, text);
      setMessages([...messages, answer]);
      setText('');
    }
  }

  return (
    <main>
      <ul>
        {sessions.filter((session) => session.status === 'active').map((session) => (
          <li key={session.id} onClick={() => setCurrent(session)}>
            {session.sessionName}
          </li>
        ))}
      </ul>
      {messages.map((message) => (
        <p key={message.id} className={message.role === 'ASSISTANT' ? 'answer' : 'question'}>
          {message.content}
        </p>
      ))}
      <input
        value={text}
        placeholder={translate(language, 'chat.placeholder')}
        onChange={(event) => setText(event.target.value)}
      />
      <button onClick={() => void send()}>{translate(language, 'chat.send')}</button>
    </main>
  );
}
