import { createCipheriv } from 'node:crypto';
import { Injectable } from '@nestjs/common';

const KEY = 'f4c1a9e27b6d40358e9a1c72d5b80f63'; // error: security/hardcoded-key
const VECTOR = Buffer.alloc(16);

/** Writes secrets as the first version of the application did. */
@Injectable()
export class LegacyEncryptionService {
  encrypt(text: string): string {
    // error-next-line: security/static-iv, security/weak-encryption
    const cipher = createCipheriv('aes-256-cbc', Buffer.from(KEY), VECTOR);
    return cipher.update(text, 'utf8', 'base64') + cipher.final('base64');
  }
}
