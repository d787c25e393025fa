import type { Store } from '../../sql/store.js';
import type { Outcome } from '../batch.js';
import { conditionsOf, INCOMPLETE, rowsOf, where, type DeadLetterFilter } from '../repair/list-dead-letters.js';
import type { Delivery, ReceiveLimits, Source } from './source.js';

const KEYS_PER_PAGE = 10_000;
/** Marked by one statement. */
const MARKS_PER_STATEMENT = 500;
/** Added to the version of a retried dead letter, so that the mark wins over later copies of the same body. */
const RETRIED_VERSION = 2n ** 52n;

interface Key {
  readonly identity: string;
  readonly reason: string;
  readonly bytes: string;
}

interface Letter {
  readonly identity: string;
  readonly reason: string;
  readonly encoded: string;
  readonly source: string;
  readonly position: string;
  readonly received: string;
}

interface DeadLetterDelivery extends Delivery {
  readonly identity: string;
  readonly reason: string;
}

/**
 * The dead letters that are still dead, as raw bodies, to be tried again. The bodies come in pages bounded in bytes,
 * in the order of their keys, so a letter that dies again is not met twice.
 *
 * What has become of a delivery must be told through {@link settled} before it is acknowledged. A letter whose message
 * is now stored, or is dead for another reason (and so has another letter), is marked as retried when it is
 * acknowledged; one that is still dead for the same reason stays as it is.
 */
export class DeadLetterSource implements Source {
  readonly name = 'dead-letters';
  readonly #store: Store;
  readonly #filter: DeadLetterFilter;
  readonly #now: () => number;
  /** Found and not delivered yet, in order. */
  #keys: Key[] = [];
  #last: Key = { identity: '', reason: '', bytes: '0' };
  #ended = false;
  readonly #resolved = new Set<Delivery>();
  #returned: Delivery[] = [];
  #skipped = 0;

  constructor(store: Store, filter: DeadLetterFilter = {}, now: () => number = Date.now) {
    this.#store = store;
    this.#filter = filter;
    this.#now = now;
  }

  /** Letters left alone because only the beginning of their body was kept. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Tells what has become of a delivery. */
  settled(delivery: Delivery, outcome: Outcome): void {
    if (outcome !== (delivery as DeadLetterDelivery).reason) this.#resolved.add(delivery);
  }

  async receive(limits: ReceiveLimits, signal: AbortSignal): Promise<readonly Delivery[] | undefined> {
    signal.throwIfAborted();
    if (this.#returned.length > 0) return this.#returned.splice(0, Math.max(1, limits.messages));
    if (this.#keys.length === 0 && !this.#ended) await this.#findKeys(signal);
    if (this.#keys.length === 0) return this.#ended ? undefined : [];
    let bytes = 0;
    let count = 0;
    for (const key of this.#keys) {
      bytes += Number(key.bytes);
      if (count > 0 && (bytes > limits.bytes || count >= limits.messages)) break;
      count++;
    }
    const deliveries = await this.#load(this.#keys.slice(0, count), signal);
    this.#keys.splice(0, count);
    return deliveries;
  }

  async ack(deliveries: readonly Delivery[]): Promise<number> {
    const resolved = (deliveries as readonly DeadLetterDelivery[]).filter((delivery) =>
      this.#resolved.delete(delivery),
    );
    for (let from = 0; from < resolved.length; from += MARKS_PER_STATEMENT) {
      await this.#mark(resolved.slice(from, from + MARKS_PER_STATEMENT));
    }
    return 0;
  }

  async nack(deliveries: readonly Delivery[]): Promise<void> {
    this.#returned.push(...deliveries);
    return Promise.resolve();
  }

  lag(): number | undefined {
    return this.#ended ? this.#keys.length : undefined;
  }

  async close(): Promise<void> {
    return Promise.resolve();
  }

  async #findKeys(signal: AbortSignal): Promise<void> {
    const { conditions, params } = conditionsOf(this.#filter);
    const page = await rowsOf<Key>(
      this.#store,
      `SELECT identity, reason, toString(length(body)) AS bytes
       FROM juliu_store.dead_letters FINAL
       ${where([...conditions, 'retried_at IS NULL', '(identity, reason) > ({lastIdentity:String}, {lastReason:String})'])}
       ORDER BY identity, reason
       LIMIT ${KEYS_PER_PAGE}`,
      { ...params, lastIdentity: this.#last.identity, lastReason: this.#last.reason },
      signal,
    );
    this.#last = page.at(-1) ?? this.#last;
    this.#ended = page.length < KEYS_PER_PAGE;
    this.#keys = page.filter(({ reason }) => !INCOMPLETE.some((incomplete) => incomplete === reason));
    this.#skipped += page.length - this.#keys.length;
  }

  async #load(keys: readonly Key[], signal: AbortSignal): Promise<DeadLetterDelivery[]> {
    const wanted = new Set(keys.map(({ identity, reason }) => `${reason} ${identity}`));
    const letters = await rowsOf<Letter>(
      this.#store,
      `SELECT identity, reason, base64Encode(body) AS encoded, source, position,
         toString(toUnixTimestamp64Milli(received_at)) AS received
       FROM juliu_store.dead_letters FINAL
       WHERE identity IN {identities:Array(String)} AND reason IN {reasons:Array(String)} AND retried_at IS NULL
       ORDER BY identity, reason`,
      {
        identities: [...new Set(keys.map(({ identity }) => identity))],
        reasons: [...new Set(keys.map(({ reason }) => reason))],
      },
      signal,
    );
    return letters
      .filter(({ identity, reason }) => wanted.has(`${reason} ${identity}`))
      .map(({ identity, reason, encoded, source, position, received }) => ({
        identity,
        reason,
        body: Buffer.from(encoded, 'base64'),
        // As it first came, so that a letter that dies again is the very same row.
        origin: source,
        position,
        receivedAt: Number(received),
      }));
  }

  async #mark(letters: readonly DeadLetterDelivery[]): Promise<void> {
    const keys = letters.map(({ identity, reason }) => `(${literal(identity)}, ${literal(reason)})`).join(', ');
    await this.#store.command(
      `INSERT INTO juliu_store.dead_letters
         (identity, reason, body, detail, source, position, received_at, retried_at, version)
       SELECT identity, reason, body, detail, source, position, received_at,
         fromUnixTimestamp64Milli(${this.#now()}, 'Asia/Shanghai'), version + ${RETRIED_VERSION}
       FROM juliu_store.dead_letters FINAL
       WHERE (identity, reason) IN (${keys}) AND retried_at IS NULL`,
    );
  }
}

/** Identities and reasons are made by the codec (digits, `h:` and hex, names); anything else must not reach a statement. */
function literal(text: string): string {
  if (!/^[\w:-]{1,100}$/.test(text)) throw new RangeError(`Expected an identity or a reason, got ${text.length} chars`);
  return `'${text}'`;
}
