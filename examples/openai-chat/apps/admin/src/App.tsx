import { SignedIn, SignedOut, SignIn } from '@clerk/clerk-react';
import { UsagePage } from '@/pages/UsagePage';
import { UsersPage } from '@/pages/UsersPage';

export function App() {
  return (
    <>
      <SignedOut>
        <SignIn />
      </SignedOut>
      <SignedIn>
        <UsersPage language="en" />
        <UsagePage language="en" />
      </SignedIn>
    </>
  );
}
