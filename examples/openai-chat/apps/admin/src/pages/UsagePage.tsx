import { useAuth } from '@clerk/clerk-react';
import { translate } from '@openai-chat/i18n';
import type { UsageByModel } from '@openai-chat/shared-types';
import { useEffect, useState } from 'react';
import { adminService } from '@/services/admin.service';

const WEEK = 7 * 24 * 60 * 60 * 1000;

export function UsagePage({ language }: { language: string }) {
  const { getToken } = useAuth();
  const [usage, setUsage] = useState<UsageByModel[]>([]);

  useEffect(() => {
    void adminService(getToken).usage(new Date(Date.now() - WEEK)).then(setUsage);
  }, [getToken]);

  return (
    <section>
      <h1>{translate(language, 'usage.title')}</h1>
      {usage.map((row) => (
        <p key={row.model}>
          {row.model}: {row.requests}, {row.tokens}
        </p>
      ))}
    </section>
  );
}
