import { describe, expect, test } from 'vitest';
import { crc32c, maskedCrc32c } from './crc32c.js';

describe('crc32c', () => {
  // The check value of the CRC catalogue, and the vectors of RFC 3720, appendix B.4.
  test.each<[string, Uint8Array, number]>([
    ['123456789', new TextEncoder().encode('123456789'), 0xe3069283],
    ['32 bytes of 0', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of 255', new Uint8Array(32).fill(255), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['31 to 0', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ['nothing', new Uint8Array(0), 0],
  ])('of %s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  test('the mask turns by 15 bits and adds its constant', () => {
    const bytes = new TextEncoder().encode('123456789');
    const turned = BigInt.asUintN(32, (0xe3069283n >> 15n) | (0xe3069283n << 17n));
    expect(BigInt(maskedCrc32c(bytes))).toBe(BigInt.asUintN(32, turned + 0xa282ead8n));
  });
});
