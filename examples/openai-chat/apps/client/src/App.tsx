import { SignedIn, SignedOut, SignIn } from '@clerk/clerk-react';
import { useState } from 'react';
import { ChatPage } from '@/pages/ChatPage';
import { SavedWordsPage } from '@/pages/SavedWordsPage';

export function App() {
  const [page, setPage] = useState<'chat' | 'words'>('chat');
  return (
    <>
      <SignedOut>
        <SignIn />
      </SignedOut>
      <SignedIn>
        <nav>
          <button onClick={() => setPage('chat')}>Chat</button>
          <button onClick={() => setPage('words')}>Words</button>
        </nav>
        {page === 'chat' ? <ChatPage language="en" /> : <SavedWordsPage language="en" />}
      </SignedIn>
    </>
  );
}
