export const en = {
  'agent.responseLength.SHORT': 'Short',
  'agent.responseLength.STANDARD': 'Standard',
  'agent.responseLength.LONG': 'Long',
  'chat.placeholder': 'Write a message',
  'chat.send': 'Send',
  'usage.title': 'Model usage',
  'users.promote': 'Make administrator',
  'users.title': 'Users',
  'words.title': 'Saved words',
} as const;
