/** Who a token belongs to. */
export async function verifySession(token: string): Promise<{ id: string }> {
  return { id: token.replace(/^Bearer /, '') };
}
