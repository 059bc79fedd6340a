/** Who a token belongs to. */
export async function verifySession(token: string): Promise<{ id: string; role: string }> {
  const [id, role] = token.replace(/^Bearer /, '').split(':');
  return { id, role };
}
