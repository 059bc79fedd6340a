import type { Person } from './auth';

/** Whom a token was given to. */
export async function personOf(token: string | undefined): Promise<Person | undefined> {
  const [kind, id] = (token ?? '').split(' ');
  return kind === 'Bearer' && id ? { id } : undefined;
}
