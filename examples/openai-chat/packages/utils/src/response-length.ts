/** Whether a text of the address bar is a length that an agent's answers can have. */
export function isResponseLength(value: string): boolean { // error: consistency/enum-mirror-drift
  return value === 'SHORT' || value === 'STANDARD';
}
