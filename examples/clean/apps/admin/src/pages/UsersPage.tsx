import { useAuth } from '@clerk/clerk-react';
import { translate } from '@openai-chat/i18n';
import type { AdminUserView } from '@openai-chat/shared-types';
import { useEffect, useState } from 'react';
import { adminService } from '@/services/admin.service';

export function UsersPage({ language }: { language: string }) {
  const { getToken } = useAuth();
  const [users, setUsers] = useState<AdminUserView[]>([]);

  useEffect(() => {
    void adminService(getToken).users().then(setUsers);
  }, [getToken]);

  async function promote(user: AdminUserView) {
    const changed = await adminService(getToken).setRoles(user.id, ['USER', 'ADMIN']);
    setUsers(users.map((known) => (known.id === changed.id ? changed : known)));
  }

  return (
    <section>
      <h1>{translate(language, 'users.title')}</h1>
      {users.map((user) => (
        <p key={user.id}>
          {user.imageUrl ? <img src={user.imageUrl} alt="" width={24} /> : null}
          {user.displayName ?? user.id} {user.roles.join(', ')}
          {user.roles.includes('ADMIN') ? null : (
            <button onClick={() => void promote(user)}>{translate(language, 'users.promote')}</button>
          )}
        </p>
      ))}
    </section>
  );
}
