import type { en } from './en';

export const de: Record<keyof typeof en, string> = {
  'chat.placeholder': 'Nachricht schreiben',
  'chat.send': 'Senden',
  'usage.title': 'Modellnutzung',
  'users.promote': 'Zum Administrator machen',
  'users.title': 'Nutzer',
  'words.title': 'Gemerkte Wörter',
};
