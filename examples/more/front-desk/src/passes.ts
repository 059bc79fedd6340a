import { hash } from 'bcryptjs';
import { sign } from 'jsonwebtoken';

/** What is kept of the pass that lets somebody in again tomorrow. */
export async function pass(userId: number, secret: string): Promise<{ refreshToken: string; kept: string }> {
  const refreshToken = sign({ sub: userId }, secret, { expiresIn: '7d' });
  return { refreshToken, kept: await hash(refreshToken, 12) }; // error: security/bcrypt-truncates-token
}
