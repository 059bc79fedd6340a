import { AiRequestKind } from '@prisma/client';

/** What a request of a kind is called in the log. */
export function requestTitle(kind: AiRequestKind): string | undefined {
  switch (kind) { // error: consistency/switch-not-exhaustive
    case AiRequestKind.CHAT:
      return 'an answer';
    case AiRequestKind.TRANSLATION:
      return 'a translation';
  }
}
