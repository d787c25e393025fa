import { createHash } from 'node:crypto';
import type { Store } from '../../../sql/store.js';
import type { Expectation } from './expectation.js';

/** The typed table of each family, as the documentation has it. */
const TABLE_OF: Readonly<Record<string, string>> = {
  trade: 'trade_events',
  refund: 'refund_events',
  item: 'item_events',
  logistics: 'logistics_traces',
  review: 'review_events',
  distribution: 'distribution_events',
};

export interface Difference {
  /**
   * `lost`: sent and nowhere; `doubled`: more than one row in a view; `foreign`: never sent; `misplaced`: in the dead
   * letters instead of the tables or the other way, or dead for another reason or with other bytes; `untyped`: in the
   * events and not exactly once in its family's table, or the other way.
   */
  readonly kind: 'lost' | 'doubled' | 'foreign' | 'misplaced' | 'untyped';
  readonly identity: string;
  readonly where: string;
}

export interface LedgerResult {
  /** Identities that must be stored, and those that must be dead. */
  readonly stored: number;
  readonly dead: number;
  readonly differences: readonly Difference[];
}

/** What must be in the store: grows with what is sent. */
export class Ledger {
  readonly #stored = new Set<string>();
  /** `reason digest` by identity. */
  readonly #dead = new Map<string, string>();

  expect(expectations: Iterable<Expectation>): void {
    for (const { identity, dead } of expectations) {
      if (dead === undefined) this.#stored.add(identity);
      else this.#dead.set(identity, `${dead.reason} ${digest(dead.body)}`);
    }
  }

  get counts(): { readonly stored: number; readonly dead: number } {
    return { stored: this.#stored.size, dead: this.#dead.size };
  }

  /** Of the dead ones, those dead for the reason. */
  deadFor(reason: string): string[] {
    return [...this.#dead].filter(([, value]) => value.startsWith(`${reason} `)).map(([identity]) => identity);
  }

  /** True when the views hold as many rows as there must be, or more: cheap enough to be asked again and again. */
  async isComplete(store: Store): Promise<boolean> {
    const sql = `SELECT (SELECT count() FROM juliu.events), (SELECT count() FROM juliu.dead_letters)`;
    const answer = Buffer.from(await store.query(sql, { format: 'TSV', timeoutMs: 60_000 })).toString('utf8');
    const [events = 0, dead = 0] = answer.trim().split('\t').map(Number);
    return events >= this.#stored.size && dead >= this.#dead.size;
  }

  /** Compares every identity with the views, both ways. */
  async compare(store: Store): Promise<LedgerResult> {
    const differences: Difference[] = [];
    const differ = (kind: Difference['kind'], identity: string, where: string): void =>
      void differences.push({ kind, identity, where });

    const families = new Map<string, string>();
    for await (const [identity = '', family = ''] of rows(store, 'SELECT event_id, family FROM juliu.events')) {
      if (families.has(identity)) differ('doubled', identity, 'events');
      families.set(identity, family);
      if (this.#dead.has(identity)) differ('misplaced', identity, 'events');
      else if (!this.#stored.has(identity)) differ('foreign', identity, 'events');
    }
    for (const identity of this.#stored) if (!families.has(identity)) differ('lost', identity, 'events');
    await this.#compareTyped(store, families, differ);
    await this.#compareDead(store, differ);
    return { ...this.counts, differences };
  }

  async #compareTyped(
    store: Store,
    families: ReadonlyMap<string, string>,
    differ: (kind: Difference['kind'], identity: string, where: string) => void,
  ): Promise<void> {
    for (const [family, table] of Object.entries(TABLE_OF)) {
      const seen = new Set<string>();
      for await (const [identity = ''] of rows(store, `SELECT event_id FROM juliu.${table}`)) {
        if (seen.has(identity)) differ('doubled', identity, table);
        seen.add(identity);
        if (families.get(identity) !== family) differ('untyped', identity, table);
      }
      for (const [identity, its] of families) {
        if (its === family && !seen.has(identity)) differ('untyped', identity, table);
      }
    }
  }

  async #compareDead(
    store: Store,
    differ: (kind: Difference['kind'], identity: string, where: string) => void,
  ): Promise<void> {
    const seen = new Set<string>();
    const sql = 'SELECT identity, reason, base64Encode(body) FROM juliu_store.dead_letters FINAL';
    for await (const [identity = '', reason = '', body = ''] of rows(store, sql)) {
      if (seen.has(identity)) differ('doubled', identity, 'dead_letters');
      seen.add(identity);
      const wanted = this.#dead.get(identity);
      if (wanted === undefined) {
        differ(this.#stored.has(identity) ? 'misplaced' : 'foreign', identity, `dead_letters (${reason})`);
      } else if (wanted !== `${reason} ${digest(Buffer.from(body, 'base64'))}`) {
        differ('misplaced', identity, `dead_letters (${reason}, must be ${wanted})`);
      }
    }
    for (const [identity, wanted] of this.#dead) {
      if (!seen.has(identity)) differ('lost', identity, `dead_letters (${wanted})`);
    }
  }
}

function digest(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16);
}

async function* rows(store: Store, sql: string): AsyncGenerator<string[], void, undefined> {
  let started = '';
  for await (const chunk of store.queryStream(sql, { format: 'TSV', timeoutMs: 120_000 })) {
    const lines = (started + Buffer.from(chunk).toString('utf8')).split('\n');
    started = lines.pop() ?? '';
    for (const line of lines) yield line.split('\t');
  }
}
