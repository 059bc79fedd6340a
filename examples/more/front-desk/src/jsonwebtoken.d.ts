// What is used of the package, for those who have not installed it.
declare module 'jsonwebtoken' {
  export function sign(payload: object, secret: string, options?: { expiresIn?: string | number }): string;
}
