import type { AdminUserView, UsageByModel, UserRole } from '@openai-chat/shared-types';
import { request } from '@/services/api';
import type { GetToken } from '@/services/api';

export function adminService(getToken: GetToken) {
  return {
    users: () => request<AdminUserView[]>(getToken, 'admin/users'),
    setRoles: (id: string, roles: UserRole[]) =>
      request<AdminUserView>(getToken, `admin/users/${id}/roles`, {
        method: 'PUT',
        body: JSON.stringify({ roles }),
      }),
    usage: (since: Date) =>
      request<UsageByModel[]>(
        getToken,
        `admin/ai-request-logs/usage?since=${encodeURIComponent(since.toISOString())}`,
      ),
  };
}
