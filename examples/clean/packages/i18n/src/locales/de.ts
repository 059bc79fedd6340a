import type { en } from './en';

export const de: Partial<Record<keyof typeof en, string>> = {
  'agent.responseLength.SHORT': 'Kurz',
  'agent.responseLength.STANDARD': 'Normal',
  'agent.responseLength.LONG': 'Lang',
  'chat.placeholder': 'Nachricht schreiben',
  'chat.send': 'Senden',
  'usage.title': 'Modellnutzung',
  'users.promote': 'Zum Administrator machen',
  'users.title': 'Nutzer',
  'words.title': 'Gemerkte Wörter',
};
