import type { Delivery, ReceiveLimits, Source } from '../../ingest/sources/source.js';

/** A seller of its own, so that the marts find markers by their sort key. */
export const MARKER_SELLER = 2_199_999_999;
const FIRST_TID = 3_999_000_000_000_000_000n;
const EVERY_MS = 1_000;

/** An order and its parcel that nobody else knows of. */
export interface Marker {
  readonly tid: string;
  readonly outSid: string;
}

/** Another source's deliveries, and between them every second a new order and the first trace of its parcel. */
export class MarkerSource implements Source {
  readonly name: string;
  readonly markers: Marker[] = [];
  readonly #source: Source;
  readonly #own = new WeakSet<Delivery>();
  #next = 0;
  /** No markers before: the history is no stream. */
  marking = false;

  constructor(source: Source) {
    this.#source = source;
    this.name = source.name;
  }

  async receive(limits: ReceiveLimits, signal: AbortSignal): Promise<readonly Delivery[] | undefined> {
    const deliveries = await this.#source.receive(limits, signal);
    if (deliveries === undefined || !this.marking || performance.now() < this.#next) return deliveries;
    this.#next = performance.now() + EVERY_MS;
    return [...deliveries, ...this.#mark()];
  }

  ack(deliveries: readonly Delivery[]): Promise<number> {
    return this.#source.ack(deliveries.filter((delivery) => !this.#own.has(delivery)));
  }

  nack(deliveries: readonly Delivery[]): Promise<void> {
    return this.#source.nack(deliveries.filter((delivery) => !this.#own.has(delivery)));
  }

  lag(): number | undefined {
    return this.#source.lag();
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  #mark(): Delivery[] {
    const number = this.markers.length;
    const tid = String(FIRST_TID + BigInt(number));
    const outSid = `MARK${String(number).padStart(9, '0')}`;
    this.markers.push({ tid, outSid });
    const now = Date.now();
    const time = new Date(now + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
    const order = `{"status":"WAIT_BUYER_PAY","payment":"1.00","oid":${tid},"tid":${tid},"type":"guarantee_trade"}`;
    const trace = `{"time":"${time}","desc":"商家正通知快递公司揽件","company_name":"中通快递","out_sid":"${outSid}","action":"CREATE","tid":${tid}}`;
    return [
      this.#delivery(`7${tid}`.slice(0, 18) + '0', 'taobao_trade_TradeCreate', order, now, number),
      this.#delivery(`8${tid}`.slice(0, 18) + '0', 'taobao_logistics_LogsticDetailTrace', trace, now, number),
    ];
  }

  #delivery(prefix: string, topic: string, content: string, now: number, number: number): Delivery {
    const id = BigInt(prefix) + BigInt(number);
    const body = Buffer.from(
      `{"outgoing_id":${id},"user_id":${MARKER_SELLER},"user_nick":"记号","publish_time":${now},"publisher_appkey":"1","content":${JSON.stringify(content)},"topic":"${topic}"}`,
    );
    const delivery: Delivery = { body, receivedAt: now, position: `marker ${number}` };
    this.#own.add(delivery);
    return delivery;
  }
}
