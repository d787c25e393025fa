import { Secret } from '../../config/secret.js';

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
/** Longer runs of letters and digits are keys or signatures, never words; request ids have 12 to 20. */
const KEY_LIKE = /[0-9A-Za-z]{32,}/g;
const LONGEST = 300;

/** `&apos;`, `&#39;` and `&#x27;` as the characters they stand for. */
export function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/gi,
    (entity, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? entity;
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : entity;
    },
  );
}

/**
 * Makes texts of the gateway fit for people's eyes: it may repeat what it was sent, so session keys and the app secret
 * become the mask, nicks their first character and `**`; entities are decoded, control characters become blanks.
 */
export class Redaction {
  readonly #replacements: (readonly [found: RegExp, shown: string])[];

  constructor(secrets: readonly Secret[], nicks: readonly string[]) {
    const hidden = secrets.map((one) => [one.reveal(), Secret.mask] as const);
    const masked = nicks.filter((nick) => nick.length > 1).map((nick) => [nick, maskedNick(nick)] as const);
    this.#replacements = [...hidden, ...masked]
      .filter(([text]) => text !== '')
      .flatMap(([text, shown]) => spellings(text).map((spelt) => [new RegExp(literal(spelt), 'gi'), shown] as const));
  }

  clean(text: string): string {
    let clean = decodeEntities(text);
    for (const [found, shown] of this.#replacements) clean = clean.replace(found, () => shown);
    clean = clean
      .replace(KEY_LIKE, Secret.mask)
      .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\s]+/g, ' ')
      .trim();
    return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
  }
}

/** A nick for logs and errors: its first character and `**`, as TOP itself writes it. */
export function maskedNick(nick: string): string {
  const [first] = nick;
  return first === undefined ? '' : `${first}**`;
}

function spellings(text: string): string[] {
  // Half a surrogate pair goes over the wire as U+FFFD.
  const wellFormed = Buffer.from(text).toString();
  return [
    ...new Set([
      text,
      wellFormed,
      encodeURIComponent(wellFormed),
      new URLSearchParams({ '': wellFormed }).toString().slice(1),
    ]),
  ];
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
