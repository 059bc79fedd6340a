export type GetToken = () => Promise<string | null>;

/** Sends a request to the API in the name of the user. */
export async function request<T>(getToken: GetToken, path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(`/api/${path}`, {
    ...init,
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${await getToken()}` },
  });
  if (!response.ok) {
    throw new Error(`${path} answered ${response.status}`);
  }
  return (await response.json()) as T;
}
