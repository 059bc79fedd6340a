const VECTOR = {
  EMBEDDING_DIMENSIONS: 1536,
  MAX_DISTANCE: 0.6,
  MEMORIES_PER_PROMPT: 8,
} as const;

const PAGES = {
  PAGE_SIZE: 50,
  MAX_PAGE_SIZE: 100,
} as const;

/** The numbers that several packages share. */
export const LIMITS = { ...VECTOR, ...PAGES } as const;

/** A page size within what a list may return. */
export function pageSize(wanted: number | undefined): number {
  return Math.min(Math.max(wanted ?? LIMITS.PAGE_SIZE, 1), LIMITS.MAX_PAGE_SIZE);
}
